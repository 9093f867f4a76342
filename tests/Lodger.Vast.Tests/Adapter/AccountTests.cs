using Lodger.Domain.Market;
using Lodger.Vast.Tests.Credentials;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

/// <summary>The account: its money, its charges, its keys.</summary>
public sealed class AccountTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("\"balance\": 0, \"credit\": 12.5", 12.5)]
    [InlineData("\"balance\": 12.5, \"credit\": 12.5", 12.5)]
    [InlineData("\"balance\": -3.25, \"credit\": 0", -3.25)]
    [InlineData("\"balance\": 7", 7)]
    [InlineData("\"balance\": null, \"credit\": 0", 0)]
    [InlineData("\"balance\": \"4.5\"", 4.5)]
    public async Task The_money_left_is_read_from_whichever_field_holds_it(string fields, double expected)
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.User.Replace("\"balance\": 0, \"credit\": 12.5", fields));

        var account = (await market.AccountAsync(Token)).Value;

        account.BalanceUsd.ShouldBe((decimal)expected);
        (account.Name, account.CardOnFile, account.UserId).ShouldBe(("anna", true, "77"));
    }

    [Theory]
    [InlineData("\"username\": \"anna@example.org\"", "anna")]
    [InlineData("\"username\": null", "user 77")]
    public async Task Nobody_s_whole_e_mail_address_is_shown(string field, string name)
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.User.Replace("\"username\": \"anna\"", field));

        (await market.AccountAsync(Token)).Value.Name.ShouldBe(name);
    }

    [Fact]
    public async Task An_account_answer_without_a_balance_is_unknown()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, """{"id": 77, "username": "anna"}""");

        (await market.AccountAsync(Token)).Problem!.Id.ShouldBe("answer-unreadable");
    }

    [Fact]
    public async Task Charges_are_those_of_the_rental_alone_and_split_by_what_they_are_for()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Charges);

        (await market.ChargesAsync(Token)).Value.Rentals["4711"].ShouldBe(new Charges("4711", 1.0m, 0.25m, 0.1m, 0.15m));
    }

    [Fact]
    public async Task All_charges_come_in_one_question_by_rental_and_by_volume()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.AllCharges);

        var charges = (await market.ChargesAsync(Token)).Value;

        charges.Rentals.ShouldHaveSingleItem().Value.ShouldBe(new Charges("4711", 1.25m, 0.25m, 0, 0));
        charges.VolumesUsd.ShouldBe(new Dictionary<string, decimal> { ["88"] = 0.1234m, ["89"] = 0.5m }, ignoreOrder: true);
        server.Seen.ShouldHaveSingleItem().Query.ShouldContain("""["instance","volume"]""");
    }

    [Fact]
    public async Task A_key_is_added_once()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, "[]").Then(200, """{"success": true, "key": {"id": 3}}""").Then(200, $$"""[{"id": 3, "public_key": "ssh-ed25519 {{SshPublicKeyTests.Body}} other@place"}]""");

        (await market.RegisterSshKeyAsync(SshPublicKeyTests.Ed25519, Token)).IsOk.ShouldBeTrue();
        (await market.RegisterSshKeyAsync(SshPublicKeyTests.Ed25519, Token)).IsOk.ShouldBeTrue();

        server.Seen.Select(seen => seen.Line).ShouldBe(["GET /api/v0/ssh/", "POST /api/v0/ssh/", "GET /api/v0/ssh/"]);
        server.Seen[1].Body.ShouldContain(SshPublicKeyTests.Body);
    }

    [Fact]
    public async Task A_malformed_key_never_reaches_the_platform()
    {
        var (market, server) = ScriptedMarket.Start();

        (await market.RegisterSshKeyAsync(SshPublicKeyTests.Body, Token)).Problem!.Id.ShouldBe("ssh-key-malformed");
        server.Seen.ShouldBeEmpty();
    }
}
