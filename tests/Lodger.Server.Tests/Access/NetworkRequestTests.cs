using System.Net;
using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>What a request over the network may say: names, places and figures of whoever has a token, and of nobody else.</summary>
public sealed class NetworkRequestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_from_the_network_names_no_file_and_no_secret_of_the_servers_user()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        Directory.CreateDirectory(Path.Combine(stage.Root, "secrets"));
        await File.WriteAllTextAsync(Path.Combine(stage.Root, "secrets", "HF_TOKEN"), "theirs", Token);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(stage.Root, "secrets", "HF_TOKEN"), UnixFileMode.UserRead);
        var shared = Path.Combine(stage.Root, "shared");
        using var ci = new Visitor(door, await stage.TokenAsync("ci", Scope.Operate));
        using var boss = new Visitor(door, await stage.TokenAsync("boss", Scope.Operate, Scope.Approve));
        var good = stage.Submission() with { ResultsDirectory = Path.Combine(shared, "digits") };
        var spec = good.Spec;
        var sent = new Dictionary<string, string> { ["HF_TOKEN"] = "mine", ["MY_TOKEN"] = "mine" };
        (SubmitRequest Request, string Id)[] refused =
        [
            (good with { ResultsDirectory = Path.Combine(stage.Root, "results") }, "outside-shared"),
            (good with { ResultsDirectory = shared }, "outside-shared"),
            (good with { ResultsDirectory = $"{shared}/../results" }, "outside-shared"),
            (good with { ResultsDirectory = $"{shared}-too/x" }, "outside-shared"),
            (good with { Spec = spec with { CodeDirectory = "/etc" } }, "outside-shared"),
            (good with { Spec = spec with { CodeDirectory = $"{shared}/../secrets" } }, "outside-shared"),
            (good with { Spec = spec with { Copies = ["mydrive:results"] } }, "outside-shared"),
            (good with { Spec = spec with { Copies = ["/home"] } }, "outside-shared"),
            (good with { Spec = spec with { Secrets = ["HF_TOKEN"] } }, "secret-not-sent"),
            (good with { Spec = spec with { Secrets = ["HF_TOKEN"] }, Secrets = sent }, "secret-of-server"),
            (good with { Spec = spec with { Registry = new RegistryLogin("ghcr.io", "anna", "HF_TOKEN") }, Secrets = sent }, "secret-of-server"),
            (good with { Spec = spec with { Teardown = TeardownMode.WhenVerified } }, "scope-missing"),
            (good with { Account = "local" }, "local-over-network"),
        ];
        foreach (var (request, id) in refused)
            (await ci.SendAsync("POST", Routes.Jobs, Json(request))).Problem.Id.ShouldBe(id, Json(request));
        (await stage.Client.JobsAsync(all: true, Token)).Value.ShouldBeEmpty();

        (await ci.SendAsync("POST", Routes.Jobs, Json(good with { Spec = spec with { Secrets = ["MY_TOKEN"] }, Secrets = sent }))).Status.ShouldBe(HttpStatusCode.OK);
        (await boss.SendAsync("POST", Routes.Jobs, Json(good with { Spec = spec with { Name = "other", Teardown = TeardownMode.WhenVerified } }))).Status.ShouldBe(HttpStatusCode.OK);
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.Select(e => e.Event).OfType<JobSubmitted>().Single().ApprovedBy.ShouldBe("token:ci");
    }

    [Fact]
    public async Task Who_comes_over_the_network_opens_no_address_that_others_reach()
    {
        await using var stage = await ServerStage.StartAsync();
        using var boss = new Visitor(await stage.OpenDoorAsync(), await stage.TokenAsync("boss", Scope.Admin));
        string Wish(string listen) => JsonSerializer.Serialize(new WebhookRequest($"http://{listen}/lodger", listen), ApiJson.Default.WebhookRequest);
        var refused = await boss.SendAsync("POST", "/v1/webhooks/stub", JsonSerializer.Serialize(new WebhookRequest("https://gpu.example.org/", "0.0.0.0:8790"), ApiJson.Default.WebhookRequest));
        refused.Problem.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("listen-owner"), p => p.Message.ShouldContain("0.0.0.0:8790"));
        stage.Push.Known.ShouldBeEmpty();
        (await boss.SendAsync("POST", "/v1/webhooks/stub", Wish(StubPush.FreePlace()))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_marketplace_of_the_servers_own_machine_is_named_by_nobody_over_the_network()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        using var all = new Visitor(door, await stage.TokenAsync("all", Enum.GetValues<Scope>()));
        foreach (var ((method, pattern), _) in NeededScopes.Table.Where(e => e.Key.Pattern.Contains("{account}", StringComparison.Ordinal)))
            (await all.SendAsync(method, pattern.Replace("{account}", "local", StringComparison.Ordinal).Replace("{volume}", "80", StringComparison.Ordinal), method == "POST" ? "{}" : null)).Problem.Id.ShouldBe("local-over-network", $"{method} {pattern}");
        foreach (var path in (string[])[Routes.Offers, Routes.Clocks, Routes.Survey])
            (await all.SendAsync("GET", $"{path}?Account=local")).Problem.Id.ShouldBe("local-over-network", path);
        var plan = new PlanRequest(ServerStage.Spec, "local", false, null, new Domain.Plan.PlanInputs());
        (await all.SendAsync("POST", Routes.Plan, JsonSerializer.Serialize(plan, ApiJson.Default.PlanRequest))).Problem.Id.ShouldBe("local-over-network");
        stage.Opened.ShouldNotContain("local");
    }

    [Fact]
    public async Task What_a_request_says_is_a_word_out_of_its_list_and_a_sum_that_can_be_reckoned_with()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        using var boss = new Visitor(door, await stage.TokenAsync("boss", Scope.Admin, Scope.Operate));
        foreach (var scopes in (string[])["[7,\"Approve\"]", "[1]", "[\"7\"]"])
            (await boss.SendAsync("POST", Routes.Tokens, $$"""{"name":"x","scopes":{{scopes}},"by":"x"}""")).Status.ShouldBe(HttpStatusCode.BadRequest, scopes);
        var good = Json(stage.Submission() with { ResultsDirectory = Path.Combine(stage.Root, "shared", "digits") });
        foreach (var (field, senseless) in (IReadOnlyList<(string, string)>)
            [
                ("deadline", "{}"), ("deadline", """{"within":"1.00:00:00","at":"2026-12-01T00:00:00Z"}"""), ("deadline", """{"within":"10675199.02:48:05"}"""), ("deadline", """{"at":"9999-12-31T00:00:00Z"}"""),
                ("deadline", """{"within":"-1.00:00:00"}"""), ("budgetUsd", "0"), ("budgetUsd", "79228162514264337593543950335"), ("work", "\"10675199.02:48:05\""), ("patience", "\"00:00:00\""), ("bid", """{"capUsdPerHour":-1}"""),
            ])
            (await boss.SendAsync("POST", Routes.Jobs, good.Replace("\"spec\":{", $"\"spec\":{{\"{field}\":{senseless},", StringComparison.Ordinal))).Problem.Id.ShouldBe("request-malformed", $"{field} {senseless}");
        foreach (var (price, senseless) in (IReadOnlyList<(string, string)>)[("0.4", "100000"), ("0.4", "-0.1"), ("0.4", "79228162514264337593543950335")])
            (await boss.SendAsync("POST", Routes.Jobs, good.Replace($"\"gpuUsdPerHour\":{price}", $"\"gpuUsdPerHour\":{senseless}", StringComparison.Ordinal))).Problem.Id.ShouldBe("request-malformed", senseless);
        (await boss.SendAsync("POST", Routes.Jobs, good.Replace("\"expectedUsd\":0.1", "\"expectedUsd\":79228162514264337593543950335", StringComparison.Ordinal))).Problem.Id.ShouldBe("request-malformed");
        good.ShouldContain("\"rent\":\"OnDemand\"");
        foreach (var number in (string[])["0", "7", "\"7\""])
            (await boss.SendAsync("POST", Routes.Jobs, good.Replace("\"rent\":\"OnDemand\"", $"\"rent\":{number}", StringComparison.Ordinal))).Status.ShouldBe(HttpStatusCode.BadRequest, number);
        (await boss.SendAsync("POST", Routes.Jobs, good)).Status.ShouldBe(HttpStatusCode.OK);
    }

    private static string Json(SubmitRequest request) => JsonSerializer.Serialize(request, ApiJson.Default.SubmitRequest);
}
