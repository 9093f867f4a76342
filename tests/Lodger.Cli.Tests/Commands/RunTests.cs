using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Doctor;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Prospects;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Commands;

public sealed class RunTests : IDisposable
{
    private const string Yaml = "name: resnet\nimage: pytorch/pytorch:2.4.0\ngpu: RTX 4090\ndisk: 40GB\nrun: python train.py\nresults: [out/**]\n";
    private readonly TestStage stage = new();

    public RunTests() => stage.Write("job.yaml", Yaml);

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task The_plan_shows_offers_dangers_and_what_happens_without_you_before_it_asks()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Answers = "n\n";

        (await stage.RunAsync("run", "job.yaml")).ShouldBe(ExitCode.ApprovalNeeded);

        stage.Out.ShouldContain("  18822101  SE  RTX 4090   0.998  0.21  2 min  $0.10  $3.10");
        stage.Out.ShouldContain("<- chosen");
        stage.Out.ShouldContain("bandwidth");
        stage.Out.ShouldContain("Assumed: priced for one hour of work");
        stage.Out.ShouldContain("Before you pay:");
        stage.Out.ShouldContain("If you close the laptop: the run goes on");
        stage.Out.ShouldContain("At the end Lodger asks before it destroys");
        stage.Out.ShouldContain("Rent 18822101 for about $3.10 ($0.21/h, no budget)? [y/N]");
        stage.Out.ShouldContain("Nothing was rented.");
        server.Submitted.ShouldBeNull();
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

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
    public async Task An_explained_plan_shows_each_part_why_the_cheapest_hour_lost_what_ends_too_soon_and_the_disk()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        var best = Samples.Plan.Plan.Offers[0] with { InUsd = 0.02m, MirrorUsd = 0.03m, OutUsd = 0.05m, ReworkUsd = 0.2m };
        var cheap = best with { Offer = Samples.Offer with { Id = "18701444", GpuUsdPerHour = 0.11m }, GpuUsd = 1.1m, ReworkUsd = 0.1m, TransferUsd = 4.1m, OutUsd = 4.05m, WhyNot = "bandwidth" };
        server.Plan = Samples.Plan with
        {
            Plan = new JobPlan([best, cheap], []) { LeftOut = [new LeftOut(Samples.Offer with { Id = "5" }, "its contract ends in 3 h, and the job needs 11 h")], Disk = new DiskNeed(10, 0, 3, 0.5, 1, 3) },
        };
        stage.IsTerminal = true;

