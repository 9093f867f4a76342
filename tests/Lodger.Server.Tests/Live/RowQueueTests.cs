using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Server.Api;
using Lodger.Server.Live;

namespace Lodger.Server.Tests.Live;

public sealed class RowQueueTests
{
    private readonly SteppedTime time = new();

    [Fact]
    public void Ten_thousand_jobs_that_get_on_cost_a_fixed_rate_and_each_has_its_turn()
    {
        var queue = new RowQueue(time);
        var (bytes, told) = (0L, new HashSet<string>());
        ChangedRow[] changed = [.. Enumerable.Range(0, 10_000).Select(i => new ChangedRow(Row($"job-{i}"), IsNews: false))];
        // Everyone gets on once, then nothing more is heard.
        for (var second = 0; second < 60; second++)
        {
            var sent = queue.Take(second == 0 ? changed : []);
            bytes += JsonSerializer.SerializeToUtf8Bytes([.. sent], ApiJson.Default.JobRowArray).Length;
            told.UnionWith(sent.Select(r => r.Id));
            time.Step(TimeSpan.FromSeconds(1));
        }

        bytes.ShouldBeLessThan(80_000);
        told.Count.ShouldBeGreaterThan(100);
        for (var hour = 0; hour < 2 * 3600; hour++)
        {
            told.UnionWith(queue.Take([]).Select(r => r.Id));
            time.Step(TimeSpan.FromSeconds(1));
        }

        told.Count.ShouldBe(10_000, "none is forgotten");
        queue.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void News_does_not_wait_and_takes_along_what_waited_of_its_job()
    {
        var queue = new RowQueue(time);
        queue.Take([.. Enumerable.Range(0, 100).Select(i => new ChangedRow(Row($"job-{i}"), IsNews: false))]).Count.ShouldBeLessThan(50);
        var news = Row("job-99") with { Phase = JobPhase.Preempted };
        queue.Take([new ChangedRow(news, IsNews: true)]).ShouldBe([news]);
        time.Step(TimeSpan.FromMinutes(10));
        List<JobRow> later = [];
        for (var i = 0; i < 100; i++, time.Step(TimeSpan.FromSeconds(1)))
            later.AddRange(queue.Take([]));
        later.ShouldAllBe(r => r.Id != "job-99", "an older row never follows a newer one");
        later.Select(r => r.Id).ShouldBeUnique();
    }

    [Fact]
    public void How_far_a_job_is_is_no_news_and_everything_else_is()
    {
        var row = Row("a") with { Step = 4, Loss = 0.5, Fraction = 0.1 };
        JobRows.IsNews(row, row with { Step = 5, Loss = 0.4, Fraction = 0.2, Doing = "waits" }).ShouldBeFalse();
        JobRows.IsNews(row, row with { Phase = JobPhase.Preempted }).ShouldBeTrue();
        JobRows.IsNews(row, row with { GpuUsdPerHour = 1 }).ShouldBeTrue();
        JobRows.IsNews(row, row with { Asks = Asks.Yes }).ShouldBeTrue();
        JobRows.IsNews(row, row with { Step = null }).ShouldBeTrue();
    }

    private static JobRow Row(string id) => new() { Id = id, Name = id, Phase = JobPhase.Running, Account = "stub", SubmittedAt = DateTimeOffset.UnixEpoch, Gpu = "1x RTX 4090" };
}
