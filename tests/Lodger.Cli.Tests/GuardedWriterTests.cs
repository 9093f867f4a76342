using System.Text;
using Lodger.Cli.Terminal;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests;

/// <summary>Outputs that cannot be written: a full disk, a closed file, a reader that has gone.</summary>
public sealed class GuardedWriterTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    private sealed class Failing(string message) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException(message);
    }

    private async Task<(int Status, string Remarks)> RunAsync(TextWriter output, params string[] words)
    {
        using var remarks = new StringWriter();
        var around = stage.Around() with { Screen = new Screen(output, remarks, TextReader.Null, stage.Around().Screen.Traits) };
        return (await Application.RunAsync(words, around, TestContext.Current.CancellationToken), remarks.ToString());
    }

    [Fact]
    public async Task A_full_disk_is_said_and_is_no_defect()
    {
        using var full = new GuardedWriter(new Failing("No space left on device"), isAnswer: true);
        (await RunAsync(full, "--help")).ShouldBe(((int)ExitCode.Prerequisite, $"Standard output cannot be written: No space left on device. What was done stands.{Environment.NewLine}"));
        System.IO.Directory.EnumerateFiles(stage.Directory, "defects.log", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reader_that_has_gone_is_told_nothing()
    {
        using var gone = new GuardedWriter(new Failing("Broken pipe"), isAnswer: true);
        (await RunAsync(gone, "--help")).ShouldBe((0, ""));
    }

    [Fact]
    public void Remarks_that_cannot_be_written_are_dropped()
    {
        using var remarks = new GuardedWriter(new Failing("No space left on device"), isAnswer: false);
        Should.NotThrow(() => remarks.WriteLine("said to nobody"));
    }
}
