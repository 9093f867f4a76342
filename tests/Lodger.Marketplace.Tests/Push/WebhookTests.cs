using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Push;

public class WebhookTests
{
    [Fact]
    public async Task A_delivery_is_signed_and_says_what_happened_without_naming_the_instance_but_in_words()
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var secret = await SubscribeAsync(market, receiver, "client:outbid");
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        await market.OrderAsync($"instances/{id}/stop", new { cause = "outbid" });

        var delivery = (await receiver.AwaitAsync(1)).ShouldHaveSingleItem();
        var body = JsonNode.Parse(delivery.Body)!;
        body["notif_type"]!.ToString().ShouldBe("outbid");
        body["event_id"]!.ToString().ShouldBe(delivery.EventId);
        body["subject"]!.ToString().ShouldContain($"#{id}");
        body.AsObject().Select(p => p.Key).ShouldBe(["event_id", "user_id", "notif_type", "subject", "message", "timestamp"]);
        delivery.Attempt.ShouldBe(1);
        Math.Abs(delivery.Timestamp - DateTimeOffset.UtcNow.ToUnixTimeSeconds()).ShouldBeLessThan(300);
        var expected = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{delivery.Timestamp}.{delivery.Body}")));
        delivery.Signature.ShouldBe(expected);
    }

    [Fact]
    public async Task What_is_not_acknowledged_comes_again_with_the_same_event_id()
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync(500, 429, 200);
        await SubscribeAsync(market, receiver, "client:instance_created");
        await market.RentAsync();
        var deliveries = await receiver.AwaitAsync(3);
        deliveries.Select(d => d.Attempt).ShouldBe([1, 2, 3]);
        deliveries.Select(d => d.EventId).Distinct().ShouldHaveSingleItem();
        deliveries.Select(d => d.Body).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(302)]
    [InlineData(404)]
    public async Task A_redirect_or_a_refusal_is_final(int status)
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync(status);
        await SubscribeAsync(market, receiver, "client:instance_created", "client:outbid");
        var id = await market.RentAsync();
        var refused = (await receiver.AwaitAsync(1))[0];
        await market.OrderAsync($"instances/{id}/stop", new { cause = "outbid" });
        var all = await receiver.AwaitAsync(2);
        all.Count(d => d.EventId == refused.EventId).ShouldBe(1, "an event that was refused is not sent again, also when later ones come");
    }

    [Fact]
    public async Task A_late_event_comes_after_the_ones_that_followed_it()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-market-test-").FullName;
        await using var receiver = await WebhookReceiver.StartAsync();
        await using (var market = await RunningMarket.StartAsync(directory: directory))
        {
            await SubscribeAsync(market, receiver, "client:instance_created", "client:outbid");
            await market.OrderAsync("webhooks", new { late_seconds = 600 });
            var id = await market.RentAsync();
            await market.OrderAsync($"instances/{id}/stop", new { cause = "outbid" });
            (await receiver.AwaitAsync(1)).Select(TypeOf).ShouldBe(["outbid"]);
        }

        await using (await RunningMarket.StartAsync(directory: directory)) // So that nobody waits ten minutes: a new market owes it still.
            (await receiver.AwaitEventsAsync(2)).Select(TypeOf).ShouldBe(["outbid", "instance_created"]);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_duplicated_event_comes_again_although_it_was_acknowledged()
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await SubscribeAsync(market, receiver, "client:instance_created");
        await market.OrderAsync("webhooks", new { copies = 2 });
        await market.RentAsync();
        (await receiver.AwaitAsync(3)).Select(d => d.EventId).Distinct().ShouldHaveSingleItem();
        await market.RentAsync();
        (await receiver.AwaitAsync(4)).Select(d => d.EventId).Distinct().Count().ShouldBe(2, "the fault was ordered for one event");
    }

    [Fact]
    public async Task Each_change_of_an_instance_that_is_subscribed_to_is_told()
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await SubscribeAsync(market, receiver, "client:instance_created", "client:instance_started", "client:instance_stopped", "client:instance_offline", "client:instance_online", "client:outbid", "client:instance_resumed");
        var seen = 0;
        var id = await market.RentAsync();
        await Told("instance_created", "instance_started");
        await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { state = "stopped" });
        await Told("instance_stopped");
        await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { state = "running" });
        await Told("instance_started");
        var machine = (await market.ShowAsync(id))!["machine_id"];
        await market.OrderAsync($"machines/{machine}/offline", new { });
        await Told("instance_offline");
        await market.OrderAsync($"machines/{machine}/online", new { });
        await Told("instance_online");
        await market.OrderAsync($"instances/{id}/stop", new { cause = "outbid" });
        await Told("outbid");
        await market.OrderAsync($"instances/{id}/start", new { });
        await Told("instance_resumed");

        // Deliveries run beside each other: only within one step is their order open.
        async Task Told(params string[] types)
        {
            seen += types.Length;
            var all = await receiver.AwaitAsync(seen);
            all.Skip(seen - types.Length).Select(TypeOf).Order().ShouldBe(types.Order());
        }
    }

    [Fact]
    public async Task Low_credit_is_told_once_until_there_is_more_again()
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await SubscribeAsync(market, receiver, "client:low_credit");
        await market.OrderAsync("balance", new { balance = 4 });
        JsonNode.Parse((await receiver.AwaitAsync(1))[0].Body)!["message"]!.ToString().ShouldContain("$4.00");
        await market.OrderAsync("balance", new { balance = 3 });
        await market.OrderAsync("balance", new { balance = 40 });
        await market.OrderAsync("balance", new { balance = 2 });
        (await receiver.AwaitAsync(2)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_killed_market_still_owed_is_delivered_by_the_next()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-market-test-").FullName;
        await using var receiver = await WebhookReceiver.StartAsync([.. Enumerable.Repeat(503, 1)]);
        await using (var market = await RunningMarket.StartAsync(o => o with { WebhookRetryAfter = TimeSpan.FromHours(1) }, directory))
        {
            await SubscribeAsync(market, receiver, "client:instance_created");
            await market.RentAsync();
            await receiver.AwaitAsync(1);
        }

        await using (await RunningMarket.StartAsync(directory: directory))
            (await receiver.AwaitAsync(2)).Select(d => d.EventId).Distinct().ShouldHaveSingleItem();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_subscription_turns_the_channel_on_and_a_preference_turns_it_off()
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await SubscribeAsync(market, receiver, "client:instance_created", "client:outbid");
        (await market.GetAsync("/api/v0/users/me/notification-prefs/"))["notification_preferences"]!["client"]!["outbid"]!["webhooks"]!.GetValue<bool>().ShouldBeTrue();
        await market.SendAsync(HttpMethod.Put, "/api/v0/users/me/notification-prefs/", new { notification_preferences = new { client = new { instance_created = new { email = true, webhooks = false } } } });
        var id = await market.RentAsync();
        await market.OrderAsync($"instances/{id}/stop", new { cause = "outbid" });
        TypeOf((await receiver.AwaitAsync(1))[0]).ShouldBe("outbid");
    }

    [Fact]
    public async Task The_secret_is_shown_twice_in_its_life_at_most()
    {
        await using var market = await StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var first = await SubscribeAsync(market, receiver, "client:outbid");
        var listed = await market.GetAsync("/api/v0/webhooks/");
        listed.ToJsonString().ShouldNotContain(first);
        var id = listed["webhooks"]![0]!["id"];
        var (_, rotated) = await market.SendAsync(HttpMethod.Post, $"/api/v0/webhooks/{id}/rotate-secret/", new { });
        rotated["webhook"]!["webhook_secret"]!.ToString().ShouldNotBe(first);
        (await market.SendAsync(HttpMethod.Post, $"/api/v0/webhooks/{id}/test/", new { })).Status.ShouldBe(HttpStatusCode.OK);
        TypeOf((await receiver.AwaitAsync(1))[0]).ShouldBe("webhook_test");
    }

    [Theory]
    [InlineData("""{"webhook_url": "https://example.com/hook", "event_types": ["client:outbid"]}""", "loopback")]
    [InlineData("""{"webhook_url": "http://127.0.0.1:1/", "event_types": []}""", "at least one")]
    [InlineData("""{"webhook_url": "http://127.0.0.1:1/", "event_types": ["outbid"]}""", "not a notification type")]
    public async Task A_subscription_that_cannot_work_is_refused(string body, string complaint)
    {
        await using var market = await StartAsync();
        var (status, answer) = await market.SendAsync(HttpMethod.Post, "/api/v0/webhooks/", JsonNode.Parse(body));
        status.ShouldBe(HttpStatusCode.BadRequest);
        answer["msg"]!.ToString().ShouldContain(complaint);
    }

    private static Task<RunningMarket> StartAsync() => RunningMarket.StartAsync(o => o with { WebhookRetryAfter = TimeSpan.FromMilliseconds(50) });

    /// <summary>The new subscription's secret.</summary>
    private static async Task<string> SubscribeAsync(RunningMarket market, WebhookReceiver receiver, params string[] types)
    {
        var (status, answer) = await market.SendAsync(HttpMethod.Post, "/api/v0/webhooks/", new { webhook_url = receiver.Url, event_types = types });
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
        return answer["webhook"]!["webhook_secret"]!.ToString();
    }

    private static string TypeOf(Delivered delivery) => JsonNode.Parse(delivery.Body)!["notif_type"]!.ToString();
}
