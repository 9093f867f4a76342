using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Local;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Push;

public sealed class SubscriptionTests
{
    private static readonly Uri Address = new("http://127.0.0.1:9/hook");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_is_subscribed_listed_tested_and_removed_and_removed_again()
    {
        await using var local = await LocalMarket.StartAsync();
        var push = new VastPush(local.Client);
        var made = (await push.SubscribeAsync(Address, "lodger test", Token)).Value;
        made.Secret.ShouldNotBeEmpty();
        made.ToString().ShouldNotContain(made.Secret);
        local.Client.Clean($"it said {made.Secret}").ShouldNotContain(made.Secret);
        (await push.SubscriptionsAsync(Token)).Value.ShouldHaveSingleItem().ShouldBe(new(made.Id, Address.AbsoluteUri));
        (await push.TestAsync(made.Id, Token)).Problem!.Id.ShouldBe("market-refused", "nobody listens there");
        (await push.UnsubscribeAsync(made.Id, Token)).IsOk.ShouldBeTrue();
        (await push.UnsubscribeAsync(made.Id, Token)).IsOk.ShouldBeTrue();
        (await push.SubscriptionsAsync(Token)).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_concerns_rentals_and_the_balance_is_asked_for_and_nothing_of_hosts()
    {
        var (client, server) = ScriptedServer.Start();
        server
            .Then(200, """
                {"success": true, "notification_types": [
                  {"key": "client:outbid", "context": "client", "topic": "instance"}, {"key": "client:instance_offline", "context": "client", "topic": "instance"},
                  {"key": "client:low_credit", "context": "client", "topic": "billing"}, {"key": "client:newsletter", "context": "client", "topic": null},
                  {"key": "host:machine_offline", "context": "host", "topic": "instance"}]}
                """)
            .Then(200, """{"success": true, "webhook": {"id": 42, "webhook_url": "http://127.0.0.1:9/hook", "webhook_secret": "s"}}""");

        (await new VastPush(client).SubscribeAsync(Address, "lodger test", Token)).Value.Id.ShouldBe("42");

        server.Seen[1].Body.ShouldBe("""{"name":"lodger test","webhook_url":"http://127.0.0.1:9/hook","event_types":["client:outbid","client:instance_offline","client:low_credit"]}""");
    }

    [Fact]
    public async Task A_platform_that_lists_no_kinds_is_asked_for_the_documented_ones()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(404, """{"success": false, "error": "not_found", "msg": "no"}""").Then(200, """{"success": true, "webhook": {"id": 42, "webhook_secret": "s"}}""");

        (await new VastPush(client).SubscribeAsync(Address, "lodger test", Token)).IsOk.ShouldBeTrue();

        server.Seen[1].Body.ShouldContain("""["client:outbid","client:low_credit"]""");
    }

    [Fact]
    public async Task A_subscription_whose_answer_was_lost_is_not_asked_for_twice()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, """{"notification_types": []}""").ThenCut();

        (await new VastPush(client).SubscribeAsync(Address, "lodger test", Token)).Problem!.ExitCode.ShouldBe(ExitCode.Unknown);

        server.Seen.Count(c => c.Line == "POST /api/v0/webhooks/").ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"success": true}""")]
    [InlineData("""{"success": true, "webhooks": [{"webhook_url": "http://127.0.0.1:9/hook"}]}""")]
    public async Task A_list_that_cannot_be_read_is_unknown_and_not_empty(string answer)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, answer);

        (await new VastPush(client).SubscriptionsAsync(Token)).Problem!.ExitCode.ShouldBe(ExitCode.Unknown);
    }
}
