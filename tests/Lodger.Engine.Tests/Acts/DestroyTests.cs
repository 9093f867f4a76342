using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

public sealed class DestroyTests
{
    private static readonly Problem NotSent = new("not-sent", "Its turn came too late.", "", ExitCode.Unknown, MayRetry: true);

    [Fact]
    public async Task What_the_gate_let_through_goes_when_its_turn_comes()
    {
        var (sent, events) = await DestroyAsync(TimeSpan.Zero);
        sent.ShouldBeTrue();
        events[^1].ShouldBeOfType<DestroyIntended>();
    }

    [Fact]
    public async Task A_turn_that_comes_when_the_last_look_is_too_old_sends_nothing()
    {
        var (sent, events) = await DestroyAsync(new Waits().RecheckValid + TimeSpan.FromSeconds(1));
        sent.ShouldBeFalse();
        events[^1].ShouldBeOfType<Noted>().Text.ShouldContain("looked at anew");
    }

    /// <param name="slept">Of the machine that this runs on, while it waited for its turn.</param>
    private static async Task<(bool Sent, IReadOnlyList<JobEvent> Events)> DestroyAsync(TimeSpan slept)
    {
        var time = new ShiftedTime();
        var sent = false;
        await using var job = await PlayedJob.StartAsync(new()
        {
            History = Histories.Approved,
            Rentals = [Histories.Shown(1)],
            Time = time,
            Market =
            [
                (nameof(IMarket.DestroyAsync), args =>
                {
                    time.By += slept;
                    sent = ((Func<bool>)args[2]!)();
                    return Task.FromResult(sent ? Done.Ok : NotSent);
                }),
            ],
        });
        await job.CarryOutAsync(new DestroyRental(1, "r1"));
        return (sent, [.. job.Events]);
    }
}
