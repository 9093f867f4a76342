using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Prospects;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Prospects;

public sealed class ProspectingTests
{
    private static readonly PlanInputs Inputs = new();

    private static JobSpec Spec { get; } = Samples.Spec with { Rent = RentMode.Auto, Work = TimeSpan.FromHours(10), Checkpoints = ["checkpoint.pt"] };

    private static Offer Offer(Random random, int i) => Samples.Offer with
    {
        Id = $"offer-{i}",
        MachineId = $"m{i}",
        HostId = $"h{i}",
        GpuUsdPerHour = (decimal)(0.3 + random.NextDouble()),
        MinBidUsdPerHour = random.Next(5) == 0 ? null : (decimal)(0.05 + (random.NextDouble() * 0.4)),
        DownloadMbps = 50 + (random.NextDouble() * 1000),
        StorageUsdPerGbMonth = (decimal)random.NextDouble(),
        UploadUsdPerGb = (decimal)(random.NextDouble() * 0.05),
    };

    private static JobProspects Of(JobSpec spec, IReadOnlyList<Offer> offers, int seed = 1, SpotRecord? record = null) =>
        Prospecting.Of(spec, Planner.Make(spec, offers, Inputs), Inputs, record ?? SpotRecord.None, Samples.T0, seed)!;

    /// <summary>Jobs and markets of all kinds.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 10)];

