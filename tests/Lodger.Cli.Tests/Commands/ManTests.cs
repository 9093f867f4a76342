using System.Diagnostics;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class ManTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Every_command_has_a_page_of_which_the_typesetter_complains_nothing()
    {
        var directory = Path.Combine(stage.Directory, "man1");
        (await stage.RunAsync("man", "--to", directory)).ShouldBe(ExitCode.Ok);

        var pages = Directory.GetFiles(directory).Order(StringComparer.Ordinal).ToList();
        foreach (var verb in CommandTree.Make(stage.Around()).Subcommands.Where(v => !v.Hidden))
            pages.ShouldContain(Path.Combine(directory, $"lodger-{verb.Name}.1"));
        pages.ShouldContain(Path.Combine(directory, "lodger-token-create.1"));
        pages.ShouldNotContain(page => page.Contains("complete.1", StringComparison.Ordinal), "a hidden command has none");
        var (text, complaints) = await TypesetAsync([.. pages]);
        complaints.ShouldBeEmpty();
        text.ShouldContain("lodger-run - Rent a machine, run a job on it");
        text.ShouldContain("lodger explain VAST3", customMessage: "an example");
        text.ShouldContain("interrupted from the keyboard", customMessage: "an exit status");
        text.ShouldContain("Print the same facts as JSON", customMessage: "the option of all commands");
    }

    [Fact]
    public async Task One_page_is_printed_and_one_that_there_is_not_names_the_nearest()
    {
        (await stage.RunAsync("man", "server", "status")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain(".TH \"LODGER\\-SERVER\\-STATUS\" 1");

        (await stage.RunAsync("man", "shwo")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("Did you mean show?");
    }

    private static async Task<(string Text, string Complaints)> TypesetAsync(string[] pages)
    {
        using var groff = Process.Start(new ProcessStartInfo("groff", ["-man", "-ww", "-Tascii", "-P-c", .. pages]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var complaints = groff.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var text = await groff.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await groff.WaitForExitAsync(TestContext.Current.CancellationToken);
        // Bold is a letter struck over itself.
        return (System.Text.RegularExpressions.Regex.Replace(text, ".\b", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(60)), await complaints);
    }
}
