using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>A person's word does not wait for an act that can take hours.</summary>
public sealed class InterruptTests
{
    private readonly TaskCompletionSource began = new();
    private int reports;

    [Fact]
    public async Task A_word_said_between_the_decision_and_its_act_keeps_the_act_from_beginning()
    {
        await using var job = await StartAsync(hangsOnce: false);
        job.Runner.Interrupt();
        (await job.CarryOutAsync(new ReadReport(1))).ShouldBe(TimeSpan.Zero, "it is decided anew at once");
        reports.ShouldBe(0);
        job.Runner.Decide();
        await job.CarryOutAsync(new ReadReport(1));
        reports.ShouldBe(1);
    }

    [Fact]
    public async Task A_word_said_during_an_act_cuts_that_off_and_not_what_is_decided_then()
    {
        await using var job = await StartAsync(hangsOnce: true);
        var act = job.CarryOutAsync(new ReadReport(1));
        await began.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        job.Runner.Interrupt();
        await act.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        job.Runner.Live.Report.ShouldBeNull();
        job.Runner.Decide();
        await job.CarryOutAsync(new ReadReport(1));
        job.Runner.Live.Report.ShouldNotBeNull();
    }

    private Task<PlayedJob> StartAsync(bool hangsOnce) => PlayedJob.StartAsync(new()
    {
        History = Histories.Running,
        Rentals = [Histories.Shown(1)],
        Box = [(nameof(IBox.ReportAsync), args => ReportAsync(hangsOnce, (CancellationToken)args[1]!))],
    });

    private async Task<Outcome<BoxReport>> ReportAsync(bool hangsOnce, CancellationToken cancellationToken)
    {
        if (++reports == 1 && hangsOnce)
        {
            began.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        return new BoxReport { Phase = BoxPhase.Running, Attempt = 1, Starts = 1 };
    }
}
