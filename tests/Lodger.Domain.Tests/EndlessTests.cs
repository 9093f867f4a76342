using Lodger.Domain.Clocks;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Domain.Tests.Simulation;

namespace Lodger.Domain.Tests;

/// <summary>The profile's poll-loop trap: what never comes is not waited for while a meter runs, for as long as nobody looks.</summary>
public sealed class EndlessTests
{
    private static readonly TimeSpan Unattended = TimeSpan.FromDays(3);

    /// <summary>What goes wrong for ever, and the most GPU time that may be paid for it in three days with nobody there.</summary>
    public static TheoryData<string, double> Endless => new()
    {
        { nameof(Faults.NeverBoots), 0.75 },
        { nameof(Faults.NoEndpoint), 0.75 },
        { nameof(Faults.ChecksRefuse), 0.75 },
        { nameof(Faults.SendBreaks), 0.75 },
        { nameof(Faults.JobHangs), 0.75 },
        { nameof(Faults.EndIgnored), 0.75 },
        { nameof(Faults.Corrupt), 0.75 },
        { nameof(Faults.FilesChange), 0.75 },
        { nameof(Faults.Unreachable), 0.75 },
        { nameof(Faults.ExitsAtBoot), 0.75 },
        { nameof(Faults.JobFails), 0.75 },
        { nameof(Faults.None), 0.75 },
        { nameof(Faults.VerbLost), 0.75 },
    };

    [Theory]
    [MemberData(nameof(Endless))]
    public void What_never_comes_is_not_waited_for_on_a_running_gpu(string what, double hoursMax)
    {
        var forever = Of(what);
        var market = new SimMarket(new Random(7), Samples.T0) { Faults = forever };
        var spec = Samples.Spec with
        {
            Rent = RentMode.OnDemand,
            Bid = null,
            Volume = null,
            BudgetUsd = null,
            Teardown = TeardownMode.Ask,
            Work = TimeSpan.FromMinutes(20),
            Stall = new StallSpec(TimeSpan.FromMinutes(10), StallAction.Stop),
        };
        var engine = new SimEngine(market, Samples.Submitted(spec) with { BidUsdPerHour = null });
        var paid = TimeSpan.Zero;
        var last = market.Now;
        while (market.Now < Samples.T0 + Unattended)
        {
            var wait = engine.Step();
            market.Advance(wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait, () =>
            {
                paid += (market.Now - last) * market.Rentals.Count(r => r.Alive && r.Status is RentalStatus.Running or RentalStatus.Loading);
                last = market.Now;
            });
            market.Disturb(_ => { });
        }

        var story = $"{paid.TotalHours:0.00} h paid, {market.Rentals.Count} rentals, {engine.State.Phase}\n{string.Join("\n", engine.Journal.TakeLast(8).Select(j => $"{j.At:dd HH:mm} {j.Event}"))}";
        engine.Journal.Count.ShouldBeLessThan(5000, story);
        if (what == nameof(Faults.VerbLost))
        {
            // A platform that obeys nothing bills what it likes: it is asked again and again, and a person is told.
            var facts = new AccountFacts("anna", "vast.ai", null, null, null, [engine.State], market.Now, 1, market.Now, TimeSpan.FromHours(48));
            ClockBoard.Of(facts).ShouldContain(c => c.Kind == ClockKind.NotObeyed, story);
            return;
        }

        paid.TotalHours.ShouldBeLessThan(hoursMax, story);
        market.Rentals.ShouldAllBe(r => !r.Alive || r.Status == RentalStatus.Stopped, story);
        (engine.State.Phase is JobPhase.Closed or JobPhase.NeedsAttention or JobPhase.AwaitingApproval).ShouldBeTrue(story);
    }

    private static Faults Of(string what) => what switch
    {
        nameof(Faults.NeverBoots) => Faults.None with { NeverBoots = 1 },
        nameof(Faults.NoEndpoint) => Faults.None with { NoEndpoint = 1 },
        nameof(Faults.ChecksRefuse) => Faults.None with { ChecksRefuse = 1 },
        nameof(Faults.SendBreaks) => Faults.None with { SendBreaks = 1 },
        nameof(Faults.JobHangs) => Faults.None with { JobHangs = 1 },
        nameof(Faults.EndIgnored) => Faults.None with { EndIgnored = 1, JobHangs = 1 },
        nameof(Faults.Corrupt) => Faults.None with { Corrupt = 1 },
        nameof(Faults.FilesChange) => Faults.None with { FilesChange = 1 },
        nameof(Faults.Unreachable) => Faults.None with { Unreachable = 1 },
        nameof(Faults.ExitsAtBoot) => Faults.None with { ExitsAtBoot = 1 },
        nameof(Faults.JobFails) => Faults.None with { JobFails = 1 },
        nameof(Faults.VerbLost) => Faults.None with { VerbLost = 1 },
        _ => Faults.None,
    };
}
