using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Prospects;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Prospects;

/// <summary>Single lives, reckoned by hand.</summary>
public sealed class LifeTests
{
    private const double ContainerStart = 40 / 3600d;

    /// <summary>Six minutes for the image, three for code and data, six home, three for a checkpoint, at 1,000 Mbit/s.</summary>
    private static readonly PlanInputs Inputs = new()
    {
        ImageBytes = 45_000_000_000,
        CodeBytes = 2_500_000_000,
        DataBytes = 20_000_000_000,
        ResultBytes = 45_000_000_000,
        CheckpointBytes = 22_500_000_000,
    };

    private static readonly JobSpec Spec = Samples.Spec with { Rent = RentMode.Interruptible, Work = TimeSpan.FromHours(10), Checkpoints = ["checkpoint.pt"] };

    private static readonly Offer Cheap = Samples.Offer with
    {
        GpuUsdPerHour = 0.6m,
        MinBidUsdPerHour = 0.1m,
        StorageUsdPerGbMonth = 0,
        UploadUsdPerGb = 0,
        DownloadUsdPerGb = 0,
        DownloadMbps = 1000,
        UploadMbps = 1000,
    };

    /// <summary>Of thousands of hours under bids none was lost.</summary>
    private static readonly SpotRecord Calm = new([.. Enumerable.Repeat(new SeenSpell(10_000, false), 5_000)], []);

    /// <summary>Bids last an hour or so, and machines come back within minutes.</summary>
    private static readonly SpotRecord Rough = new([.. Enumerable.Repeat(new SeenSpell(1, true), 200)], [.. Enumerable.Repeat(new SeenSpell(0.2, true), 200)]);

    /// <summary>Bids last some hours, and no machine ever came back.</summary>
    private static readonly SpotRecord Gone = new([.. Enumerable.Repeat(new SeenSpell(8, true), 200)], [.. Enumerable.Repeat(new SeenSpell(10_000, false), 5_000)]);

    private static Offer Machine(int i, Offer? like = null) => (like ?? Cheap) with { Id = $"o{i}", MachineId = $"m{i}", HostId = $"h{i}" };

    private static ProspectTerms Terms(SpotRecord record, JobSpec spec, params Offer[] offers) => new(spec, Planner.Make(spec, offers, Inputs), Inputs, record, null);

    private static LifeEnd Live(ProspectTerms terms, Strategy strategy, int life) =>
        new Life(terms, strategy, null, Life.Fresh(terms, strategy, null), new Draws(1, life)).Live();

    [Theory]
    [InlineData(Strategy.BidAndWait)]
    [InlineData(Strategy.BidAndMove)]
    internal void A_bid_that_is_never_lost_costs_its_hours_its_disk_and_its_bytes(Strategy strategy)
    {
        var offer = Cheap with { StorageUsdPerGbMonth = 0.36m, UploadUsdPerGb = 0.02m, DownloadUsdPerGb = 0.01m };
        var terms = Terms(Calm, Spec with { DiskGb = 20 }, Machine(1, offer), Machine(2, offer));
        var bid = (double)terms.Bids[0].Bid!.Value;
        var end = Live(terms, strategy, 0);
        const double sendAndHome = 0.05 + 0.1;
        const double hours = ContainerStart + 0.1 + 10 + sendAndHome;
        end.Preemptions.ShouldBe(0);
        end.Hours.ShouldBe(hours, 1e-9);
        // A copy of the checkpoint leaves it every half hour.
        end.Usd.ShouldBe((bid * (10 + sendAndHome)) + (0.01 * hours) + (22.5 * 0.01) + (45 * 0.02) + (20 * 22.5 * 0.02), 1e-9);
    }

