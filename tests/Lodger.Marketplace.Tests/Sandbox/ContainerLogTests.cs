using System.Text;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class ContainerLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lodger-box-");

    private string LogFile => Path.Combine(_folder.FullName, "container.log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "three\n")]
    [InlineData(2, "two\nthree\n")]
    [InlineData(3, "one\ntwo\nthree\n")]
    [InlineData(9, "one\ntwo\nthree\n")]
    public async Task The_tail_is_the_newest_lines_oldest_first(int lines, string expected)
    {
        await PumpAsync("one\ntwo\nthree\n");

        (await TailAsync(lines)).ShouldBe(expected);
    }

    [Fact]
    public async Task A_last_line_without_an_end_counts_and_no_log_is_an_empty_one()
    {
        (await TailAsync(5)).ShouldBe("");
        await PumpAsync("one\ntwo");
        (await TailAsync(1)).ShouldBe("two");
    }

    [Fact]
    public async Task It_goes_on_across_starts_and_stays_bounded()
    {
        var line = new string('x', 99) + "\n";
        await PumpAsync(string.Concat(Enumerable.Repeat(line, 60_000)));
        await PumpAsync(string.Concat(Enumerable.Repeat(line, 60_000)) + "end\n");

        _folder.EnumerateFiles().Sum(file => file.Length).ShouldBeLessThan(9L << 20);
        (await TailAsync(2)).ShouldBe(line + "end\n");
    }

    private async Task PumpAsync(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await ContainerLog.PumpAsync(stream, LogFile);
    }

    private Task<string> TailAsync(int lines) => ContainerLog.TailAsync(LogFile, lines, TestContext.Current.CancellationToken);
}
