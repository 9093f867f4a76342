using System.Text;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Cli.Tests.Commands;

/// <summary>Commands that need no server.</summary>
public sealed class AloneTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Verify_names_the_damaged_file_in_a_tree_and_exits_9()
    {
        stage.Write("r/seed0/metrics.json", """{"top1": 76.4, "step": 100}""");
        stage.Write("r/seed1/model.safetensors", "\u0008\0\0\0\0\0\0\0{\"a\":1}");
        stage.IsTerminal = true;

        (await stage.RunAsync("verify", "r")).ShouldBe(ExitCode.NotVerified);

        stage.Out.ShouldContain("  seed0\n    metrics.json");
        stage.Out.ShouldContain("loads");
        stage.Out.ShouldContain("DAMAGED");
        stage.Out.ShouldContain("1 of 2 files load");
        stage.Out.ShouldContain("There is no manifest here");
    }

    [Fact]
    public async Task Verify_fits_long_names_deep_trees_and_findings_into_80_columns_and_says_a_metric_once_a_directory()
    {
        var name = new string('n', 60) + ".safetensors";
        stage.Write("r/metrics.json", """{"top1": 76.4, "epoch": 3}""");
        stage.Write("r/a.safetensors", Safetensors("\0\0\0\0\u0001\0\0\0"));
        stage.Write("r/" + name, Safetensors("\0\0\0\0\u0001\0\0"));
        stage.Write("r/1/2/3/4/5/6/7/8/9/10/11/12/deep.json", "[1, ");
        stage.IsTerminal = true;

        (await stage.RunAsync("verify", "r")).ShouldBe(ExitCode.NotVerified);

        stage.Out.Split('\n').ShouldAllBe(line => line.Length <= 80);
        stage.Out.ShouldContain("  " + name + "\n");
        stage.Out.ShouldContain(new string(' ', 16) + "deep.json");
        (stage.Out.Split("top1 76.4").Length - 1).ShouldBe(1);
        // The verdicts stand below each other, whatever the names' lengths are.
        var verdicts = stage.Out.Split('\n').Where(line => line.Contains(" B  ", StringComparison.Ordinal)).Select(line => Math.Max(line.IndexOf("loads", StringComparison.Ordinal), line.IndexOf("DAMAGED", StringComparison.Ordinal))).ToList();
        verdicts.Count.ShouldBe(4);
        verdicts.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Verify_in_json_says_the_same()
    {
        stage.Write("r/a.json", "[1, 2]");

        (await stage.RunAsync("verify", "r", "--json")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain("\"isSound\":true");
        stage.Out.ShouldContain("\"path\":\"a.json\"");
        stage.Out.ShouldContain("\"verdict\":\"Loads\"");
    }

    [Fact]
    public async Task Verify_rates_a_file_that_would_run_code_as_unsafe_and_goes_on_with_exit_0()
    {
        stage.Write("r/config.yaml", "a: !!python/object/apply:os.system [\"true\"]\n");

        (await stage.RunAsync("verify", "r")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("loads, UNSAFE");
        stage.Out.ShouldContain("1 UNSAFE");

        (await stage.RunAsync("verify", "r", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("\"unsafe\":true");
    }

    [Fact]
    public async Task Verify_of_nothing_proves_nothing_and_a_file_is_sent_to_inspect()
    {
        stage.Write("r/a.json", "[1, 2]");
        Directory.CreateDirectory(Path.Combine(stage.Directory, "empty"));

        (await stage.RunAsync("verify", "empty")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("There is no file in empty");

        (await stage.RunAsync("verify", "r/a.json")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("lodger inspect r/a.json");
    }

    [Fact]
    public async Task A_marketplace_whose_demo_is_gone_before_it_began_makes_nothing_and_takes_the_demos_directory_away()
    {
        using var gone = System.Diagnostics.Process.Start("true");
        await gone.WaitForExitAsync(TestContext.Current.CancellationToken);
        var demo = Directory.CreateDirectory(Path.Combine(stage.Directory, "demo")).FullName;
        var state = Path.Combine(stage.Directory, "market");

        (await stage.RunAsync("market", "run", "--state", state, "--no-sandbox", "--parent-pid", $"{gone.Id}", "--stage-directory", demo)).ShouldBe(ExitCode.Ok);

        Directory.Exists(demo).ShouldBeFalse();
        Directory.Exists(state).ShouldBeFalse();
    }

    [Fact]
    public async Task Inspect_shows_the_arrays_of_a_file_their_values_on_demand_and_what_differs_from_another()
    {
        stage.Write("a.safetensors", Safetensors("\0\0\0\0\u0001\0\0\0"));
        stage.Write("b.safetensors", Safetensors("\0\0\0\0\u0002\0\0\0"));

        (await stage.RunAsync("inspect", "a.safetensors")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("w     int32  [2]");
        stage.Out.ShouldContain("step 9");

        (await stage.RunAsync("inspect", "a.safetensors", "--deep", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("\"tensorList\":[{\"name\":\"w\"");

        (await stage.RunAsync("inspect", "--diff", "a.safetensors", "b.safetensors")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("a.safetensors (step 9)");
        stage.Out.ShouldContain("w  int32 [2]");

        (await stage.RunAsync("inspect", "--diff", "a.safetensors", "a.safetensors")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("The same: 1 tensor, to the last bit.");
        stage.Write("a.json", "{\"step\": 10}");
        stage.Write("b.json", "{\"step\": 20}");
        (await stage.RunAsync("inspect", "--diff", "a.json", "b.json")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("nothing was compared but the files themselves, which are not the same.");
        (await stage.RunAsync("inspect", "--diff", "a.json", "b.json", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("\"isSame\":false");
        (await stage.RunAsync("inspect", "--diff", "a.json", "a.json", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("\"isSame\":true");

        (await stage.RunAsync("inspect", "nowhere.pt")).ShouldBe(ExitCode.NotFound);
        Directory.CreateDirectory(Path.Combine(stage.Directory, "empty"));
        (await stage.RunAsync("inspect", "empty")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("There is no file in empty.");
        (await stage.RunAsync("plan", "empty")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("empty is a directory.");
    }

    private static string Safetensors(string data) =>
        "\u0063\0\0\0\0\0\0\0" + """{"__metadata__":{"step":"9"},"w":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}""".PadRight(0x63) + data;

    [Fact]
    public async Task A_hostile_file_name_cannot_touch_the_terminal()
    {
        stage.Write("r/\u001b[31m[red]x.json", "{}");
        stage.IsTerminal = true;

        await stage.RunAsync("verify", "r");

        stage.Out.ShouldNotContain("\u001b");
        stage.Out.ShouldContain("[red]x.json");
    }

    [Fact]
    public async Task Verifying_what_is_no_directory_is_said()
    {
        (await stage.RunAsync("verify", "nowhere")).ShouldBe(ExitCode.NotFound);

        stage.Error.ShouldContain("There is no directory nowhere.");
    }

    [Fact]
    public async Task The_profile_shows_clocks_risks_storage_limits_overrides_with_source_and_month()
    {
        stage.IsTerminal = true;

        (await stage.RunAsync("profile")).ShouldBe(ExitCode.Ok);

        foreach (var said in (string[])["Clocks and meters that cost data or money", "Risks", "What survives what", "DATA_DIR", "DURABLE_DIR", "PROXY_HOOK", "CRED_FILE", "SCRATCH", "HF_HOME", "DETACH", "checked 20"])
            stage.Out.ShouldContain(said);
    }

    [Fact]
    public async Task An_unknown_profile_names_the_ones_there_are()
    {
        (await stage.RunAsync("profile", "nimbus")).ShouldBe(ExitCode.NotFound);

        stage.Error.ShouldContain("vastai");
    }

    [Fact]
    public async Task Init_writes_a_file_that_reads_back_and_never_overwrites_one()
    {
        stage.Write("train.py", "import torch\n");

        (await stage.RunAsync("init")).ShouldBe(ExitCode.Ok);
        JobSpecReader.Read(Path.Combine(stage.Directory, "job.yaml"), ProfileReader.VastAi).Value.Errors.ShouldBeEmpty();

        (await stage.RunAsync("init")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("job.yaml exists already");
    }

    [Fact]
    public async Task Init_where_nothing_can_be_run_says_what_is_missing()
    {
        (await stage.RunAsync("init")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("There is no program here yet");
        stage.OutInOneLine.ShouldContain("put train.py here, or write your own command behind run:");
    }

    [Fact]
    public async Task Server_status_starts_nothing()
    {
        (await stage.RunAsync("server", "status", "--json")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain("\"running\":false");
        File.Exists(stage.Socket).ShouldBeFalse();
    }

    [Theory]
    [InlineData("two words", "is no API key")]
    [InlineData("", "is empty")]
    public async Task A_malformed_key_is_named_without_being_repeated(string key, string expected)
    {
        stage.Write("k", key);

        (await stage.RunAsync("login", "lab", "--key-file", "k")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain(expected);
        if (key.Length > 0)
            stage.Error.ShouldNotContain(key);
    }

    [Fact]
    public async Task The_demo_asks_for_yes_when_nobody_can_be_asked()
    {
        (await stage.RunAsync("demo")).ShouldBe(ExitCode.ApprovalNeeded);

        stage.Error.ShouldContain("lodger demo --yes");
    }

    [Fact]
    public void Text_is_broken_at_spaces_and_long_words_stay_whole()
    {
        Cli.Terminal.Wrapped.Lines("one two three /a/very/long/path four", 9).ShouldBe(["one two", "three", "/a/very/long/path", "four"]);
        Encoding.UTF8.GetByteCount(Cli.Terminal.Wrapped.Lines("", 10)[0]).ShouldBe(0);
    }

    [Fact]
    public async Task Init_in_json_is_one_document()
    {
        (await stage.RunAsync("init", "--print", "--json")).ShouldBe(ExitCode.Ok);

        using var said = System.Text.Json.JsonDocument.Parse(stage.Out);
        said.RootElement.GetProperty("text").GetString().ShouldNotBeNull().ShouldContain("image:");
    }
}
