using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>The platform takes one rent after the other: with many jobs at once the turn of one comes late, or not in time.</summary>
public sealed class RentTurnTests
{
    private static readonly Problem NotSent = new("not-sent", "It was not to be.", "", ExitCode.Unknown, MayRetry: true);

    private static Rent First { get; } = new(1, "offer-1", JobState.LabelFor(PlayedJob.Id, 1));

    [Fact]
    public async Task It_is_journaled_as_tried_just_before_it_is_sent()
    {
        PlayedJob? job = null;
        JobEvent? before = null, atSending = null;
        await using var played = await StartAsync(new Waits(), (maySend, _) =>
        {
            before = job!.Events.Last();
            maySend().ShouldBeTrue();
            atSending = job.Events.Last();
            return Task.FromResult<Outcome<string>>("r1");
        });
        job = played;

        await job.CarryOutAsync(First);

        before.ShouldBeOfType<JobSubmitted>();
        atSending.ShouldBeOfType<RentIntended>().OfferId.ShouldBe("offer-1");
        job.Runner.State.Current!.RentalId.ShouldBe("r1");
    }

    [Fact]
    public async Task A_turn_that_does_not_come_in_time_is_no_try_and_no_lost_rent()
    {
        await using var job = await StartAsync(new Waits { RentCall = TimeSpan.FromMilliseconds(1) }, async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return "r1";
        });

        (await job.CarryOutAsync(First)).ShouldBeGreaterThan(TimeSpan.Zero);

        job.Events.ShouldHaveSingleItem();
        job.Runner.Live.Waiting.ShouldContain("one rent after the other");
    }

    [Fact]
    public async Task A_create_that_was_sent_and_is_not_answered_may_have_rented()
    {
        await using var job = await StartAsync(new Waits { RentCall = TimeSpan.FromMilliseconds(1) }, async (maySend, token) =>
        {
            // It was sent, whatever the first wait has come to meanwhile.
            maySend().ShouldBeTrue();
            await Task.Delay(Timeout.Infinite, token);
            return "r1";
        });

        await job.CarryOutAsync(First);

        job.Events.Select(e => e.GetType()).ShouldBe([typeof(JobSubmitted), typeof(RentIntended), typeof(RentUnclear)]);
    }

    [Fact]
    public async Task What_was_cancelled_while_it_waited_is_not_rented()
    {
        PlayedJob? job = null;
        await using var played = await StartAsync(new Waits(), (maySend, _) =>
        {
            job!.Runner.Append(new CancelRequested("anna"));
            return Task.FromResult<Outcome<string>>(maySend() ? "r1" : NotSent);
        });
        job = played;

        await job.CarryOutAsync(First);

        job.Events.Last().ShouldBeOfType<RentRefused>().Problem.ShouldBe(NotSent);
        job.Runner.State.Current!.MayBill.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_cannot_be_registered_ends_a_job_only_when_the_platform_means_it(bool passes)
    {
        Problem away = new("market-failing", "The platform failed.", "", passes ? ExitCode.Unknown : ExitCode.NotAuthorized, MayRetry: passes);
        var asked = 0;
        await using var job = await PlayedJob.StartAsync(new()
        {
            Waits = new Waits(),
            Market =
            [
                (nameof(IMarket.RegisterSshKeyAsync), _ => Task.FromResult(asked++ == 0 ? away : Done.Ok)),
                (nameof(IMarket.RentAsync), args => Task.FromResult<Outcome<string>>(((Func<bool>)args[2]!)() ? "r1" : NotSent)),
            ],
        });

        var wait = await job.CarryOutAsync(First);

        if (passes)
        {
            wait.ShouldBeGreaterThan(TimeSpan.Zero);
            job.Events.ShouldHaveSingleItem("nothing was sent, and nothing is concluded");
            job.Runner.Live.Waiting.ShouldContain("The platform failed.");
            await job.CarryOutAsync(First);
            job.Runner.State.Current!.RentalId.ShouldBe("r1");
        }
        else
        {
            job.Events.Last().ShouldBeOfType<RentRefused>().Problem.ShouldBe(away);
        }
    }

    private static Task<PlayedJob> StartAsync(Waits waits, Func<Func<bool>, CancellationToken, Task<Outcome<string>>> rent) => PlayedJob.StartAsync(new()
    {
        Waits = waits,
        Market =
        [
            (nameof(IMarket.RegisterSshKeyAsync), _ => Task.FromResult(Done.Ok)),
            (nameof(IMarket.RentAsync), args => rent((Func<bool>)args[2]!, (CancellationToken)args[1]!)),
        ],
    });
}
