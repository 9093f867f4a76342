using Lodger.Domain.Clocks;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Clocks;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

public sealed class EndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task The_socket_and_the_journal_are_open_to_their_user_alone()
    {
        await using var stage = await ServerStage.StartAsync();
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.GetUnixFileMode(stage.Socket).ShouldBe(owner);
        foreach (var file in Directory.EnumerateFiles(stage.Root, LodgerServer.DatabaseName + "*"))
            File.GetUnixFileMode(file).ShouldBe(owner, file);
    }

    [Fact]
    public async Task The_market_answers_through_the_server()
    {
        await using var stage = await ServerStage.StartAsync();
        (await stage.Client.AccountAsync("stub", Token)).Value.Account.Name.ShouldBe("user7001");
        (await stage.Client.OffersAsync("stub", "", 10, false, Token)).Value.Offers.ShouldHaveSingleItem().ShouldBe(StubMarket.Offer);
        var asked = new PlanRequest(ServerStage.Spec, "stub", false, null, new PlanInputs());
        var plan = (await stage.Client.PlanAsync(asked, Token)).Value;
        (plan.Plan.Best!.Offer.Id, plan.Prospects).ShouldBe(("5", null));
        (await stage.Client.PlanAsync(asked with { ProspectsSeed = 3 }, Token)).Value.Prospects!.ShouldSatisfyAllConditions(p => p.Seed.ShouldBe(3), p => p.Strategies.ShouldNotBeEmpty(), p => p.Frontier.ShouldNotBeEmpty());
        (await stage.Client.PlanAsync(asked with { OfferId = "6" }, Token)).Problem!.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("offer-gone"), p => p.ExitCode.ShouldBe(ExitCode.NoOffer));
        stage.Market.BalanceUsd = 0;
        (await stage.Client.PlanAsync(asked, Token)).Problem!.ExitCode.ShouldBe(ExitCode.NoMoney);
        (await stage.Client.OffersAsync("nobody", "", 10, false, Token)).Problem!.Id.ShouldBe("no-such-account");
    }

    [Fact]
    public async Task A_plan_knows_of_bids_that_the_account_has_whoever_made_them()
    {
        await using var stage = await ServerStage.StartAsync();
        var asked = new PlanRequest(ServerStage.Spec, "stub", false, null, new PlanInputs());
        (await stage.Client.PlanAsync(asked, Token)).Value.Plan.BeatsOwnBid.ShouldBeFalse();

        await stage.Market.RentAsync(new RentRequest { OfferId = "5", Image = "x", DiskGb = 10, Label = "by hand", Onstart = "", Environment = new Dictionary<string, string>(), BidUsdPerHour = 0.2m }, Token);

        (await stage.Client.PlanAsync(asked, Token)).Value.Plan.BeatsOwnBid.ShouldBeTrue("the market has one machine");
    }

    [Fact]
    public async Task A_job_is_submitted_seen_and_cancelled_and_its_spec_comes_back_as_it_was()
    {
        await using var stage = await ServerStage.StartAsync();
        var spec = ServerStage.Spec with { Teardown = TeardownMode.WhenVerified, Env = new Dictionary<string, string> { ["EPOCHS"] = "3" }, BudgetUsd = 2.5m };
        var job = (await stage.Client.SubmitAsync(stage.Submission(spec), Token)).Value;
        job.Spec.Teardown.ShouldBe(TeardownMode.WhenVerified);
        job.Spec.Env.ShouldBe(spec.Env);
        job.Spec.BudgetUsd.ShouldBe(2.5m);
        (await stage.Client.SubmitAsync(stage.Submission(), Token)).Problem!.Id.ShouldBe("job-open");

        await UntilAsync(stage, j => j.RentalId is not null);
        (await stage.Client.JobsAsync(all: false, Token)).Value.ShouldHaveSingleItem().Id.ShouldBe(job.Id);
        var line = (await stage.Client.JobListAsync(all: false, Token)).Value.ShouldHaveSingleItem();
        (line.Id, line.Name, line.Project, line.Market).ShouldBe((job.Id, "digits", Domain.Jobs.Projects.Default, job.Market));
        line.RentalId.ShouldNotBeNull();
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.Select(e => e.Sequence).ShouldBeInOrder();
        (await stage.Client.EventsAsync("digits", 1, Token)).Value.ShouldAllBe(e => e.Sequence > 1);
        (await stage.Client.RentalLogAsync("digits", "daemon", 20_000, null, Token)).Value.Text.ShouldBe("Daemon 10000");
        (await stage.Client.LogAsync("digits", 0, 100, Token)).Problem!.Id.ShouldBe("rental-not-running");
        (await stage.Client.BoxAsync("digits", Token)).Problem!.Id.ShouldBe("rental-not-running");
        (await stage.Client.GatesAsync("digits", Token)).Value[0].Judgement.IsOpen.ShouldBeFalse();

        (await stage.Client.CancelAsync("digits", "anna", Token)).IsOk.ShouldBeTrue();
        (await UntilAsync(stage, j => j.Phase == JobPhase.Closed)).Outcome.ShouldBe(JobOutcome.Cancelled);
        (await stage.Client.BoxAsync("digits", Token)).Problem!.Message.ShouldBe("digits has no rental (state: closed).");
        (await stage.Client.CancelAsync("digits", "anna", Token)).Problem!.Message.ShouldBe("digits is over already.");
        (await stage.Client.SetBudgetAsync("digits", new BudgetRequest(100, "anna"), Token)).Problem!.Message.ShouldBe("digits is over already.");
        (await stage.Client.JobsAsync(all: false, Token)).Value.ShouldBeEmpty();
        (await stage.Client.JobsAsync(all: true, Token)).Value.ShouldHaveSingleItem();
        (await stage.Client.JobListAsync(all: false, Token)).Value.ShouldBeEmpty();
        (await stage.Client.JobListAsync(all: true, Token)).Value.ShouldHaveSingleItem().Outcome.ShouldBe(JobOutcome.Cancelled);
    }

    [Fact]
    public async Task A_plan_carries_what_the_doctor_found_and_a_submission_is_looked_at_too()
    {
        await using var stage = await ServerStage.StartAsync();
        var spec = ServerStage.Spec with { Run = "python train.py --token hf_" + new string('x', 24) };
        var plan = (await stage.Client.PlanAsync(new PlanRequest(spec, "stub", false, null, new PlanInputs()), Token)).Value;
        var found = plan.Findings.First(f => f.Blocks);
        found.Id.ShouldBe("VAST11");
        found.Override.ShouldBe("--accept VAST11");

        var refused = (await stage.Client.SubmitAsync(stage.Submission(spec), Token)).Problem!;
        (refused.Id, refused.ExitCode).ShouldBe(("preflight-blocked", ExitCode.Findings));
        (await stage.Client.JobsAsync(all: true, Token)).Value.ShouldBeEmpty();

        var job = (await stage.Client.SubmitAsync(stage.Submission(spec) with { Accepted = [new AcceptedFinding("VAST11", found.Evidence)] }, Token)).Value;
        var first = (await stage.Client.EventsAsync(job.Id, 0, Token)).Value[0].Event.ShouldBeOfType<JobSubmitted>();
        first.Accepted.ShouldHaveSingleItem().Evidence.ShouldBe(found.Evidence);
    }

    [Fact]
    public async Task What_a_job_costs_is_reckoned_from_the_journal_and_asked_of_the_platform()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        await UntilAsync(stage, j => j.Meter.ReckonedUsd > 0);

        var cost = (await stage.Client.CostAsync("digits", false, Token)).Value.Jobs.ShouldHaveSingleItem();
        var rental = cost.Rentals.ShouldHaveSingleItem();
        rental.Reckoned!.DiskUsd.ShouldBeGreaterThan(0);
        rental.Reckoned.GpuUsd.ShouldBe(0, "it never ran");
        rental.Charged!.TotalUsd.ShouldBe(0.01m);
        cost.Pace.UsdPerHour.ShouldBe(0.01m);
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.Count(e => e.Event is MeterRead).ShouldBe(1, "nothing changed since");

        var all = (await stage.Client.CostAsync(null, false, Token)).Value;
        all.Jobs.ShouldHaveSingleItem();
        all.Accounts.ShouldHaveSingleItem().Volumes.ShouldBeEmpty();
        (await stage.Client.CostAsync("nobody", false, Token)).Problem!.ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task What_no_job_owns_is_listed_with_its_cost_and_left_as_it_is()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        var owned = (await UntilAsync(stage, j => j.RentalId is not null)).RentalId;
        var stranger = (await stage.Market.RentAsync(new RentRequest { OfferId = "5", Image = "x", DiskGb = 10, Label = "lodger/lost.job/1", Onstart = "", Environment = new Dictionary<string, string>() }, Token)).Value;
        stage.Market.Volumes = [new Volume { Id = "88", MachineId = "m1", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [owned!] }, new Volume { Id = "89", MachineId = "m1", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [stranger] }];

        var survey = (await stage.Client.SurveyAsync("stub", Token)).Value.Survey;

        survey.UnownedRentals.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Rental.Id.ShouldBe(stranger), r => r.Ownership.ShouldBe(Ownership.UnknownJob), r => r.ChargedUsd.ShouldBe(0.01m));
        survey.UnownedVolumes.ShouldHaveSingleItem().Volume.Id.ShouldBe("89");
        (survey.Rentals, survey.Volumes, survey.UsdPerHour).ShouldBe((2, 2, 0.012m));
        (await stage.Market.ListAsync(Token)).Value.Select(r => r.Id).ShouldBe([owned!, stranger], ignoreOrder: true);
        (await stage.Client.SurveyAsync("nobody", Token)).Problem!.ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task A_clock_is_told_once_and_a_command_that_hangs_holds_nothing_up()
    {
        await using var stage = await ServerStage.StartAsync(change: (s, e) => e with
        {
            ClocksEvery = TimeSpan.FromMilliseconds(20),
            NotifyLimit = TimeSpan.FromMinutes(10),
            Notify = () => new NotifySettings($"echo \"$LODGER_KIND\" >>'{s.Root}/told'; [ \"$LODGER_KIND\" = BalanceEmpty ] || sleep 600", null, NotifySettings.DefaultLead),
        });
        stage.Market.BalanceUsd = 0.1m;
        stage.Market.Volumes = [new Volume { Id = "88", MachineId = "m1", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [] }];
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        var told = Path.Combine(stage.Root, "told");
        for (var i = 0; i < 3000 && !(File.Exists(told) && (await File.ReadAllTextAsync(told, Token)).Contains("VolumeUnused", StringComparison.Ordinal)); i++)
            await Task.Delay(20, Token);

        // It hangs now. The job is ended and torn down all the same, and the clocks can be asked for.
        var clocks = (await stage.Client.ClocksAsync(null, latest: false, due: false, Token)).Value;
        clocks.Accounts.ShouldHaveSingleItem().Clocks.Select(c => c.Kind).ShouldContain(ClockKind.VolumeUnused);
        clocks.Notifies.ShouldBeTrue();
        (await stage.Client.ClocksAsync("stub", latest: true, due: false, Token)).Value.Accounts.ShouldNotBeEmpty();
        (await stage.Client.ClocksAsync("stub", latest: true, due: true, Token)).Value.Accounts.SelectMany(a => a.Clocks).ShouldAllBe(c => c.IsDue(clocks.Lead));
        (await stage.Client.ClocksAsync("nobody", latest: false, due: false, Token)).Problem!.Id.ShouldBe("no-such-account");
        await stage.Client.CancelAsync("digits", "anna", Token);
        await UntilAsync(stage, j => j.Phase == JobPhase.Closed);
        (await File.ReadAllLinesAsync(told, Token)).ShouldBeUnique();
    }

    [Fact]
    public async Task A_rental_that_was_destroyed_a_moment_ago_runs_no_clock_any_more()
    {
        await using var stage = await ServerStage.StartAsync(change: (_, e) => e with { ClocksEvery = TimeSpan.FromHours(1) });
        stage.Market.ContractEnd = DateTimeOffset.UtcNow.AddHours(3);
        stage.Market.BalanceUsd = 0.1m;
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        // Its disk is reckoned from the rent on; the clocks are of what the platform lists.
        await UntilAsync(stage, j => j is { RentalStatus: not null, Meter.DiskUsdPerHour: > 0 });
        (await stage.Client.ClocksAsync("stub", latest: false, due: false, Token)).Value.Accounts.ShouldHaveSingleItem().Clocks.Select(c => c.Kind).ShouldBe([ClockKind.ContractEnd, ClockKind.BalanceEmpty]);

        await stage.Client.CancelAsync("digits", "anna", Token);
        await UntilAsync(stage, j => j.Phase == JobPhase.Closed);

        var account = (await stage.Client.ClocksAsync("stub", latest: true, due: false, Token)).Value.Accounts.ShouldHaveSingleItem();
        account.Clocks.ShouldBeEmpty();
        account.BurnUsdPerHour.ShouldBe(0);
    }

    [Fact]
    public async Task A_sweep_is_not_taken_as_one_job()
    {
        await using var stage = await ServerStage.StartAsync();
        var cells = new Dictionary<string, string>[] { new() { ["LR"] = "1" }, new() { ["LR"] = "2" } };
        (await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Sweep = new SweepSpec(cells, 1) }), Token)).Problem!.ExitCode.ShouldBe(ExitCode.BadInput);
        (await stage.Client.JobsAsync(all: true, Token)).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_job_whose_secret_nobody_has_is_not_taken_and_nothing_is_rented()
    {
        await using var stage = await ServerStage.StartAsync();
        var spec = ServerStage.Spec with { Secrets = ["NO_SUCH_TOKEN"], Registry = new RegistryLogin("ghcr.io", "anna", "NO_SUCH_PASSWORD") };
        var refused = (await stage.Client.SubmitAsync(stage.Submission(spec), Token)).Problem!;
        refused.Id.ShouldBe("secret-missing");
        refused.ExitCode.ShouldBe(ExitCode.BadInput);
        refused.Message.ShouldContain("NO_SUCH_TOKEN, NO_SUCH_PASSWORD");
        (await stage.Client.JobsAsync(all: true, Token)).Value.ShouldBeEmpty();
        (await stage.Market.ListAsync(Token)).Value.ShouldBeEmpty();

        var given = new Dictionary<string, string> { ["NO_SUCH_TOKEN"] = "one", ["NO_SUCH_PASSWORD"] = "two" };
        (await stage.Client.SubmitAsync(stage.Submission(spec) with { Secrets = given }, Token)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task No_made_up_yes_destroys_anything()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        var job = await UntilAsync(stage, j => j.RentalId is not null);
        (await stage.Client.ApproveAsync("digits", new ApproveRequest("", "x", []), Token)).Problem!.ExitCode.ShouldBe(ExitCode.ApprovalNeeded);
        (await stage.Client.ApproveAsync("digits", new ApproveRequest("made-up", "x", ["out"]), Token)).Problem!.ExitCode.ShouldBe(ExitCode.ApprovalNeeded);
        foreach (var typed in (string[])["", " ", "1", job.RentalId + "0", job.RentalId![..^1], job.RentalId + " "])
            (await stage.Client.AbandonAsync("digits", new AbandonRequest(typed, "x"), Token)).Problem!.Id.ShouldBe("abandon-other-rental");
        (await stage.Client.PullAsync("digits", "x", Token)).Problem!.Id.ShouldBe("not-now");
        (await stage.Market.ShowAsync(job.RentalId, Token)).Value.ShouldNotBeNull();
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.ShouldNotContain(e => e.Event is Approved || e.Event is DestroyIntended);
    }

    private static async Task<JobView> UntilAsync(ServerStage stage, Func<JobView, bool> wanted)
    {
        for (var i = 0; i < 6000; i++)
        {
            var job = (await stage.Client.JobAsync("digits", Token)).Value;
            if (wanted(job))
                return job;
            await Task.Delay(20, Token);
        }

        throw new TimeoutException($"the job did not get there: {(await stage.Client.JobAsync("digits", Token)).Value}");
    }
}
