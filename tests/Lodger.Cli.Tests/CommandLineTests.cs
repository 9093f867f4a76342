using Lodger.Cli.CommandLine;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Theory]
    [InlineData("shwo", "lodger has no command 'shwo'. Did you mean show?")]
    [InlineData("ps --al", "lodger ps has no option --al. Did you mean --all?")]
    [InlineData("down --yse", "lodger down has no option --yse. Did you mean --yes?")]
    [InlineData("run job.yaml --budgt 5", "lodger run has no option --budgt. Did you mean --budget?")]
    [InlineData("server", "lodger server needs a command: start, stop, status.")]
    [InlineData("server restart", "lodger server has no command 'restart'.")]
    [InlineData("ps digits", "lodger ps does not expect 'digits'.")]
    [InlineData("approve digits", "lodger approve needs --token TOKEN.")]
    [InlineData("volume create", "lodger volume create needs OFFER and --name NAME.")]
    [InlineData("budget", "lodger budget needs JOB.")]
    [InlineData("exec digits", "lodger exec needs COMMAND.")]
    [InlineData("open digits soon", "'soon' is no whole number; for example 3")]
    [InlineData("market advance x", "'x' is no number; for example")]
    [InlineData("demo --steps many", "--steps: 'many' is no whole number")]
    [InlineData("completions tcsh", "Must be one of: bash, zsh, fish, powershell")]
    [InlineData("wait --for done", "--for takes running, ended, verified or closed, not 'done'.")]
    public async Task A_wrong_command_line_is_named_and_nothing_is_tried(string line, string expected)
    {
        (await stage.RunAsync(line.Split(' '))).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain(expected);
        stage.Error.ShouldContain("--help");
        stage.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_command_line_is_a_problem_in_json_too()
    {
        (await stage.RunAsync("ps", "--al", "--json")).ShouldBe(ExitCode.BadInput);

        stage.Out.ShouldContain("\"id\":\"option-unknown\"");
    }

    [Fact]
    public void A_command_that_is_named_first_is_made_alone()
    {
        foreach (var verb in CommandTree.Make(stage.Around()).Subcommands)
            CommandTree.Make(stage.Around(), [verb.Name, "--help"]).Subcommands.ShouldHaveSingleItem().Name.ShouldBe(verb.Name);
        CommandTree.Make(stage.Around(), ["--json", "ps"]).Subcommands.Count.ShouldBeGreaterThan(40, "what is named later, or nowhere, needs them all");
    }

    [Fact]
    public void Two_command_lines_share_nothing_for_a_process_may_read_thousands_at_a_time() =>
        CommandTree.Make(stage.Around()).Options.Intersect(CommandTree.Make(stage.Around()).Options).ShouldBeEmpty();

    [Fact]
    public async Task Every_command_shows_an_example_and_what_its_exit_statuses_mean()
    {
        var verbs = CommandTree.Make(stage.Around()).Subcommands.OfType<Verb>().Where(v => !v.Hidden)
            .SelectMany(v => v.Subcommands.Count == 0 ? [(v, (string[])[v.Name])] : v.Subcommands.OfType<Verb>().Where(s => !s.Hidden).Select(s => (s, (string[])[v.Name, s.Name])));
        foreach (var (verb, path) in verbs)
        {
            using var own = new TestStage();
            (await own.RunAsync([.. path, "--help"])).ShouldBe(ExitCode.Ok);
            own.Out.ShouldContain("Example", customMessage: verb.Name);
            own.Out.ShouldContain($"  lodger {string.Join(' ', path)}", customMessage: verb.Name);
            own.Out.ShouldContain("130  interrupted from the keyboard", customMessage: verb.Name);
            own.Out.Split('\n').Where(l => !l.StartsWith("  lodger ", StringComparison.Ordinal)).ShouldAllBe(l => l.TrimEnd().Length <= 80, verb.Name);
        }
    }

    [Fact]
    public async Task A_word_that_begins_with_an_at_sign_is_a_word_and_nothing_is_read_from_that_file()
    {
        var file = stage.Write("key", "secretword --all");
        (await stage.RunAsync("ps", "@" + file)).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("does not expect '@");
        (await stage.RunAsync("complete", "--", "show", "@" + file, "")).ShouldBe(ExitCode.Ok);
        (await stage.RunAsync("offers", "--market", "local", "--account", "@" + file)).ShouldBe(ExitCode.BadInput);
        (stage.Error + stage.Out).ShouldNotContain("secretword");
    }

    [Theory]
    [InlineData("shwo", "show")]
    [InlineData("offer", "offers")]
    [InlineData("verfiy", "verify")]
    [InlineData("swe", "sweep-account")]
    [InlineData("zzz", null)]
    public void The_nearest_word_is_what_was_probably_meant(string typed, string? meant) =>
        NearestWord.To(typed, ["show", "offers", "verify", "ps", "sweep-account"]).ShouldBe(meant);

    [Fact]
    public async Task A_flag_of_a_job_without_a_file_is_not_ignored_beside_a_file()
    {
        (await stage.RunAsync("plan", "job.yaml", "--disk", "50GB")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("--disk belongs to a job without a file");
    }

    [Theory]
    [InlineData("plan", "job.yaml", "--gpu", "RTX_3090")]
    [InlineData("run", "--gpu", "RTX_3090", "other.YML")]
    [InlineData("run", "job.yaml", "--gpu", "RTX_3090", "--", "python3", "train.py")]
    public async Task A_file_beside_gpu_is_not_a_command(params string[] line)
    {
        (await stage.RunAsync(line)).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("--gpu belongs to a job without a file");
        stage.Error.ShouldContain("gpu: RTX 3090");
    }

    [Fact]
    public async Task A_program_beside_gpu_is_told_where_a_command_stands()
    {
        stage.Write("train.py", "");
        (await stage.RunAsync("run", "--gpu", "RTX_3090", "train.py")).ShouldBe(ExitCode.BadInput);

        stage.Error.ReplaceLineEndings(" ").ShouldContain("lodger run --gpu RTX_3090 -- python3 train.py");
        (await stage.RunAsync("plan", "--gpu", "RTX_3090", "--", "train.py")).ShouldBe(ExitCode.ServerUnreachable, "behind -- it is a command");
    }

    [Theory]
    [InlineData("stop", "Did you mean down (which")]
    [InlineData("status", "Did you mean ps?")]
    [InlineData("version", "Did you mean --version?")]
    [InlineData("queue", "Did you mean ps?")]
    [InlineData("start", "Did you mean run?")]
    [InlineData("create", "Did you mean run?")]
    [InlineData("rm", "Did you mean down?")]
    [InlineData("invoices", "Did you mean cost?")]
    [InlineData("cost-report", "Did you mean cost?")]
    [InlineData("scp", "Did you mean pull (which brings the results home), or ssh-config")]
    public async Task A_word_of_another_tool_is_answered_with_the_one_that_is_meant(string word, string said)
    {
        (await stage.RunAsync(word, "job")).ShouldBe(ExitCode.BadInput);

        stage.Error.ReplaceLineEndings(" ").ShouldContain(said);
    }

    [Theory]
    [InlineData("search offers gpu_name=x", "lodger has no command 'search'. Did you mean offers?")]
    [InlineData("help run", "lodger has no command 'help'. Did you mean lodger run --help?")]
    [InlineData("help server stop", "Did you mean lodger server stop --help?")]
    [InlineData("--json cancel show", "lodger has no command 'cancel'. Did you mean down?")]
    [InlineData("digits show", "lodger has no command 'digits'.")]
    [InlineData("run job.yaml --dry-run", "lodger run has no option --dry-run. Did you mean lodger plan (which prices a job")]
    public async Task A_word_before_a_command_is_answered_and_not_the_command_behind_it(string line, string said)
    {
        (await stage.RunAsync(line.Split(' '))).ShouldBe(ExitCode.BadInput);

        stage.ErrorInOneLine.ShouldContain(said);
    }

    [Fact]
    public async Task A_finding_that_does_not_exist_cannot_be_accepted()
    {
        stage.Write("job.yaml", Samples.Yaml);
        (await stage.RunAsync("run", "job.yaml", "--accept", "VAST99")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("no finding 'VAST99'");
        (await stage.RunAsync("run", "job.yaml", "--accept", "ballance")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("Did you mean balance?");
        (await stage.RunAsync("plan", "job.yaml", "--accept", "balance")).ShouldBe(ExitCode.ServerUnreachable);
    }

    [Fact]
    public async Task A_number_that_is_none_is_told_with_its_option_and_an_example()
    {
        (await stage.RunAsync("plan", "job.yaml", "--seed", "abc")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("--seed: 'abc' is no whole number; for example  --seed 3");
    }

    [Theory]
    [InlineData("JOB", "show", "")]
    [InlineData("JOB", "down", " ")]
    [InlineData("JOB", "exec", "", "--", "ls")]
    [InlineData("JOB", "plan", "")]
    [InlineData("JOB", "run", "", "--gpu", "RTX_3090", "--", "python3", "train.py")]
    [InlineData("--trace", "simulate", "--trace", "")]
    public async Task A_word_that_says_nothing_is_named(string named, params string[] line)
    {
        (await stage.RunAsync(line)).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain($"{named} is empty.");
    }

    [Fact]
    public async Task A_wrong_flag_is_named_as_a_flag()
    {
        (await stage.RunAsync("plan", "--gpu", "RTX_4090", "--image", "python:3.12", "--disk", "5GB", "--results", "out/**", "--", "python", "train.py")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("--disk: 5GB is below the platform's minimum of 10 GB");
    }

    [Theory]
    [InlineData("--disk '40' is no size", "--disk: '40' is not a size. Write a number with its unit (MB, GB, TB), for example: --disk 40GB", "--disk", "40")]
    [InlineData("a name", "Write: --name my-job", "--name", "My Job")]
    [InlineData("a budget", "for example: --budget 6.00", "--budget", "much")]
    [InlineData("a secret", "a command line is no place for one. Set it where you run lodger and name it only: --secret API_TOKEN", "--env", "API_TOKEN=hf_abcdefghijklmnopqrstuvwxyz0123456789")]
    [InlineData("a directory", "Paths are relative to this directory. For itself write: --code .", "--code", "none")]
    public async Task What_is_wrong_with_a_flag_is_said_of_flags_and_not_of_a_file(string because, string said, params string[] flag)
    {
        (await stage.RunAsync(["plan", "--gpu", "RTX_4090", .. flag, "--", "python", "train.py"])).ShouldBe(ExitCode.BadInput);

        stage.ErrorInOneLine.ShouldContain(said, customMessage: because);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("200TB")]
    public async Task A_disk_of_offers_is_a_size_as_elsewhere(string size)
    {
        (await stage.RunAsync("offers", "--disk", size)).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("For example:  --disk 40GB");
        (await stage.RunAsync("offers", "--disk", "40")).ShouldBe(ExitCode.ServerUnreachable);
        (await stage.RunAsync("offers", "--disk", "40GB")).ShouldBe(ExitCode.ServerUnreachable);
    }

    [Fact]
    public async Task An_error_in_a_job_file_names_the_file_as_typed_with_line_and_column()
    {
        stage.Write("broken.yaml", "name: x\nimage: i\ngpu: RTX 4090\ndisk: 5GB\nrun: true\nresults: [a]\n");

        (await stage.RunAsync("plan", "broken.yaml")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldStartWith("broken.yaml:4:7");
    }

    [Theory]
    [InlineData("a very long directory name that would push the socket's path over what the kernel accepts, which is a hundred and eight bytes in all", "socket-path-too-long")]
    public async Task A_state_directory_too_long_for_a_socket_is_named(string name, string id)
    {
        stage.Environment["LODGER_STATE_DIR"] = Path.Combine(stage.Directory, name);

        (await stage.RunAsync("ps", "--json")).ShouldBe(ExitCode.BadInput);

        stage.Out.ShouldContain(id);
    }

    [Fact]
    public async Task A_server_that_cannot_be_started_is_a_problem_that_names_its_log()
    {
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.ServerUnreachable);

        stage.Error.ShouldContain("server did not start");
        stage.Error.ShouldContain("server.log");
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run", "--help")]
    [InlineData("server", "--help")]
    public async Task Help_leaves_no_spaces_at_the_ends_of_lines(params string[] line)
    {
        (await stage.RunAsync(line)).ShouldBe(ExitCode.Ok);

        stage.Out.Split('\n').ShouldAllBe(l => l == l.TrimEnd() && l.Length <= 80);
    }

    [Fact]
    public async Task The_list_of_commands_says_what_they_do_and_shows_no_argument_as_required_that_is_not()
    {
        (await stage.RunAsync("--help")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("login Store an API key");
        stage.Out.ShouldNotContain("<NAME>");
        stage.Out.ShouldNotContain("[default:");
    }
}
