using Lodger.Cli.Terminal;

namespace Lodger.Cli.Tests;

public sealed class CleanedTextTests
{
    [Theory]
    [InlineData("plain\nlines\n", "plain\nlines\n")]
    [InlineData("\u001b[2J\u001b]0;title\u0007$ rm -rf ~\n", "$ rm -rf ~\n")]
    [InlineData("step 1\rstep 2\r\n", "step 1\nstep 2\n")]
    [InlineData("no end of line", "no end of line")]
    [InlineData("\u202Egnp.exe\n", "gnp.exe\n")]
    public async Task What_a_machine_prints_reaches_the_terminal_without_escapes(string said, string shown)
    {
        foreach (var pieceChars in (int[])[1, 3, 100_000])
        {
            var to = new StringWriter { NewLine = "\n" };
            await CleanedText.CopyAsync(new Dripping(said, pieceChars), to);
            to.ToString().ShouldBe(shown, $"in pieces of {pieceChars}");
        }
    }

    [Fact]
    public async Task A_line_without_end_is_passed_on_in_bounded_pieces()
    {
        var to = new StringWriter();
        await CleanedText.CopyAsync(new StringReader(new string('x', 100_000)), to);
        to.ToString().ShouldBe(new string('x', 100_000));
    }

    private sealed class Dripping(string text, int pieceChars) : TextReader
    {
        private int at;

        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
        {
            var piece = text.AsSpan(at, Math.Min(Math.Min(pieceChars, text.Length - at), buffer.Length));
            piece.CopyTo(buffer.Span);
            at += piece.Length;
            return ValueTask.FromResult(piece.Length);
        }
    }
}
