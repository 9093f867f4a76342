using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>How far a start of the command had come, which a resume is measured by.</summary>
public sealed class StepSeenTests
{
    private BoxReport report = new() { Phase = BoxPhase.Running, Attempt = 1, Starts = 1, ProgressText = "step 4/100" };

    [Fact]
    public async Task What_the_next_start_says_is_not_how_far_the_one_before_it_was()
    {
        await using var job = await StartAsync();
        await ReportAsync(job, 1, "step 4/100");
        Seen(job).ShouldBeNull("nobody knows of this start yet");
        job.Runner.Append(new RunRestarted(1, 1, null));
        Seen(job).ShouldBe(4, "its first report counts as soon as it is known");
        await ReportAsync(job, 1, "step 40/100");
        await ReportAsync(job, 2, "step 90/100");
        Seen(job).ShouldBe(40);

        job.Runner.Append(new RunRestarted(1, 2, 40));
        Seen(job).ShouldBe(90);
        await ReportAsync(job, 2, "saving");
        Seen(job).ShouldBe(90, "a line without a step takes nothing back");
    }

    [Fact]
    public async Task A_start_that_said_nothing_was_as_far_as_the_one_before_it()
    {
        await using var job = await StartAsync();
        await ReportAsync(job, 1, "step 40/100");
        job.Runner.Append(new RunRestarted(1, 1, null));
        await ReportAsync(job, 2, "loading");
        job.Runner.Append(new RunRestarted(1, 2, 40));

        Seen(job).ShouldBe(40);
    }

    private static long? Seen(PlayedJob job) => job.Runner.Live.StepSeen(job.Runner.State.Current!.ContainerStarts);

    private async Task ReportAsync(PlayedJob job, int starts, string says)
    {
        report = report with { Starts = starts, ProgressText = says };
        await job.CarryOutAsync(new ReadReport(1));
    }

    private Task<PlayedJob> StartAsync() => PlayedJob.StartAsync(new()
    {
        History = Histories.Running,
        Rentals = [Histories.Shown(1) with { DirectSsh = new("direct", 1) }],
        Box = [(nameof(IBox.ReportAsync), _ => Task.FromResult(Outcome<BoxReport>.Ok(report)))],
    });
}
