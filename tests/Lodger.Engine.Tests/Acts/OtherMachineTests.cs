using Lodger.Domain.Jobs;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>A rental that was believed gone comes back while the work is on another: the two are never taken for one another.</summary>
public sealed class OtherMachineTests
{
    public static TheoryData<JobAction> OnTheFirst { get; } =
        [new Reach(1), new ProveRoundTrip(1), new SendPayload(1), new ReadReport(1), new MirrorCheckpoints(1), new PruneDisk(1, 0, 1), new EndJob(1, EndReason.Cancelled), new BringHome(1), new RecheckMachine(1)];

    [Theory]
    [MemberData(nameof(OnTheFirst))]
    public async Task The_machine_of_the_newest_attempt_is_not_spoken_to_for_an_older_one(JobAction action)
    {
        // The machine is not played: whatever is asked of it ends the test.
        await using var job = await PlayedJob.StartAsync(new()
        {
            History = [.. Histories.Sent(1), new RentalVanished(1, "r1", DateTimeOffset.UnixEpoch), .. Histories.Sent(2)],
            Rentals = [Histories.Shown(1), Histories.Shown(2)],
        });
        var before = job.Events.Count();

        (await job.CarryOutAsync(action)).ShouldBeGreaterThan(TimeSpan.Zero);

        job.Events.Count().ShouldBe(before);
        job.Runner.Live.BoxProblem.ShouldBeNull("nothing is wrong with the machine that the work is on");
        job.Runner.Live.Waiting.ShouldContain("attempt 1");
    }
}
