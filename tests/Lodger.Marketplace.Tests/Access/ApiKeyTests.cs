using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Access;

public class ApiKeyTests
{
    [Fact]
    public async Task A_key_may_do_what_its_categories_say_and_nothing_else()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        using var reader = await KeyAsync(market, """{"api": {"instance_read": {}, "misc": {}}}""");
        (await StatusAsync(reader, HttpMethod.Get, "/api/v1/instances/")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(reader, HttpMethod.Get, $"/api/v0/instances/{id}/")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(reader, HttpMethod.Put, $"/api/v0/instances/request_logs/{id}/")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(reader, HttpMethod.Post, "/api/v0/bundles/")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(reader, HttpMethod.Put, $"/api/v0/instances/{id}/")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(reader, HttpMethod.Delete, $"/api/v0/instances/{id}/")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(reader, HttpMethod.Get, "/api/v0/users/current/")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(reader, HttpMethod.Get, "/api/v0/charges/")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(reader, HttpMethod.Post, "/api/v0/auth/apikeys/")).ShouldBe(HttpStatusCode.Forbidden);
        (await market.ShowAsync(id))!["intended_status"]!.ToString().ShouldBe("running");

        Task<HttpStatusCode> StatusAsync(HttpClient client, HttpMethod method, string path) => StatusOfAsync(market, client, method, path);
    }

    [Fact]
    public async Task A_deleted_key_opens_nothing_and_survives_no_restart()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-market-test-").FullName;
        string kept, deleted;
        await using (var market = await RunningMarket.StartAsync(directory: directory))
        {
            kept = (await MakeAsync(market, null))["key"]!.ToString();
            var made = await MakeAsync(market, null);
            deleted = made["key"]!.ToString();
            (await market.SendAsync(HttpMethod.Delete, $"/api/v0/auth/apikeys/{made["id"]}/")).Body.ToString().ShouldBe("Successfully Deleted API Key");
            using var client = market.Client(deleted);
            (await StatusOfAsync(market, client, HttpMethod.Get, "/api/v0/users/current/")).ShouldBe(HttpStatusCode.NotFound);
            (await market.GetAsync("/api/v0/auth/apikeys/")).ToJsonString().ShouldNotContain(kept, Case.Sensitive, "the secret is shown once");
        }

        await using (var market = await RunningMarket.StartAsync(directory: directory))
        {
            using var first = market.Client(kept);
            using var second = market.Client(deleted);
            (await StatusOfAsync(market, first, HttpMethod.Get, "/api/v0/users/current/")).ShouldBe(HttpStatusCode.OK);
            (await StatusOfAsync(market, second, HttpMethod.Get, "/api/v0/users/current/")).ShouldBe(HttpStatusCode.NotFound);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("""{"read": true}""")]
    [InlineData("""{"api": {"everything": {}}}""")]
    [InlineData("""{"api": {"instance_read": {"api.instance.request_logs": {}}}}""")]
    public async Task Permissions_that_are_not_understood_are_refused_rather_than_guessed(string permissions)
    {
        await using var market = await RunningMarket.StartAsync();
        var (status, answer) = await market.SendAsync(HttpMethod.Post, "/api/v0/auth/apikeys/", new { name = "key", permissions = JsonNode.Parse(permissions) });
        status.ShouldBe(HttpStatusCode.BadRequest);
        answer["error"]!.ToString().ShouldBe("invalid_permissions");
    }

    [Fact]
    public async Task What_a_key_changed_is_in_the_audit_log_without_secrets()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.SendAsync(HttpMethod.Post, "/api/v0/secrets/", new { key = "TOKEN", value = "very-secret" });
        await market.RentAsync(new { image = "ubuntu", env = new { TOKEN = "very-secret" }, label = "mine" });
        var log = (await market.GetAsync("/api/v0/audit_logs/")).AsArray();
        log.Count.ShouldBe(3, "a search is a call, too");
        log[0]!["args"]!.ToString().ShouldContain("mine");
        log[0]!["ip_address"]!.ToString().ShouldBe("127.0.0.1");
        log.ToJsonString().ShouldNotContain("very-secret");
    }

    private static async Task<JsonNode> MakeAsync(RunningMarket market, JsonNode? permissions)
    {
        var (status, answer) = await market.SendAsync(HttpMethod.Post, "/api/v0/auth/apikeys/", new { name = "key", permissions });
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
        return answer;
    }

    private static async Task<HttpClient> KeyAsync(RunningMarket market, string permissions) => market.Client((await MakeAsync(market, JsonNode.Parse(permissions)))["key"]!.ToString());

    private static async Task<HttpStatusCode> StatusOfAsync(RunningMarket market, HttpClient client, HttpMethod method, string path) =>
        (await market.SendAsync(method, path, method == HttpMethod.Get ? null : new { }, client)).Status;
}
