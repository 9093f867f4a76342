using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal.Databases;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Jobs;

/// <summary>The disk at home takes nothing any more, while a GPU bills.</summary>
public sealed class UnwrittenTests
{
    private int reports;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_can_write_nothing_down_decides_nothing_so_that_a_machine_to_which_nobody_speaks_stops_itself(bool isFull)
    {
        await using var job = await StartAsync();
        Break(job, isFull);
        Should.Throw<JournalException>(() => job.Runner.Append(new JobEnded(1, EndReason.Exited, 0, "")));
        for (var i = 0; i < 3; i++)
            Should.Throw<JournalException>(() => job.Runner.Decide(), "a report that was read would keep the machine from stopping").Message.ShouldContain(job.Database.Name);
        Mend(job, isFull);
        job.Runner.Decide().ShouldNotBeEmpty();
        job.Runner.Append(new JobEnded(1, EndReason.Exited, 0, ""));
        job.Events.OfType<JobEnded>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true, "full; make room")]
    [InlineData(false, "read-only; make the file")]
    public async Task What_is_waited_for_names_the_file_and_what_to_do_and_it_goes_on_by_itself(bool isFull, string says)
    {
        await using var job = await StartAsync();
        Break(job, isFull);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = job.Runner.RunAsync(stop.Token);
        await UntilAsync(() => job.Runner.Live.Waiting.Contains(says, StringComparison.Ordinal));
        job.Runner.Live.Waiting.ShouldContain(job.Database.Name);
        reports.ShouldBeLessThanOrEqualTo(1);
        Mend(job, isFull);
        await UntilAsync(() => job.Events.OfType<JobEnded>().Any());
        await stop.CancelAsync();
        await running;
    }

    private static void Break(PlayedJob job, bool isFull)
    {
        if (isFull)
            job.Database.Fill();
        else
            job.Database.OnlyRead(true);
    }

    private static void Mend(PlayedJob job, bool isFull)
    {
        if (isFull)
            job.Database.MakeRoom();
        else
            job.Database.OnlyRead(false);
    }

    private static async Task UntilAsync(Func<bool> wanted)
    {
        for (var i = 0; i < 6000 && !wanted(); i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        wanted().ShouldBeTrue();
    }

    private Task<PlayedJob> StartAsync() => PlayedJob.StartAsync(new()
    {
        History = Histories.Running,
        Rentals = [Histories.Shown(1) with { DirectSsh = new("direct", 1) }],
        Box = [(nameof(IBox.ReportAsync), _ =>
        {
            Interlocked.Increment(ref reports);
            return Task.FromResult(Outcome<BoxReport>.Ok(new BoxReport { Phase = BoxPhase.Ended, Attempt = 1, Starts = 1, ExitCode = 0 }));
        })],
    });
}