    private static (JobSpec Spec, Offer[] Offers) Draw(int seed)
    {
        var random = new Random(seed);
        var work = TimeSpan.FromHours(0.2 + (random.NextDouble() * random.NextDouble() * 60));
        var spec = Spec with
        {
            Work = work,
            Rent = (RentMode)random.Next(3),
            Checkpoints = random.Next(4) == 0 ? [] : ["checkpoint.pt"],
            Patience = random.Next(3) == 0 ? TimeSpan.FromHours(random.NextDouble() * 3) : null,
            Deadline = random.Next(3) == 0 ? null : new DeadlineSpec((work * (1.05 + random.NextDouble())) + TimeSpan.FromMinutes(30), null),
            BudgetUsd = random.Next(3) == 0 ? (decimal)(1 + (random.NextDouble() * 20)) : null,
        };
        return (spec, [.. Enumerable.Range(0, 1 + random.Next(8)).Select(i => i == 0 ? Offer(random, i) with { MinBidUsdPerHour = 0.2m } : Offer(random, i))]);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Quantiles_are_in_order_and_shares_are_shares(int seed)
    {
        var (spec, offers) = Draw(seed);
        foreach (var p in Of(spec, offers, seed).Strategies)
        {
            new[] { p.Usd.P10, p.Usd.P50, p.Usd.P90 }.ShouldBeInOrder();
            new[] { p.Finish.P10 ?? double.MaxValue, p.Finish.P50 ?? double.MaxValue, p.Finish.P90 ?? double.MaxValue }.ShouldBeInOrder();
            (p.Finish.P10 ?? double.MaxValue).ShouldBeGreaterThanOrEqualTo(spec.Work!.Value.TotalHours);
            p.Usd.P10.ShouldBePositive();
            (p.MissesDeadline is null).ShouldBe(spec.Deadline is null);
            (p.PassesBudget is null).ShouldBe(spec.BudgetUsd is null);
            (p.MissesDeadline ?? 0).ShouldBeInRange(0, 1);
            (p.PassesBudget ?? 0).ShouldBeInRange(0, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_point_of_the_frontier_is_beaten_by_another(int seed)
    {
        var (spec, offers) = Draw(seed);
        var frontier = Of(spec, offers, seed).Frontier;
        frontier.ShouldNotBeEmpty();
        frontier.Select(p => p.FinishHours).ShouldBeInOrder();
        frontier.Select(p => -p.Usd).ShouldBeInOrder();
        frontier.Select(p => p.Usd).ShouldBeUnique();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void On_demand_leaves_nothing_to_chance_and_ends_when_boot_sending_work_and_bringing_home_are_over(int seed)
    {
        var (spec, offers) = Draw(seed);
        var onDemand = Of(spec, offers, seed).Strategies.Single(p => p.Strategy == Strategy.OnDemand);
        onDemand.Preemptions.ShouldBe(0);
        onDemand.Usd.P10.ShouldBe(onDemand.Usd.P90);
        onDemand.Finish.P10.ShouldBe(onDemand.Finish.P90);
        var slowest = offers.Max(o => (Inputs.ImageBytes + Inputs.CodeBytes) * 8 / (o.DownloadMbps * 1e6) / 3600) + (Inputs.ResultBytes * 8 / (Samples.Offer.UploadMbps * 1e6) / 3600);
        onDemand.Finish.P90!.Value.ShouldBeInRange(spec.Work!.Value.TotalHours, spec.Work.Value.TotalHours + slowest + 0.1);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void With_both_ways_of_renting_a_deadline_that_on_demand_can_meet_is_never_missed(int seed)
    {
        var (spec, offers) = Draw(seed);
        var kept = spec with { Deadline = new DeadlineSpec((spec.Work!.Value * (1.02 + (0.04 * seed))) + TimeSpan.FromHours(1.5), null), BudgetUsd = null };
        var prospects = Of(kept, offers, seed);
        prospects.Strategies.Single(p => p.Strategy == Strategy.OnDemand).MissesDeadline.ShouldBe(0);
        if (prospects.Strategies.SingleOrDefault(p => p.Strategy == Strategy.Auto) is { } auto)
            auto.MissesDeadline.ShouldBe(0);
    }

    [Fact]
    public void The_same_seed_gives_the_same_figures_and_another_gives_others()
    {
        var offers = Enumerable.Range(0, 6).Select(i => Offer(new Random(i), i)).ToArray();
        string Text(int seed) => System.Text.Json.JsonSerializer.Serialize(Of(Spec, offers, seed));
        Text(5).ShouldBe(Text(5));
        Text(5).ShouldNotBe(Text(6));
    }

    [Fact]
    public void A_later_deadline_costs_no_more_and_money_buys_time()
    {
        var offers = Enumerable.Range(0, 4).Select(i => Samples.Offer with { Id = $"o{i}", MachineId = $"m{i}", HostId = $"h{i}", MinBidUsdPerHour = 0.1m }).ToArray();
        var near = Of(Spec with { Deadline = new DeadlineSpec(TimeSpan.FromHours(10.6), null) }, offers).Strategies.Single(p => p.IsTheJobs);
        var far = Of(Spec with { Deadline = new DeadlineSpec(TimeSpan.FromHours(40), null) }, offers).Strategies.Single(p => p.IsTheJobs);
        near.Strategy.ShouldBe(Strategy.Auto);
        far.Usd.Mean.ShouldBeLessThan(near.Usd.Mean * 0.7m);
        Of(Spec, offers).Frontier.Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void A_job_without_checkpoints_pays_for_what_it_does_again()
    {
        var offers = new[] { Samples.Offer with { MinBidUsdPerHour = 0.1m } };
        decimal Mean(JobSpec spec) => Of(spec, offers).Strategies.Single(p => p.Strategy == Strategy.BidAndWait).Usd.Mean;
        Mean(Spec with { Checkpoints = [] }).ShouldBeGreaterThan(Mean(Spec) * 2);
    }

    [Fact]
    public void Without_a_machine_that_takes_bids_there_is_on_demand_alone()
    {
        var prospects = Of(Spec, [Samples.Offer]);
        prospects.Strategies.Select(p => p.Strategy).ShouldBe([Strategy.OnDemand]);
        prospects.Basis.ShouldHaveSingleItem().ShouldContain("no");
        Prospecting.Of(Spec, Planner.Make(Spec, [], Inputs), Inputs, SpotRecord.None, Samples.T0, 1).ShouldBeNull();
    }

    [Fact]
    public void What_was_seen_of_a_market_moves_what_is_expected_of_it()
    {
        var offers = new[] { Samples.Offer with { MinBidUsdPerHour = 0.1m } };
        double Preempted(SpotRecord record) => Of(Spec, offers, 1, record).Strategies.Single(p => p.Strategy == Strategy.BidAndWait).Preemptions;
        var calm = new SpotRecord([.. Enumerable.Repeat(new SeenSpell(30, false), 20)], []);
        var rough = new SpotRecord([.. Enumerable.Repeat(new SeenSpell(0.3, true), 40)], []);
        Preempted(calm).ShouldBeLessThan(Preempted(SpotRecord.None) / 2);
        Preempted(rough).ShouldBeGreaterThan(Preempted(SpotRecord.None));
    }

    [Fact]
    public void Runs_and_pauses_are_read_from_the_journals_of_earlier_jobs()
    {
        var at = Samples.T0;
        var submitted = Samples.Submitted(Spec) with { BidUsdPerHour = 0.125m, Offer = Samples.Offer with { MinBidUsdPerHour = 0.1m } };
        JobEvent Status(RentalStatus status) => new RentalChanged(1, "r1", status, "");
        (double Hours, JobEvent Event)[] happened =
        [
            (0, submitted),
            (0, new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, 0.125m)),
            (0, new Rented(1, "r1", false)),
            (0, Status(RentalStatus.Running)),
            (0, new PayloadIntended(1)),
            (2, Status(RentalStatus.Preempted)),
            (2.5, Status(RentalStatus.Running)),
            (5.5, Status(RentalStatus.Preempted)),
        ];
        var job = JobState.Replay("digits.k3f9qa", [.. happened.Select((h, i) => new JournalEntry(i + 1, at.AddHours(h.Hours), h.Event))]);
        var record = SpotRecord.Of([job], at.AddHours(6.5), marketSpeed: 2);
        record.Runs.ShouldBe([new SeenSpell(4, true, 1), new SeenSpell(6, true, 1)]);
        record.Pauses.ShouldBe([new SeenSpell(1, true), new SeenSpell(2, false)]);
        SpotRecord.Of([], at, 1).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void On_demand_costs_what_its_hours_disk_and_bytes_cost()
    {
        // Forty seconds and six minutes for the image until it runs, six for code and data, ten hours, six home; a disk of a cent an hour; $0.45 each way; 2 GB an hour of copies.
        var offer = Samples.Offer with { GpuUsdPerHour = 0.6m, StorageUsdPerGbMonth = 0.36m, DownloadMbps = 1000, UploadMbps = 1000, UploadUsdPerGb = 0.01m, DownloadUsdPerGb = 0.01m };
        var inputs = new PlanInputs { ImageBytes = 45_000_000_000, CodeBytes = 5_000_000_000, DataBytes = 40_000_000_000, ResultBytes = 45_000_000_000, CheckpointBytes = 1_000_000_000 };
        const double hours = (40 / 3600d) + 0.1 + 0.1 + 10 + 0.1;
        void Costs(JobSpec spec, double usd)
        {
            var prospects = Prospecting.Of(spec, Planner.Make(spec, [offer], inputs), inputs, SpotRecord.None, Samples.T0, 1)!;
            var point = prospects.Frontier.ShouldHaveSingleItem();
            ((double)point.Usd).ShouldBe(usd, 0.0001);
            point.FinishHours.ShouldBe(hours, 0.0001);
            (point.Strategy, point.OfferId, point.DeadlineHours).ShouldBe((Strategy.OnDemand, offer.Id, null));
            var strategy = prospects.Strategies.ShouldHaveSingleItem();
            ((double)strategy.Usd.Mean).ShouldBe(usd, 0.0001);
            strategy.Finish.P50!.Value.ShouldBe(hours, 0.0001);
        }

        const double usd = (0.6 * 10.2) + (0.01 * hours) + 0.9;
        Costs(Spec with { Checkpoints = [] }, usd);
        Costs(Spec, usd + 0.2);
    }

    [Fact]
    public void A_budget_is_passed_by_the_price_with_what_is_kept_back_at_the_end()
    {
        double Passes(decimal budget) => Of(Spec with { BudgetUsd = budget, Checkpoints = [] }, [Samples.Offer with { GpuUsdPerHour = 0.6m }]).Strategies.Single().PassesBudget!.Value;
        var usd = Of(Spec with { Checkpoints = [] }, [Samples.Offer with { GpuUsdPerHour = 0.6m }]).Strategies.Single().Usd.Mean;
        Passes(usd).ShouldBe(1, "nothing would be left to keep the disk");
        Passes(usd * 2).ShouldBe(0);
    }

    [Fact]
    public void What_was_seen_is_worth_its_events_against_what_the_public_zones_would_have_brought_in_that_time()
    {
        SpotRecord Runs(params SeenSpell[] runs) => new(runs, []);
        SpotRecord.None.Goes.Events.ShouldBe(2);
        var none = SpotRecord.None.Goes.Exposure;
        none.ShouldBePositive();
        Runs(new(5, true), new(3, false), new(1, true)).Goes.Events.ShouldBe(4);
        var once = Runs(new SeenSpell(5, true)).Goes.Exposure - none;
        once.ShouldBePositive();
        (Runs(new SeenSpell(5, true), new SeenSpell(5, false)).Goes.Exposure - none).ShouldBe(2 * once, 1e-9);
        (Runs(new SeenSpell(5, true, 2)).Goes.Exposure - none).ShouldBe(once / 2, 1e-9, "a bid that lasts twice as long is expected to end half as often");
        Runs(new SeenSpell(5, true)).Comes.ShouldBe(SpotRecord.None.Comes);
        (new SpotRecord([], [new(5, true)]).IsEmpty, Runs(new SeenSpell(5, true)).IsEmpty).ShouldBe((false, false));
    }

    [Fact]
    public void On_what_the_figures_rest_is_said()
    {
        Offer[] offers = [Samples.Offer with { MinBidUsdPerHour = 0.1m }];
        var spec = Spec with { Work = TimeSpan.FromHours(1) };
        Of(spec, offers).Basis[0].ShouldContain("no job here has bid on this market lately");
        var seen = Of(spec with { Checkpoints = [] }, offers, 1, new SpotRecord([new(4, true), new(6.5, false), new(1, true)], [])).Basis;
        seen[0].ShouldContain("(2 preemptions in 11.5 h under bids)");
        seen[^1].ShouldContain("begins again from nothing");
        Of(spec, offers).Basis[^1].ShouldMatch(@"^a checkpoint every \d+ min on a bid$");
    }
}