    [Fact]
    public void While_it_waits_for_its_machine_the_disk_bills_and_the_GPU_does_not()
    {
        var bare = Terms(Rough, Spec, Machine(1));
        var withDisk = Terms(Rough, Spec with { DiskGb = 20 }, Machine(1, Cheap with { StorageUsdPerGbMonth = 0.36m }));
        var bid = (double)bare.Bids[0].Bid!.Value;
        var most = 0;
        for (var life = 0; life < 20; life++)
        {
            var end = Live(bare, Strategy.BidAndWait, life);
            var disk = Live(withDisk, Strategy.BidAndWait, life);
            (disk.Hours, disk.Preemptions).ShouldBe((end.Hours, end.Preemptions));
            // A container that comes up again where its image is takes a minute, for nothing here.
            (disk.Usd - end.Usd).ShouldBe(0.01 * (end.Hours - (end.Preemptions / 60d)), 1e-9);
            var paid = end.Usd / bid;
            paid.ShouldBeInRange(10.15 - 1e-9, end.Hours - ContainerStart - 0.1 + 1e-9);
            if (end.Preemptions > 0)
                paid.ShouldBeLessThan(end.Hours - ContainerStart - 0.1);
            most = Math.Max(most, end.Preemptions);
        }

        most.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void A_move_pays_for_the_checkpoint_there_and_back_and_an_hour_more_of_the_old_disk()
    {
        ProspectTerms Priced(decimal storage, decimal up, decimal down) =>
            Terms(Gone, Spec with { DiskGb = 20 }, [.. Enumerable.Range(1, 2).Select(i => Machine(i, Cheap with { StorageUsdPerGbMonth = storage, UploadUsdPerGb = up, DownloadUsdPerGb = down }))]);
        var (bare, disk, down, up) = (Priced(0, 0, 0), Priced(0.36m, 0, 0), Priced(0, 0, 0.01m), Priced(0, 0.01m, 0));
        var moved = 0;
        for (var life = 0; life < 60; life++)
        {
            var end = Live(bare, Strategy.BidAndMove, life);
            if (end.Preemptions != 1)
                continue;
            moved++;
            end.Hours.ShouldBeLessThan(60);
            (Live(disk, Strategy.BidAndMove, life).Usd - end.Usd).ShouldBe(0.01 * (end.Hours + 1), 1e-9);
            (Live(down, Strategy.BidAndMove, life).Usd - end.Usd).ShouldBe(0.01 * (22.5 + 22.5 + 22.5), 1e-9, "code and data twice, and the checkpoint");
            // Home at the end, the rescued checkpoint, and a copy every half hour of work, of which some is done twice.
            ((Live(up, Strategy.BidAndMove, life).Usd - end.Usd) / 0.01).ShouldBeInRange(45 + 22.5 + (20 * 22.5) - 1e-9, 45 + 22.5 + (20 * 22.5 * 1.3));
        }

        moved.ShouldBeGreaterThan(5);
    }

    [Fact]
    public void With_every_machine_lost_and_none_that_returns_a_life_never_ends_and_its_disk_bills_to_the_horizon()
    {
        var terms = Terms(Gone, Spec with { DiskGb = 20 }, Machine(1, Cheap with { StorageUsdPerGbMonth = 0.36m }));
        var bare = Terms(Gone, Spec with { DiskGb = 20 }, Machine(1));
        var horizon = Life.HorizonHours(terms);
        horizon.ShouldBe(200 + 720);
        var lost = Enumerable.Range(0, 30).Where(life => double.IsInfinity(Live(terms, Strategy.BidAndWait, life).Hours)).ToList();
        lost.Count.ShouldBeGreaterThan(5);
        foreach (var life in lost)
            (Live(terms, Strategy.BidAndWait, life).Usd - Live(bare, Strategy.BidAndWait, life).Usd).ShouldBe(0.01 * horizon, 0.01);
    }

    [Fact]
    public void Without_checkpoints_the_work_of_a_lost_run_is_paid_again_in_full()
    {
        var terms = Terms(Rough, Spec with { Checkpoints = [], Work = TimeSpan.FromHours(1) }, Machine(1));
        var bid = (double)terms.Bids[0].Bid!.Value;
        var seen = 0;
        for (var life = 0; life < 40; life++)
        {
            var end = Live(terms, Strategy.BidAndWait, life);
            if (end.Preemptions == 0 || double.IsInfinity(end.Hours))
                continue;
            seen++;
            // The last run is a whole one: an hour of work and the job's own start.
            (end.Usd / bid).ShouldBeGreaterThan(1 + 0.15);
            end.Hours.ShouldBeGreaterThan(1 + 0.25 + ContainerStart + (end.Preemptions / 60d));
        }

        seen.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void Where_machines_return_slowly_going_to_another_at_once_ends_sooner_than_waiting_for_the_one()
    {
        var slow = new SpotRecord(Rough.Runs, [.. Enumerable.Repeat(new SeenSpell(5, true), 200)]);
        double Median(Strategy strategy, int machines)
        {
            var terms = Terms(slow, Spec, [.. Enumerable.Range(1, machines).Select(i => Machine(i))]);
            return Enumerable.Range(0, 61).Select(life => Live(terms, strategy, life).Hours).Order().ElementAt(30);
        }

        var waits = Median(Strategy.BidAndWait, 4);
        Median(Strategy.BidAndMove, 1).ShouldBe(waits, "with nowhere to go it waits");
        Median(Strategy.BidAndMove, 2).ShouldBeLessThan(waits * 0.8);
        Median(Strategy.BidAndMove, 4).ShouldBeLessThan(Median(Strategy.BidAndMove, 2) * 0.9);
    }
}
