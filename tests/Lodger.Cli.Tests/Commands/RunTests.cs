using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

/// <summary>What a yes submits, and what keeps a run from being submitted.</summary>
public sealed class RunTests : IDisposable
{
    private readonly TestStage stage = new();

    public RunTests() => stage.Write("job.yaml", Samples.Yaml);

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Where_a_program_is_missing_without_which_no_machine_can_be_reached_nothing_is_rented()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        var programs = Path.GetDirectoryName(stage.Write("bin/rsync", ""))!;
        stage.Write("bin/setsid", "");
        stage.Environment["PATH"] = $"/nowhere:{programs}";

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.Prerequisite);

        server.Submitted.ShouldBeNull();
        stage.Error.ShouldContain("ssh and ssh-keygen are not on the PATH");
        stage.Error.ShouldContain("apt-get install openssh-client ");
        stage.Write("bin/ssh", "");
        stage.Write("bin/ssh-keygen", "");
        server.AfterSubmit = Samples.Closed;
        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.Ok);
    }

    [Fact]
    public async Task A_submission_of_which_nobody_knows_whether_it_was_taken_is_said_again_and_is_the_same_one()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.AfterSubmit = Samples.Closed;
        server.SubmitProblems.Enqueue(new Problem("submission-unclear", "Whether it was taken is not known.", "", ExitCode.Unknown, MayRetry: true));
        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.Ok);
        server.AllSubmitted.Count.ShouldBe(2);
        server.AllSubmitted.Select(s => s.Key).Distinct().ShouldHaveSingleItem().ShouldNotBeNull();
        stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain("there will be no second one");

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.Ok);
        server.AllSubmitted.Select(s => s.Key).Distinct().Count().ShouldBe(2, "another run is another submission");
    }

    [Fact]
    public async Task A_name_that_an_open_job_has_is_said_before_the_plan_and_the_question()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Jobs["resnet.4k2"] = Samples.Job with { Id = "resnet.4k2" };
        stage.Answers = "y\n";

        (await stage.RunAsync("run", "job.yaml")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("A job named resnet is open already (resnet.4k2).");
        stage.Out.ShouldBeEmpty("nobody reads a plan for nothing");
        server.Planned.ShouldBeNull();
        server.Submitted.ShouldBeNull();
    }

    [Fact]
    public async Task A_program_that_nothing_in_the_job_brings_is_said_to_be_assumed_in_the_image()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("Assumed: train.py is in the image, since it is not among the files that are sent");
        stage.Write("job.yaml", Samples.Yaml + "code: .\n");
        stage.Write("train.py", "");
        var before = stage.Out.Length;
        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        stage.Out[before..].ShouldNotContain("is in the image");
    }

    [Fact]
    public async Task A_yes_rents_what_was_shown_and_the_end_is_asked_for_in_place()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Answers = "y\ny\n";

        (await stage.RunAsync("run", "job.yaml")).ShouldBe(ExitCode.Ok);

        var submitted = server.Submitted.ShouldNotBeNull();
        submitted.Offer.Id.ShouldBe("18822101");
        submitted.ExpectedUsd.ShouldBe(3.10m);
        submitted.Account.ShouldBe("local");
        submitted.ResultsDirectory.ShouldBe(Path.Combine(stage.Directory, "results", "resnet"));
        server.Approved.ShouldNotBeNull();
        stage.Out.ShouldContain("nothing is billing");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_yes_to_the_slow_proxy_goes_with_the_submission_only_when_it_was_said(bool isSaid)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);

        string[] words = ["run", "job.yaml", "--yes", "--detach"];
        (await stage.RunAsync(isSaid ? [.. words, "--over-proxy"] : words)).ShouldBe(ExitCode.Ok);

        server.Submitted.ShouldNotBeNull().OverProxy.ShouldBe(isSaid);
    }

    [Fact]
    public async Task Without_a_terminal_renting_needs_yes_and_yes_does_not_cover_the_destroy()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);

        (await stage.RunAsync("run", "job.yaml")).ShouldBe(ExitCode.ApprovalNeeded);
        server.Submitted.ShouldBeNull();

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.ApprovalNeeded);
        server.Submitted.ShouldNotBeNull();
        server.Approved.ShouldBeNull();
        stage.Error.ShouldContain($"lodger approve resnet --token {Samples.Token}");
    }

    [Fact]
    public async Task Scripts_with_crlf_are_named_and_repaired_copies_are_sent_when_agreed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("code/train.sh", "#!/bin/sh\r\necho hi\r\n");
        stage.Write("crlf.yaml", Samples.Yaml + "code: code\n");

        (await stage.RunAsync("run", "crlf.yaml", "--yes")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("CRLF) in train.sh");
        server.Submitted.ShouldBeNull();

        (await stage.RunAsync("run", "crlf.yaml", "--yes", "--detach", "--fix-crlf")).ShouldBe(ExitCode.Ok);
        var sent = server.Submitted.ShouldNotBeNull().Spec.CodeDirectory.ShouldNotBeNull();
        (await File.ReadAllTextAsync(Path.Combine(sent, "train.sh"), TestContext.Current.CancellationToken)).ShouldBe("#!/bin/sh\necho hi\n");
        (await File.ReadAllTextAsync(Path.Combine(stage.Directory, "code/train.sh"), TestContext.Current.CancellationToken)).ShouldContain("\r\n");
    }

    [Theory]
    [InlineData(ExitCode.NoOffer)]
    [InlineData(ExitCode.NoMoney)]
    [InlineData(ExitCode.NotAuthorized)]
    public async Task What_the_platform_refuses_ends_in_its_sentence_and_exit_code(ExitCode code)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.PlanProblem = new Problem("refused", "The platform said no.", "Do something else.", code);

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(code);

        stage.Error.ShouldContain("The platform said no.");
        stage.Error.ShouldContain("Do something else.");
    }

    [Fact]
    public async Task Flags_make_the_same_job_as_a_file()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);

        (await stage.RunAsync(
            "run", "--gpu", "RTX_4090", "--image", "python:3.12", "--disk", "20GB", "--results", "out/**", "--env", "LR=0.1", "--name", "tiny", "--yes", "--detach",
            "--", "python", "train.py", "--note", "it's \"fine\": #1")).ShouldBe(ExitCode.Ok);

        var spec = server.Submitted.ShouldNotBeNull().Spec;
        spec.Name.ShouldBe("tiny");
        spec.Gpu.Names.ShouldBe(["RTX 4090"]);
        spec.Env["LR"].ShouldBe("0.1");
        spec.Run.ShouldBe("""python train.py --note 'it'\''s "fine": #1'""");
    }

    [Theory]
    [InlineData("vast", null, "market-unknown")]
    [InlineData("local", "anna", "market-and-account")]
    public async Task A_market_that_makes_no_sense_is_an_error(string market, string? account, string id)
    {
        (await stage.RunAsync(["plan", "job.yaml", "--json", "--market", market, .. account is null ? Array.Empty<string>() : ["--account", account]])).ShouldBe(ExitCode.BadInput);

        stage.Out.ShouldContain(id);
    }

    [Fact]
    public async Task The_account_is_the_flag_then_the_environment_then_the_setting()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write(".config/lodger/config.json", """{"account":"setting"}""");
        async Task<string> AccountAsync(params string[] more)
        {
            (await stage.RunAsync(["run", "job.yaml", "--yes", "--detach", .. more])).ShouldBe(ExitCode.Ok);
            server.Jobs.Clear();
            return server.Submitted.ShouldNotBeNull().Account;
        }

        (await AccountAsync()).ShouldBe("setting");
        stage.Environment["LODGER_ACCOUNT"] = "variable";
        (await AccountAsync()).ShouldBe("variable");
        (await AccountAsync("--account", "flag")).ShouldBe("flag");
        (await AccountAsync("--market", "local")).ShouldBe("local");
    }

    [Fact]
    public async Task A_gpu_and_a_command_suffice_and_what_was_assumed_is_said()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("train.py", "import numpy\n");

        (await stage.RunAsync("run", "--gpu", "RTX_4090", "--yes", "--detach", "--", "python", "train.py")).ShouldBe(ExitCode.Ok);

        var spec = server.Submitted.ShouldNotBeNull().Spec;
        spec.Image.ShouldBe("python:3.12-slim");
        spec.DiskGb.ShouldBe(40);
        spec.Results.ShouldBe(["results/**"]);
        stage.Out.ShouldContain("Assumed: image python:3.12-slim, because none was named (the program does not import torch): --image");
        stage.Out.ShouldContain("Assumed: disk of 40GB, because none was named; it can never grow: --disk");
        stage.Out.ShouldContain("Assumed: everything in results/** has to come home");
    }

    [Fact]
    public async Task What_is_named_is_not_assumed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("Dockerfile", "FROM ghcr.io/lab/train:7\n");

        (await stage.RunAsync("run", "--gpu", "RTX_4090", "--disk", "20GB", "--results", "out/**", "--yes", "--detach", "--", "sh", "go.sh")).ShouldBe(ExitCode.Ok);

        var spec = server.Submitted.ShouldNotBeNull().Spec;
        (spec.Image, spec.DiskGb).ShouldBe(("ghcr.io/lab/train:7", 20));
        stage.Out.ShouldContain("(the Dockerfile's base image)");
        stage.Out.ShouldNotContain("because no results were named");
        stage.Out.ShouldNotContain("disk of");
    }

    [Fact]
    public async Task Results_that_are_there_already_stay_and_the_other_place_is_named()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.AfterSubmit = Samples.Home with { ResultsDirectory = Path.Combine(stage.Directory, "results", "resnet.k3f9qa") };

        (await stage.RunAsync("run", "job.yaml", "--yes", "--detach")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("holds something already and stays as it is; these results go to");
        stage.Out.ShouldContain("resnet.k3f9qa");
    }
}
