using System.Globalization;
using System.Net;

namespace Lodger.Marketplace.Tests.Access;

/// <summary>What an account is told of itself.</summary>
public sealed class AccountTests
{
    [Fact]
    public async Task A_subaccount_has_a_key_and_a_balance_of_its_own_and_is_listed_for_its_parent()
    {
        await using var market = await RunningMarket.StartAsync();
        var wanted = new { email = "sub@example.com", username = "sub", password = "secret", parent_id = "me" };
        var made = (await market.SendAsync(HttpMethod.Post, "/api/v0/users/", wanted)).Body;
        using var sub = market.Client(made["api_key"]!.ToString());

        var itself = (await market.SendAsync(HttpMethod.Get, "/api/v0/users/current/", client: sub)).Body;
        itself["email"]!.ToString().ShouldBe("sub@example.com");
        ((decimal)itself["balance"]!).ShouldBe(0);
        itself["parent_id"]!.ToString().ShouldBe((await market.GetAsync("/api/v0/users/current/"))["id"]!.ToString());
        (await market.GetAsync("/api/v0/subaccounts/"))["users"]!.AsArray().ShouldHaveSingleItem()!["id"]!.ToString().ShouldBe(made["id"]!.ToString());
        (await market.SendAsync(HttpMethod.Get, "/api/v0/subaccounts/", client: sub)).Body["users"]!.AsArray().ShouldBeEmpty();
        (await market.SendAsync(HttpMethod.Post, "/api/v0/users/", wanted)).Status.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Addresses_second_factor_machines_and_events_are_told()
    {
        await using var market = await RunningMarket.StartAsync();
        var user = (await market.GetAsync("/api/v0/users/current/"))["id"];
        foreach (var name in (object?[])["me", user])
            (await market.GetAsync($"/api/v0/users/{name}/ipaddrs/"))["results"]!.AsArray().ShouldHaveSingleItem()!["ip_address"]!.ToString().ShouldBe("127.0.0.1");
        (await market.GetAsync("/api/v0/tfa/status/"))["tfa_enabled"]!.GetValue<bool>().ShouldBeFalse();
        (await market.GetAsync("/api/v0/machines/?user_id=me"))["machines"]!.AsArray().ShouldBeEmpty("a renter has none");
        var events = (await market.GetAsync("/api/v0/notification-types/"))["notification_types"]!.AsArray().Select(t => t!["key"]!.ToString()).ToList();
        events.ShouldContain("client:outbid");
        events.ShouldContain("client:low_credit");
    }

    [Fact]
    public async Task Invoices_hold_what_was_paid_and_in_the_old_list_amounts_are_text()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0 });
        var id = await market.RentAsync();
        await market.AdvanceAsync(TimeSpan.FromHours(3));

        var invoices = await market.GetAsync("""/api/v1/invoices/?select_filters={"when":{"gte":0,"lte":99999999999}}""");
        ((decimal)invoices["results"]!.AsArray().ShouldHaveSingleItem()!["amount"]!).ShouldBe(-25, "what came from a card is negative");
        var old = (await market.GetAsync("/api/v0/users/me/invoices"))["invoices"]!.AsArray();
        old.ShouldAllBe(row => row!["amount"]!.GetValueKind() == System.Text.Json.JsonValueKind.String);
        Amount("payment", "Opening").ShouldBe(25);
        Amount("charge", "GPU").ShouldBe((decimal)(await market.LedgerOfAsync(id))["charges"]!["gpu_usd"]!, 0.000001m);

        decimal Amount(string type, string words) => decimal.Parse(
            old.Single(row => row!["type"]!.ToString() == type && row["description"]!.ToString().Contains(words, StringComparison.Ordinal))!["amount"]!.ToString(), CultureInfo.InvariantCulture);
    }
}
