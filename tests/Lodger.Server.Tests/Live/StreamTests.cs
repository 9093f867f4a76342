using System.Diagnostics;
using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Server.Api;
using Lodger.Server.Live;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Live;

public sealed class StreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_was_cut_off_goes_on_with_the_next_entry_of_all_jobs_also_at_another_server()
    {
        await using var stage = await ServerStage.StartAsync();
        List<EventView> seen = [];
        var stream = await EventReader.OpenAsync(stage.Socket, "/v1/events");
        stream.Type.ShouldBe("text/event-stream");
        (await stream.NextAsync(Token))!.Value.Name.ShouldBe("begin");
        var beginning = stream.LastId.ShouldNotBeNull("who hears nothing before it is cut off has to know where it was");
        stream.Dispose();

        await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = "one" }), Token);
        await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = "two" }), Token);
        for (var i = 0; i < 5; i++)
        {
            // Every other time another server.
            if (i % 2 == 1)
                await stage.RestartAsync();
            using var again = await EventReader.OpenAsync(stage.Socket, "/v1/events", i == 0 ? beginning : stream.LastId);
            seen.Add(await again.EntryAsync(Token));
            seen.Add(await again.EntryAsync(Token));
            stream = again;
        }

        foreach (var job in seen.GroupBy(e => e.Name))
            job.Select(e => e.Entry.Sequence).ShouldBe(Enumerable.Range(1, job.Count()).Select(i => (long)i), job.Key);
        seen.Count.ShouldBe(10);
        seen.Select(e => e.Name).Distinct().Order().ShouldBe(["one", "two"]);
        seen[0].ShouldSatisfyAllConditions(e => e.Entry.Event.ShouldBeOfType<JobSubmitted>(), e => e.Text.Word.ShouldBe("submitted"), e => e.Text.Sentence.ShouldContain("expected $0.10"));

        using var stranger = await EventReader.OpenAsync(stage.Socket, "/v1/events?after=999999999");
        JsonSerializer.Deserialize((await stranger.NextAsync(Token))!.Value.Data, ApiJson.Default.StreamBegin)!.IsReset.ShouldBeTrue("an id of another journal");
    }

    [Fact]
    public async Task One_jobs_stream_has_its_whole_journal_and_follows_it_to_the_end()
    {
        await using var stage = await ServerStage.StartAsync();
        var job = (await stage.Client.SubmitAsync(stage.Submission(), Token)).Value;
        List<JournalEntry> followed = [];
        await foreach (var answer in stage.Client.FollowAsync("digits", 0, Token))
        {
            followed.Add(answer.Value.Entry);
            answer.Value.Job.ShouldBe(job.Id);
            if (answer.Value.Entry.Event is Rented)
                await stage.Client.CancelAsync("digits", "anna", Token);
            if (answer.Value.Entry.Event is JobClosed)
                break;
        }

        followed.Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, followed.Count).Select(i => (long)i));
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.Select(e => e.Event.GetType()).Take(followed.Count).ShouldBe(followed.Select(e => e.Event.GetType()));
        (await stage.RefusedAsync("GET", "/v1/events?job=nobody")).Id.ShouldBe("no-such-job");

        using var listening = await EventReader.OpenAsync(stage.Socket, "/v1/events");
        await listening.NextAsync(Token);
        await stage.RestartAsync();
        (await listening.NextAsync(Token)).ShouldBeNull("a server that stops does not wait for its listeners");
    }

    [Fact]
    public async Task A_token_that_is_revoked_hears_nothing_more()
    {
        await using var stage = await ServerStage.StartAsync();
        using var http = new HttpClient { BaseAddress = await stage.OpenDoorAsync(), Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", await stage.TokenAsync("listener", Server.Access.Scope.Read));
        using var stream = new StreamReader(await http.GetStreamAsync(new Uri("/v1/events", UriKind.Relative), Token));
        (await stream.ReadLineAsync(Token)).ShouldBe("retry: 1000");
        await stage.Client.RevokeTokenAsync("listener", Token);
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        (await stream.ReadToEndAsync(Token)).ShouldNotContain("job-submitted");
    }

    [Fact]
    public async Task What_becomes_of_a_rental_is_in_a_row_at_once_and_the_board_says_what_bills()
    {
        await using var stage = await ServerStage.StartAsync();
        using var stream = await EventReader.OpenAsync(stage.Socket, "/v1/events?live=true");
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        await RowAsync(stream, r => r.RentalId is not null);
        stage.Market.Become(RentalStatus.Running);
        (await RowAsync(stream, r => r.GpuUsdPerHour > 0)).ShouldSatisfyAllConditions(
            r => r.Gpu.ShouldBe("1x RTX 4090"), r => r.GpuUsdPerHour.ShouldBe(0.4m), r => r.DiskUsdPerHour.ShouldBe(0.01m), r => r.Status.ShouldBe(RentalStatus.Running));
        await stage.Client.CancelAsync("digits", "anna", Token);
        (await RowAsync(stream, r => r.Phase == JobPhase.Closed)).ShouldSatisfyAllConditions(r => r.GpuUsdPerHour.ShouldBe(0), r => r.DiskUsdPerHour.ShouldBe(0), r => r.Outcome.ShouldBe(JobOutcome.Cancelled));

        var board = JsonSerializer.Deserialize((await stage.SendAsync("GET", "/v1/board")).Body, ApiJson.Default.BoardView)!;
        board.Rows.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Phase.ShouldBe(JobPhase.Closed), r => r.MeteredUsd.ShouldBeGreaterThan(0));
        board.Markets.ShouldHaveSingleItem().Market.ShouldBe("stub market");
        board.Last.ShouldBeGreaterThan(3);
        var money = JsonSerializer.Deserialize((await stage.SendAsync("GET", "/v1/money/history?hours=1")).Body, ApiJson.Default.MoneyHistoryView)!;
        money.GpuUsdPerHour.Count.ShouldBe(MoneyHistory.Stretches);
        money.DiskUsdPerHour[0].ShouldBe(0);
        money.GpuUsdPerHour.Concat(money.DiskUsdPerHour).ShouldAllBe(usd => usd >= 0 && usd <= 0.41m);
        money.DiskUsdPerHour.Max().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_stream_on_which_nothing_happens_says_next_to_nothing()
    {
        await using var stage = await ServerStage.StartAsync();
        for (var i = 0; i < 5; i++)
            await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = $"job{i}" }), Token);
        using (var settling = await EventReader.OpenAsync(stage.Socket, "/v1/events?after=0"))
        {
            var rented = 0;
            while (rented < 5)
                rented += (await settling.EntryAsync(Token)).Entry.Event is RentalChanged { Status: RentalStatus.Provisioning } ? 1 : 0;
        }

        using var idle = await EventReader.OpenAsync(stage.Socket, "/v1/events?live=true");
        await idle.NextAsync(Token);
        var looks = stage.Market.Looks;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(4));
        try
        {
            while (await idle.NextAsync(limit.Token) is not null)
            {
                // What still came of the five.
            }
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            // Nothing more came.
        }

        for (var clock = Stopwatch.StartNew(); stage.Market.Looks <= looks + 5 && clock.Elapsed < TimeSpan.FromMinutes(2);)
            await Task.Delay(50, Token);
        stage.Market.Looks.ShouldBeGreaterThan(looks + 5, "the account was looked at meanwhile");
        idle.Bytes.ShouldBeLessThan(6000, "100 KB a minute, for all that listens");
    }

    private static async Task<JobRow> RowAsync(EventReader stream, Func<JobRow, bool> fits)
    {
        while (true)
        {
            var (name, data) = (await stream.NextAsync(Token)).ShouldNotBeNull();
            if (name == "rows" && JsonSerializer.Deserialize(data, ApiJson.Default.JobRowArray)!.FirstOrDefault(fits) is { } row)
                return row;
        }
    }
}
