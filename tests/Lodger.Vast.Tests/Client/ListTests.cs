using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

public sealed class ListTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_pages_are_read_and_named_by_the_token_of_the_one_before()
    {
        var (client, server) = ScriptedServer.Start();
        server
            .Then(200, Answers.List("t1", 60, Enumerable.Range(1, 25).Select(i => Answers.Row(i))))
            .Then(200, Answers.List("t2", 60, Enumerable.Range(26, 25).Select(i => Answers.Row(i))))
            .Then(200, Answers.List(null, 60, Enumerable.Range(51, 10).Select(i => Answers.Row(i))));

        var rentals = (await client.ListAsync(Token)).Value;

        rentals.Select(rental => rental.Id!.Value).ShouldBe(Enumerable.Range(1, 60).Select(i => (long)i));
        server.Seen.Select(seen => seen.Path).ShouldAllBe(path => path == "/api/v1/instances/");
        server.Seen[0].Query.ShouldBe("""?select_filters={}&order_by=[{"col":"id","dir":"asc"}]&limit=25""");
        server.Seen[1].Query.ShouldEndWith("&after_token=t1");
        server.Seen[2].Query.ShouldEndWith("&after_token=t2");
    }

    [Fact]
    public async Task A_page_that_fails_in_the_middle_makes_the_whole_listing_unknown()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Answers.List("t1", 30, Enumerable.Range(1, 25).Select(i => Answers.Row(i)))).Then(400, """{"error": "invalid_token", "msg": "no"}""");

        (await client.ListAsync(Token)).IsOk.ShouldBeFalse();
    }

    [Fact]
    public async Task A_rental_that_moved_between_pages_counts_once()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Answers.List("t1", null, Answers.Row(1), Answers.Row(2))).Then(200, Answers.List(null, null, Answers.Row(2), Answers.Row(3)));

        (await client.ListAsync(Token)).Value.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Fewer_rentals_than_the_platform_counts_are_unknown()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Answers.List(null, 2, Answers.Row(1)));

        (await client.ListAsync(Token)).Problem!.Message.ShouldContain("counts 2 rentals and shows 1");
    }

    [Fact]
    public async Task Pages_that_go_round_in_a_circle_end()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Answers.List("again", null, Answers.Row(1)));

        (await client.ListAsync(Token)).Problem!.Message.ShouldContain("circle");
        server.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_account_without_rentals_has_an_empty_list()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Answers.List(null, 0));

        (await client.ListAsync(Token)).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task Charges_are_read_over_all_pages_for_the_days_asked_for()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Answers.Charges.Replace("\"next_token\": null", "\"next_token\": \"n\"")).Then(200, Answers.Charges);

        var charges = (await client.ChargesAsync(DateTimeOffset.FromUnixTimeSeconds(100), DateTimeOffset.FromUnixTimeSeconds(200), ["instance"], Token)).Value;

        charges.Count.ShouldBe(4);
        server.Seen[0].Query.ShouldStartWith("""?select_filters={"day":{"gte":100,"lte":200},"type":{"in":["instance"]}}&limit=500""", Case.Sensitive);
        server.Seen[1].Query.ShouldEndWith("&after_token=n");
    }
}
