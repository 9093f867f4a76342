using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>What a person reads when a rental does not run, and whether it is theirs to act.</summary>
public sealed class StopDiagnosisTests
{
    private static readonly DateTimeOffset Stopped = Samples.T0 + TimeSpan.FromMinutes(60);

    private static readonly Offer Same = Samples.Offer with { MinBidUsdPerHour = 0.1m };

    private static StopDiagnosis Of(RentalStatus status, Func<Rental, Rental>? rental = null, Func<Observation, Observation>? seen = null, TimeSpan? after = null, decimal? bid = 0.2m)
    {
        var now = Stopped + (after ?? TimeSpan.FromMinutes(3));
        var job = Samples.Job([new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, bid), .. Samples.Running[1..]]).After(Stopped - Samples.T0, new RentalChanged(1, "r1", status, ""));
        var shown = Samples.Rental with { Status = status, Evidence = "as it says" };
        shown = rental?.Invoke(shown) ?? shown;
        var look = new Observation { Listing = new Listing([shown], now), OffersAt = now, MarketNow = now };
        return StopDiagnosis.Of(shown, job.Current!, seen?.Invoke(look) ?? look, now, new Waits());
    }

    [Theory]
    [InlineData(RentalStatus.Preempted, StopKind.Outbid, false, "r1 was preempted: somebody pays more than the bid of $0.200/h (as it says).")]
    [InlineData(RentalStatus.Stopped, StopKind.StoppedElsewhere, true, "r1 was stopped, not by Lodger (as it says); its disk goes on billing.")]
    [InlineData(RentalStatus.Scheduling, StopKind.WaitsForGpu, false, "r1 waits for its own GPU since 3 min (as it says): another tenant has it.")]
    [InlineData(RentalStatus.Offline, StopKind.HostOffline, false, "The host of r1 is offline (as it says): nothing bills meanwhile.")]
    [InlineData(RentalStatus.Exited, StopKind.ContainerExited, false, "The container of r1 has exited (as it says).")]
    [InlineData(RentalStatus.CannotStart, StopKind.ImageCannotStart, false, "The image cannot start on r1 (as it says).")]
    [InlineData(RentalStatus.Loading, StopKind.Unclear, false, "r1 does not run (as it says).")]
    public void Each_way_of_not_running_has_its_sentence(RentalStatus status, StopKind kind, bool needsPerson, string sentence) =>
        Of(status).ShouldBe(new StopDiagnosis(kind, sentence, needsPerson));

    [Theory]
    [InlineData(40, "40 s")]
    [InlineData(59, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(600, "10 min")]
    public void How_long_it_waits_is_said_in_seconds_at_first(double seconds, string said) =>
        Of(RentalStatus.Scheduling, after: TimeSpan.FromSeconds(seconds)).Sentence.ShouldContain($"since {said} (");

    [Fact]
    public void An_ended_contract_says_more_than_any_status()
    {
        var ended = Of(RentalStatus.Stopped, r => r with { ContractEnd = Stopped.AddMinutes(3) });
        (ended.Kind, ended.NeedsPerson).ShouldBe((StopKind.ContractEnded, false));
        ended.Sentence.ShouldBe("The contract of r1 has ended (as it says): it cannot be started again, and its data may be deleted 48 hours later.");
        Of(RentalStatus.Stopped, r => r with { ContractEnd = Stopped.AddMinutes(4) }).Kind.ShouldBe(StopKind.StoppedElsewhere);
        Of(RentalStatus.Stopped, r => r with { ContractEnd = Stopped }, s => s with { MarketNow = null }).Kind.ShouldBe(StopKind.StoppedElsewhere, "the platform's time is unknown");
    }

    [Theory]
    [InlineData(RentalStatus.Stopped, 0, true)]
    [InlineData(RentalStatus.Preempted, 0, true)]
    [InlineData(RentalStatus.Preempted, -1, true)]
    [InlineData(RentalStatus.Preempted, 0.01, false)]
    [InlineData(RentalStatus.Offline, 0, false)]
    public void An_empty_account_is_told_from_a_lost_bid(RentalStatus status, double balance, bool empty)
    {
        var stop = Of(status, seen: s => s with { BalanceUsd = (decimal)balance });
        (stop.Kind == StopKind.BalanceEmpty).ShouldBe(empty);
        if (!empty)
            return;
        stop.NeedsPerson.ShouldBeTrue();
        stop.Sentence.ShouldBe("The account's balance is used up, and r1 was stopped (as it says). Add credit: the platform deletes data of accounts that stay empty.");
    }

    [Theory]
    [InlineData(RentalStatus.Stopped)]
    [InlineData(RentalStatus.Preempted)]
    public void Once_there_is_credit_again_nobodys_will_is_against_going_on(RentalStatus status)
    {
        Observation Seen(Observation s, double emptyAfter) => s with { BalanceUsd = 25, BalanceEmptyAt = Stopped.AddMinutes(emptyAfter), Offers = [Same with { IsWholeMachine = true }], OffersAt = Stopped.AddMinutes(3) };
        Of(status, seen: s => Seen(s, 1)).ShouldBe(new StopDiagnosis(StopKind.BalanceWasEmpty, "r1 was stopped while the account's balance was used up (as it says).", false));
        Of(status, seen: s => Seen(s, -1)).Kind.ShouldBe(StopKind.StoppedElsewhere, "that was before it stopped");
    }

    [Fact]
    public void A_bid_that_would_win_its_whole_machine_today_was_not_outbid()
    {
        StopKind Kind(Offer offer, TimeSpan? asked = null, decimal? bid = 0.2m) => Of(RentalStatus.Preempted, seen: s => s with { Offers = [offer], OffersAt = Stopped + (asked ?? TimeSpan.FromMinutes(3)) }, bid: bid).Kind;
        var free = Same with { IsWholeMachine = true };
        Kind(free).ShouldBe(StopKind.StoppedElsewhere);
        Kind(free with { MinBidUsdPerHour = 0.2m }).ShouldBe(StopKind.Outbid, "as much as the bid does not win");
        Kind(free with { MinBidUsdPerHour = null }).ShouldBe(StopKind.Outbid);
        Kind(free with { MachineId = "m2" }).ShouldBe(StopKind.Outbid);
        Kind(free with { GpuCount = 2 }).ShouldBe(StopKind.Outbid);
        Kind(free, TimeSpan.FromMinutes(2)).ShouldBe(StopKind.Outbid, "a market needs a while to show what it did");
        Kind(free, bid: null).ShouldBe(StopKind.Outbid);
    }

    [Fact]
    public void Other_gpus_of_its_machine_that_are_free_leave_open_who_stopped_it()
    {
        string Said(Offer offer) => Of(RentalStatus.Preempted, seen: s => s with { Offers = [offer] }).Sentence;
        Said(Same).ShouldBe("r1 was preempted (as it says): other GPUs of its machine are free for less than the bid of $0.200/h, so somebody seems to have its very own; if you stopped it yourself,  lodger down  ends the job.");
        foreach (var no in (Offer[])[Same with { MinBidUsdPerHour = 0.2m }, Same with { MachineId = "m2" }, Same with { GpuCount = 2 }])
            Said(no).ShouldStartWith("r1 was preempted: somebody pays more");
    }
}