        (await stage.RunAsync("plan", "job.yaml", "--explain")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("18822101 $2.70 $0.20 $0.10 $0.020 $0.030 $0.050 $3.10");
        stage.OutInOneLine.ShouldContain("Why not the cheapest hour: 18701444 costs $0.11/h and not $0.21/h, and $2.20 more in all: results out +$4.00, work done again -$0.10, GPU -$1.70");
        stage.OutInOneLine.ShouldContain("Left out: 5: its contract ends in 3 h, and the job needs 11 h");
        stage.OutInOneLine.ShouldContain("Disk: about 15.5 GB of 40 GB (image 10, code and data 0, checkpoints 3 x 0.5, results 1, caches 3)");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task A_plan_says_that_it_spares_bids_of_ones_own_and_where_it_cannot()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Plan = Samples.Plan with { Plan = Samples.Plan.Plan with { LeftOut = [new LeftOut(Samples.Offer with { Id = "5" }, OwnBids.Why)] } };
        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("Left out: 1 offer where a bid of this account runs on its machine, and renting there would take its GPU (--explain names them)");
        stage.OutInOneLine.ShouldNotContain("cannot be done on");

        server.Plan = Samples.Plan with { Plan = Samples.Plan.Plan with { BeatsOwnBid = true } };
        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("!! Nothing else fits than machines on which a bid of this account runs");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plan_shows_what_each_strategy_leads_to_and_money_against_time(bool ascii)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        Prospect Of(Strategy strategy, decimal usd, double? late, HoursSpread finish, bool yours = false) =>
            new(strategy, new(usd, usd + 1, usd + 2, usd + 1), finish, late, 0.2, 1.5, yours);
        server.Plan = Samples.Plan with
        {
            Prospects = new(1, 400, 10, 14, 6, [Of(Strategy.OnDemand, 4, 0, new(10.1, 10.1, 10.1)), Of(Strategy.BidAndWait, 2, 0.003, new(11, 60, null)), Of(Strategy.Auto, 2.5m, 0, new(10.8, 12.2, 13), yours: true)],
            [
                new(Strategy.OnDemand, null, 10.06, 3.76m, "18822101"), new(Strategy.Auto, 12, 11.55, 2.92m, null), new(Strategy.Auto, 12.1, 11.56, 2.91m, null), new(Strategy.Auto, null, 50, 2.21m, null),
            ],
            ["bids are lost as elsewhere"]),
        };
        stage.IsTerminal = true;
        stage.IsAscii = ascii;

        (await stage.RunAsync("plan", "job.yaml", "--seed", "7")).ShouldBe(ExitCode.Ok);

        server.Planned.ShouldNotBeNull().ProspectsSeed.ShouldBe(7);
        stage.OutInOneLine.ShouldContain("To the end, 10 h of work, deadline in 14 h, budget $6.00");
        stage.OutInOneLine.ShouldContain("on-demand 4.00 5.00 6.00 10.1 h 10.1 h 10.1 h 0 % 20 %");
        stage.OutInOneLine.ShouldContain("bid, wait 2.00 3.00 4.00 11 h 2.5 d open <1 % 20 %");
        stage.OutInOneLine.ShouldContain("auto 2.50 3.50 4.50 10.8 h 12.2 h 13 h 0 % 20 % <- yours");
        stage.OutInOneLine.ShouldContain("a on-demand, offer 18822101 $3.76 10.1 h b auto, deadline 12 h $2.92 11.6 h");
        stage.OutInOneLine.ShouldContain("Simulated: bids are lost as elsewhere");
        var lines = stage.Out.Split('\n');
        lines.ShouldAllBe(l => l.Length <= 80);
        var top = Array.FindIndex(lines, l => l.StartsWith(ascii ? "  $3.76 +a" : "  $3.76 ┤a", StringComparison.Ordinal));
        top.ShouldBePositive(stage.Out);
        lines.ShouldContain(l => l.Contains("bc", StringComparison.Ordinal), "two that fall together stand side by side");
        lines[top + 7].ShouldStartWith(ascii ? "  $2.21 +" : "  $2.21 ┤");
        lines[top + 7].ShouldEndWith("d");
        if (ascii)
            lines[top..(top + 10)].ShouldAllBe(l => l.All(char.IsAscii));
    }

    [Fact]
    public async Task What_the_doctor_found_is_shown_and_an_error_rents_nothing_until_a_person_accepts_it()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Plan = Samples.Plan with
        {
            Findings =
            [
                new Finding("VAST5", Severity.Error, Moment.Preflight, "CUDA is newer", "the image brings CUDA 12.8, the driver supports 12.4", "CUDA comes with the image.", "lodger offers 'cuda_max_good>=12.8'"),
                new Finding("VAST7", Severity.Warning, Moment.Preflight, "The host may vanish", "not verified", "It is a market.", "lodger plan job.yaml"),
            ],
        };
        stage.Answers = "y\ny\n";

