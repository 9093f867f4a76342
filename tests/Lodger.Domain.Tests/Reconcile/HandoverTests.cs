using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>There are never two live attempts of one job, and nothing newer than the copies is left behind without need.</summary>
public sealed class HandoverTests
{
    private static readonly Waits Waits = new();
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);
    private static readonly DateTimeOffset Now = Samples.T0 + TimeSpan.FromMinutes(30);
    private static readonly JobSpec Spot = Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*"] };
    private static readonly JobEvent[] Stopped = [new StopIntended(1, ""), new RentalStopped(1, Samples.Rental.StartedAt)];
    private static readonly JobEvent Fenced = new FenceWritten(1);

    /// <summary>Left on r1; r2 on another machine is ready for its payload.</summary>
    private static JobState Left(RentalStatus lastSeen, params JobEvent[] ofTheOld) => Samples.Job(Spot, [
        .. Samples.Running, new RentalChanged(1, "r1", lastSeen, ""), new MoveDecided(1, "taken", "", [], Samples.Offer with { Id = "o2", MachineId = "m2" }, 0.2m, 40), .. ofTheOld,
        new RentIntended(2, "o2", "lodger/digits.k3f9qa/2", Samples.Offer with { Id = "o2", MachineId = "m2" }, 0.2m), new Rented(2, "r2", false), new RentalChanged(2, "r2", RentalStatus.Running, "running"),
        new BoxReached(2, "127.0.0.1", 2, false), new RoundTripProved(2, "abc", 1024)]);

    private static JobAction NextOf(JobState job, RentalStatus? shown, DateTimeOffset? hostFailingSince = null, DateTimeOffset? now = null)
    {
        var at = now ?? Now;
        var seen = new Observation
        {
            Listing = new Listing(
                [
                    .. shown is { } status ? (Rental[])[Samples.Rental with { Status = status }] : [],
                    Samples.Rental with { Id = "r2", Label = "lodger/digits.k3f9qa/2", MachineId = "m2", Interruptible = true, GpuUsdPerHour = 0.2m },
                ],
                at),
            HostFailingSince = hostFailingSince is { } since ? new Dictionary<int, DateTimeOffset> { [1] = since } : new Dictionary<int, DateTimeOffset>(),
        };
        return Reconciler.Decide(job, seen, at, Waits)[^1];
    }

    private const string Two = "until r1 is stopped and fenced: two machines must never run one job";
    private const string Newer = "until what r1 holds is here: it may be newer than the copies";

    private static void WaitsFor(string why, JobAction action) => action.ShouldBeOfType<Wait>().Why.ShouldBe(why);

    [Fact]
    public void The_next_machine_is_sent_everything_once_the_old_one_is_stopped_fenced_and_fetched_from()
    {
        WaitsFor(Two, NextOf(Left(RentalStatus.Preempted), RentalStatus.Preempted));
        WaitsFor(Two, NextOf(Left(RentalStatus.Preempted, Stopped), RentalStatus.Preempted));
        WaitsFor(Two, NextOf(Left(RentalStatus.Preempted, Fenced), RentalStatus.Preempted));
        WaitsFor(Newer, NextOf(Left(RentalStatus.Preempted, [.. Stopped, Fenced]), RentalStatus.Preempted));
        NextOf(Left(RentalStatus.Preempted, [.. Stopped, Fenced, Samples.Receipt()]), RentalStatus.Preempted).ShouldBe(new SendPayload(2));
        NextOf(Left(RentalStatus.Preempted, [.. Stopped, Fenced, new VerificationFailed(1, [])]), RentalStatus.Preempted).ShouldBe(new SendPayload(2), "what there is of it was looked at");
        NextOf(Left(RentalStatus.Preempted, new DestroyConfirmed(1, "r1", null)), null).ShouldBe(new SendPayload(2), "what is gone runs nothing");
    }

    [Fact]
    public void A_host_that_lets_nobody_in_is_waited_for_and_not_for_ever_but_a_stop_must_have_been_seen()
    {
        var stopped = Left(RentalStatus.Preempted, Stopped);
        WaitsFor(Two, NextOf(stopped, RentalStatus.Preempted, Now - Waits.Rescue));
        NextOf(stopped, RentalStatus.Preempted, Now - Waits.Rescue - Moment).ShouldBe(new SendPayload(2));
        WaitsFor(Two, NextOf(Left(RentalStatus.Preempted), RentalStatus.Preempted, Now - TimeSpan.FromHours(1)));
        NextOf(Left(RentalStatus.Preempted, [.. Stopped, Fenced]), RentalStatus.Preempted, Now - Waits.Rescue - Moment).ShouldBe(new SendPayload(2));
    }

    [Fact]
    public void On_a_host_that_is_not_connected_nothing_runs_and_when_it_is_back_the_stop_that_was_taken_holds()
    {
        JobEvent[] taken = [new StopIntended(1, ""), new StopTaken(1)];
        NextOf(Left(RentalStatus.Offline, taken), RentalStatus.Offline).ShouldBe(new SendPayload(2));
        WaitsFor(Two, NextOf(Left(RentalStatus.Offline, new StopIntended(1, "")), RentalStatus.Offline));
        WaitsFor(Two, NextOf(Left(RentalStatus.Offline, taken), RentalStatus.Running));
        var since = Left(RentalStatus.Offline, taken).Attempts[0].LastStatusAt!.Value;
        WaitsFor(Two, NextOf(Left(RentalStatus.Offline, taken), RentalStatus.Offline, now: since + Waits.AskAgain));
        NextOf(Left(RentalStatus.Offline, taken), RentalStatus.Offline, now: since + Waits.AskAgain + Moment).ShouldBe(new SendPayload(2));
    }

    [Fact]
    public void What_was_never_sent_anything_stands_in_nobodys_way()
    {
        var job = Samples.Job(Spot, [
            .. Samples.Running[..3], new AttemptGivenUp(1, new Problem("rental-differs", "", "", ExitCode.RentalUnusable)),
            new RentIntended(2, "o2", "lodger/digits.k3f9qa/2", Samples.Offer with { Id = "o2", MachineId = "m2" }, 0.2m), new Rented(2, "r2", false), new RentalChanged(2, "r2", RentalStatus.Running, "running"),
            new BoxReached(2, "127.0.0.1", 2, false), new RoundTripProved(2, "abc", 1024)]);
        NextOf(job, RentalStatus.Running).ShouldBe(new SendPayload(2));
    }

    [Theory]
    [InlineData("m1", true)]
    [InlineData("m2", false)]
    public void What_lies_on_a_volume_is_left_to_a_machine_that_will_have_it_and_to_no_other(string machine, bool isLeft)
    {
        var spec = Spot with { Volume = new VolumeSpec("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };
        var job = Samples.Job(spec, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, ""), new MoveDecided(1, "taken", "", [], Samples.Offer with { Id = "o2", MachineId = machine }, 0.2m, 40), .. Stopped, Fenced]);
        var seen = new Observation { Listing = new Listing([Samples.Rental with { Status = RentalStatus.Preempted }], Now) };
        var action = Reconciler.Decide(job, seen, Now, Waits)[0];
        if (isLeft)
            WaitsFor("until its work has gone on from volume 88, on which it lies; r1 stays until then", action);
        else
            action.ShouldBe(new BringHomeFromHost(1, "r1"));
    }

    [Fact]
    public void What_lies_on_a_volume_is_brought_home_when_the_machine_that_was_to_go_on_from_it_cannot()
    {
        var spec = Spot with { Volume = new VolumeSpec("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };
        JobAction OfTheOld(string machine, params JobEvent[] then)
        {
            var next = Samples.Offer with { Id = "o2", MachineId = machine };
            var job = Samples.Job(spec, [
                .. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, ""), new MoveDecided(1, "taken", "", [], next, 0.2m, 40), .. Stopped, Fenced,
                new RentIntended(2, "o2", "lodger/digits.k3f9qa/2", next, 0.2m), new Rented(2, "r2", false), .. then]);
            var seen = new Observation { Listing = new Listing([Samples.Rental with { Status = RentalStatus.Preempted }, Samples.Rental with { Id = "r2", Label = "lodger/digits.k3f9qa/2", MachineId = machine, Status = RentalStatus.Loading }], Now) };
            return Reconciler.Decide(job, seen, Now, Waits)[0];
        }

        OfTheOld("m1").ShouldBeOfType<Wait>();
        OfTheOld("m2").ShouldBe(new BringHomeFromHost(1, "r1"));
        OfTheOld("m1", new AttemptGivenUp(2, new Problem("rental-differs", "", "", ExitCode.RentalUnusable))).ShouldBe(new BringHomeFromHost(1, "r1"));
        OfTheOld("m1", new PayloadIntended(2), new JobEnded(2, EndReason.Refused, null, "no GPU")).ShouldBe(new BringHomeFromHost(1, "r1"));
        OfTheOld("m1", new RentalVanished(2, "r2")).ShouldNotBeOfType<Wait>();
    }
}
