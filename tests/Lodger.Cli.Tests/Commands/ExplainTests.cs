using Lodger.Cli.Tests.Docs;
using Lodger.Cli.Tests.Stage;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;

namespace Lodger.Cli.Tests.Commands;

public sealed class ExplainTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_finding_is_explained_with_how_it_is_recognised_and_what_Lodger_does_itself()
    {
        (await stage.RunAsync("explain", "vast3")).ShouldBe(ExitCode.Ok);
        foreach (var part in (string[])["VAST3", "symptom", "cause", "fix", "seen by", "Lodger", "looked at", "source"])
            stage.Out.ShouldContain(part);
    }

    [Fact]
    public async Task The_list_names_every_gotcha_of_the_profile()
    {
        (await stage.RunAsync("explain")).ShouldBe(ExitCode.Ok);
        foreach (var gotcha in ProfileReader.VastAi.Gotchas)
            stage.Out.ShouldContain(gotcha.Id);
        stage.Out.ShouldContain("no-heartbeat");
    }

    [Fact]
    public async Task A_word_of_what_is_seen_finds_the_gotchas_that_speak_of_it()
    {
        (await stage.RunAsync("explain", "CRLF")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("seen by");
        (await stage.RunAsync("explain", "disk")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("VAST10");
        stage.Out.ShouldContain("hub-cache");
        stage.Out.ShouldNotContain("VAST14");
    }

    [Fact]
    public async Task One_that_there_is_not_names_the_nearest()
    {
        (await stage.RunAsync("explain", "zombie-ram")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("Did you mean zombie-vram?");
    }

    [Fact]
    public void The_page_of_gotchas_is_what_lodger_explain_markdown_prints() =>
        File.ReadAllText(Path.Combine(Page.Root, "docs", "gotchas.md")).ShouldBe(ExplainedRule.Page(ProfileReader.VastAi), "write it anew: lodger explain --markdown > docs/gotchas.md");
}