        (await stage.RunAsync("run", "job.yaml", "--accept", "VAST7")).ShouldBe(ExitCode.Findings);
        server.Submitted.ShouldBeNull();
        stage.OutInOneLine.ShouldContain("ERROR VAST5 CUDA is newer seen the image brings CUDA 12.8, the driver supports 12.4 cause CUDA comes with the image. fix lodger offers 'cuda_max_good>=12.8' or --accept VAST5");
        stage.OutInOneLine.ShouldContain("warning VAST7 The host may vanish");
        stage.Error.ShouldContain("--accept VAST5");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);

        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        (await stage.RunAsync("run", "job.yaml", "--accept", "VAST5")).ShouldBe(ExitCode.Ok);
        server.Submitted.ShouldNotBeNull().Accepted.ShouldBe([new AcceptedFinding("VAST5", "the image brings CUDA 12.8, the driver supports 12.4")]);
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
    public async Task A_missing_secret_is_named_before_anything_is_asked_or_paid()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Yaml + "secrets: [WANDB_API_KEY, HF_TOKEN]\n");
        stage.Environment["HF_TOKEN"] = "value";

        (await stage.RunAsync("run", "secret.yaml", "--yes")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("the secret WANDB_API_KEY, and nothing was rented");
        server.Submitted.ShouldBeNull();
    }

    [Fact]
    public async Task A_secret_that_is_empty_is_none_wherever_it_was_looked_for()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Yaml + "registry: {server: ghcr.io, user: anna, password_secret: GHCR_TOKEN}\n");
        stage.Environment["GHCR_TOKEN"] = "";
        var file = stage.Write(".config/lodger/secrets/GHCR_TOKEN", "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        (await stage.RunAsync("run", "secret.yaml", "--yes")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("the secret GHCR_TOKEN, and nothing was rented");
        server.Submitted.ShouldBeNull();
    }

    [Fact]
    public async Task A_plan_shows_its_prices_and_says_which_secret_a_run_would_be_refused_for()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Yaml + "secrets: [WANDB_API_KEY]\n");

        (await stage.RunAsync("plan", "secret.yaml", "--json")).ShouldBe(ExitCode.BadInput);

        JsonSerializer.Deserialize(stage.Out, ApiJson.Default.PlanView)!.Plan.Best.ShouldNotBeNull();
        stage.Error.ShouldContain("the secret WANDB_API_KEY, and nothing was rented");
        stage.Environment["WANDB_API_KEY"] = "value";
        (await stage.RunAsync("plan", "secret.yaml")).ShouldBe(ExitCode.Ok);
    }

    [Fact]
    public async Task A_secret_file_that_others_can_read_is_refused()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Yaml + "secrets: [WANDB_API_KEY]\n");
        var file = stage.Write(".config/lodger/secrets/WANDB_API_KEY", "value\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        (await stage.RunAsync("run", "secret.yaml", "--yes")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("chmod 600");

        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        (await stage.RunAsync("run", "secret.yaml", "--yes", "--detach")).ShouldBe(ExitCode.Ok);
        server.Submitted.ShouldNotBeNull().Secrets["WANDB_API_KEY"].ShouldBe("value");
    }

    [Fact]
    public async Task Scripts_with_crlf_are_named_and_repaired_copies_are_sent_when_agreed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("code/train.sh", "#!/bin/sh\r\necho hi\r\n");
        stage.Write("crlf.yaml", Yaml + "code: code\n");

        (await stage.RunAsync("run", "crlf.yaml", "--yes")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("CRLF) in train.sh");
        server.Submitted.ShouldBeNull();

        (await stage.RunAsync("run", "crlf.yaml", "--yes", "--detach", "--fix-crlf")).ShouldBe(ExitCode.Ok);
        var sent = server.Submitted.ShouldNotBeNull().Spec.CodeDirectory.ShouldNotBeNull();
        (await File.ReadAllTextAsync(Path.Combine(sent, "train.sh"), TestContext.Current.CancellationToken)).ShouldBe("#!/bin/sh\necho hi\n");
        (await File.ReadAllTextAsync(Path.Combine(stage.Directory, "code/train.sh"), TestContext.Current.CancellationToken)).ShouldContain("\r\n");
    }

    [Fact]
    public async Task A_plan_above_the_budget_rents_nothing()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("small.yaml", Yaml + "budget: 3\n");

        (await stage.RunAsync("run", "small.yaml", "--yes")).ShouldBe(ExitCode.BudgetReached);

        stage.Error.ShouldContain("above the budget of $3.00.");
        server.Submitted.ShouldBeNull();
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
