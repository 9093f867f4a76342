using System.Net;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Schedule;

namespace Lodger.Marketplace.Tests.Schedule;

public class ScheduledJobTests
{
    [Theory]
    [InlineData("Hourly", null, null, "2026-03-04T10:20:00Z", "2026-03-04T10:30:00Z")]
    [InlineData("Hourly", null, null, "2026-03-04T10:30:00.5Z", "2026-03-04T11:30:00Z")]
    [InlineData("Daily", null, 7, "2026-03-04T10:20:00Z", "2026-03-05T07:30:00Z")]
    [InlineData("Daily", null, 10, "2026-03-04T10:20:00Z", "2026-03-04T10:30:00Z")]
    [InlineData("Weekly", 0, 7, "2026-03-04T10:20:00Z", "2026-03-08T07:30:00Z")] // a Sunday
    [InlineData("Weekly", 3, 10, "2026-03-04T10:40:00Z", "2026-03-11T10:30:00Z")]
    [InlineData("Weekly", 3, 10, "2026-03-29T10:40:00Z", null)]
    public void A_job_fires_on_its_minute_hour_and_day_until_its_end(string frequency, int? day, int? hour, string from, string? expected)
    {
        var job = new ScheduledJob(1, 2, "/api/v0/x/", "PUT", [], Enum.Parse<Frequency>(frequency), day, hour, At("2026-03-01T00:30:00Z"), At("2026-03-31T00:00:00Z"), null);
        job.FirstFrom(At(from)).ShouldBe(expected is null ? null : At(expected));
    }

    [Fact]
    public async Task A_stop_and_a_start_are_done_when_their_hours_come()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        var now = (double)(await market.SendAsync(HttpMethod.Get, "/control/clock", client: market.Control)).Body["market_now"]!;
        var hour = DateTimeOffset.FromUnixTimeSeconds((long)now).UtcDateTime.Hour;
        await ScheduleAsync(market, id, $"/api/v0/instances/{id}/", new { state = "stopped" }, "DAILY", (hour + 2) % 24, now);
        await market.AdvanceAsync(TimeSpan.FromHours(3));
        await market.AwaitAsync(id, i => i!["intended_status"]!.ToString() == "stopped");
        (await market.GetAsync("/api/v0/audit_logs/")).AsArray().ShouldContain(e => e!["api_route"]!.ToString() == $"/api/v0/instances/{id}/");

        // The same instance has one job for one endpoint; asked for again it is changed.
        var (refused, answer) = await CreateAsync(market, id, $"/api/v0/instances/{id}/", new { state = "running" }, "DAILY", (hour + 5) % 24, now);
        refused.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var (changed, _) = await market.SendAsync(HttpMethod.Put, $"/api/v0/commands/schedule_job/{answer["scheduled_job_id"]}/", new { request_body = new { state = "running" }, hour_of_the_day = (hour + 5) % 24 });
        changed.ShouldBe(HttpStatusCode.OK);
        await market.AdvanceAsync(TimeSpan.FromHours(3));
        await market.AwaitStatusAsync(id, "running");
    }

    [Fact]
    public async Task A_reboot_by_the_hour_is_listed_and_ends_when_it_is_deleted()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        await ScheduleAsync(market, id, $"/api/v0/instances/reboot/{id}/", new { instance_id = id }, "HOURLY", null, 0);
        var job = (await market.GetAsync("/api/v0/commands/schedule_job/"))[0]!;
        job["frequency"]!.ToString().ShouldBe("HOURLY");
        job["api_endpoint"]!.ToString().ShouldBe($"/api/v0/instances/reboot/{id}/");
        await market.AdvanceAsync(TimeSpan.FromHours(2));
        for (var i = 0; i < 12_000 && await RebootsAsync() == 0; i++) await Task.Delay(10, TestContext.Current.CancellationToken);
        (await RebootsAsync()).ShouldBe(1, "several hours that pass at once fire it once");
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/commands/schedule_job/{job["id"]}/")).Status.ShouldBe(HttpStatusCode.OK);
        (await market.GetAsync("/api/v0/commands/schedule_job/")).AsArray().ShouldBeEmpty();

        async Task<int> RebootsAsync() => (await market.GetAsync("/api/v0/audit_logs/")).AsArray().Count(e => e!["api_route"]!.ToString().Contains("reboot", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DAILY", """{"hour_of_the_day": null}""", "hour_of_the_day")]
    [InlineData("WEEKLY", """{"hour_of_the_day": 3}""", "day_of_the_week")]
    [InlineData("YEARLY", "{}", "frequency")]
    [InlineData("HOURLY", """{"end_time": 1}""", "end_time")]
    [InlineData("HOURLY", """{"api_endpoint": "http://example.com/"}""", "api_endpoint")]
    [InlineData("HOURLY", """{"request_method": "GET"}""", "request_method")]
    public async Task A_job_that_cannot_come_round_is_refused(string frequency, string change, string complaint)
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        var body = new JsonObject { ["instance_id"] = id, ["api_endpoint"] = "/api/v0/instances/1/", ["request_method"] = "PUT", ["frequency"] = frequency, ["start_time"] = 100, ["end_time"] = 9_999_999_999 };
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject()) body[name] = value?.DeepClone();
        var (status, answer) = await market.SendAsync(HttpMethod.Post, "/api/v0/commands/schedule_job/", body);
        status.ShouldBe(HttpStatusCode.BadRequest);
        answer["msg"]!.ToString().ShouldContain(complaint);
    }

    private static async Task ScheduleAsync(RunningMarket market, long id, string path, object body, string frequency, int? hour, double start)
    {
        var (status, answer) = await CreateAsync(market, id, path, body, frequency, hour, start);
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
    }

    private static Task<(HttpStatusCode Status, JsonNode Body)> CreateAsync(RunningMarket market, long id, string path, object body, string frequency, int? hour, double start) =>
        market.SendAsync(HttpMethod.Post, "/api/v0/commands/schedule_job/", new
        {
            start_time = start,
            end_time = start + 9_000_000_000,
            api_endpoint = path,
            request_method = "PUT",
            request_body = body,
            day_of_the_week = (int?)null,
            hour_of_the_day = hour,
            frequency,
            instance_id = id,
        });

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
