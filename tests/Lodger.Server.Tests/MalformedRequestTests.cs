using System.Text.Json;
using System.Text.Json.Nodes;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>Whatever is sent to the socket, the answer is a problem in the one shape: never an exception, never a page.</summary>
public sealed class MalformedRequestTests
{
    private static int jobs;

    private static readonly string[] Posts =
        [Routes.Plan, Routes.Jobs, "/v1/jobs/digits/cancel", "/v1/jobs/digits/pull", "/v1/jobs/digits/approve", "/v1/jobs/digits/abandon"];

    private static readonly string[] Bodies =
        ["", "null", "{}", "[]", "0", "\"x\"", "{", "{\"by\":1}", "{\"by\":null}", "{\"spec\":null}", "\0", "{\"by\":\"\\ud800\"}", """{"token":null,"by":null,"names":null}""", """{"rentalId":null,"by":null}"""];

    [Fact]
    public async Task Bodies_that_are_no_request_are_refused_as_such()
    {
        await using var stage = await ServerStage.StartAsync();
        (await stage.RefusedAsync("POST", "/v1/jobs/digits/approve", """{"token":null,"by":"x","names":[]}""")).ExitCode.ShouldBe(ExitCode.BadInput);
        (await stage.RefusedAsync("POST", "/v1/jobs/digits/approve", """{"token":"x","by":"x"}""")).ExitCode.ShouldBe(ExitCode.BadInput);
        (await stage.RefusedAsync("POST", "/v1/jobs/digits/abandon", """{"by":"x"}""")).ExitCode.ShouldBe(ExitCode.BadInput);
        foreach (var path in Posts)
        {
            foreach (var body in Bodies)
                (await stage.RefusedAsync("POST", path, body)).ExitCode.ShouldBe(ExitCode.BadInput, $"{path} {body}");
            (await stage.RefusedAsync("POST", path)).ExitCode.ShouldBe(ExitCode.BadInput);
            (await stage.RefusedAsync("POST", path, "{}", "text/plain")).Id.ShouldBe("request-not-json");
            (await stage.RefusedAsync("POST", path, new string('[', 200_000))).Id.ShouldBe("request-malformed");
            (await stage.RefusedAsync("POST", path, $"{{\"by\":\"{new string('x', 5 << 20)}\"}}")).Id.ShouldBe("request-too-large");
        }
    }

    [Fact]
    public async Task Every_single_field_of_a_submission_may_be_missing_null_or_nonsense_without_harm()
    {
        await using var stage = await ServerStage.StartAsync();
        var whole = JsonSerializer.SerializeToNode(stage.Submission(), ApiJson.Default.SubmitRequest)!.AsObject();
        foreach (var field in Paths(whole).ToList())
        {
            foreach (JsonNode? nonsense in (JsonNode?[])[null, JsonValue.Create("\u0001"), JsonValue.Create(-1), new JsonArray(null, null), new JsonObject { ["a"] = null }])
                await TryAsync(stage, whole, field, o => o[field[^1]] = nonsense?.DeepClone());
            await TryAsync(stage, whole, field, o => o.Remove(field[^1]));
        }

        // What was taken in all the same can be carried: no runner stumbles over it.
        await Task.Delay(300, TestContext.Current.CancellationToken);
        var taken = (await stage.Client.JobsAsync(all: true, TestContext.Current.CancellationToken)).Value;
        taken.ShouldNotBeEmpty();
        taken.ShouldAllBe(j => !j.Waiting.Contains("defect", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../../etc", "out")]
    [InlineData("a/b", "out")]
    [InlineData("A B", "out")]
    [InlineData("", "out")]
    public async Task A_job_name_that_could_be_a_path_or_break_a_label_is_refused(string name, string result)
    {
        await using var stage = await ServerStage.StartAsync();
        var body = JsonSerializer.Serialize(stage.Submission(ServerStage.Spec with { Name = name, Results = [result] }), ApiJson.Default.SubmitRequest);
        (await stage.RefusedAsync("POST", Routes.Jobs, body)).ExitCode.ShouldBe(ExitCode.BadInput);
        (await stage.Client.JobsAsync(all: true, TestContext.Current.CancellationToken)).Value.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("HF", "hf_0123456789abcdefABCDEF", true)]
    [InlineData("WANDB_API_KEY", "0123456789abcdef", true)]
    [InlineData("hf_0123456789abcdefABCDEF x_TOKEN", "0123456789abcdef", true)]
    [InlineData("MAX_TOKENS", "4096", false)]
    public async Task What_looks_like_a_secret_is_refused_as_the_client_does_and_not_repeated(string name, string value, bool isRefused)
    {
        await using var stage = await ServerStage.StartAsync();
        var variables = new Dictionary<string, string> { [name] = value };
        foreach (var spec in (JobSpec[])
        [
            ServerStage.Spec with { Env = variables }, ServerStage.Spec with { Rehearse = ServerStage.Spec.Rehearse with { Env = variables } }, ServerStage.Spec with { Secrets = [value] },
        ])
        {
            var (status, body) = await stage.SendAsync("POST", Routes.Jobs, JsonSerializer.Serialize(stage.Submission(spec), ApiJson.Default.SubmitRequest));
            // A name has no word before it that could say what its value is.
            if (spec.Secrets.Count == 0 ? !isRefused : !value.StartsWith("hf_", StringComparison.Ordinal))
            {
                body.ShouldNotContain("looks like a secret");
                continue;
            }

            status.ShouldBe(400);
            body.ShouldContain("looks like a secret");
            body.ShouldNotContain(value);
            body.ShouldNotContain("hf_");
        }
    }

    [Theory]
    [InlineData("/v1/jobs/..%2f..%2fetc%2fpasswd")]
    [InlineData("/v1/jobs/%1b%5b31m/events")]
    [InlineData("/v1/jobs/nobody/log")]
    [InlineData("/v1/jobs/nobody/box")]
    [InlineData("/v1/jobs/nobody/gate")]
    [InlineData("/v1/jobs/nobody/rental-log")]
    [InlineData("/nothing")]
    [InlineData("/v1/account?account=nobody")]
    [InlineData("/v1/offers?account=nobody")]
    public async Task What_does_not_exist_is_not_found(string path)
    {
        await using var stage = await ServerStage.StartAsync();
        (await stage.RefusedAsync("GET", path)).ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Theory]
    [InlineData("GET", "/v1/offers")]
    [InlineData("GET", "/v1/offers?account=stub&disk=x")]
    [InlineData("GET", "/v1/jobs?all=perhaps")]
    [InlineData("GET", "/v1/jobs/digits/events?after=99999999999999999999")]
    [InlineData("DELETE", "/v1/jobs/digits")]
    [InlineData("GET", "/v1/plan")]
    public async Task Parameters_and_methods_that_make_no_sense_are_bad_input(string method, string path)
    {
        await using var stage = await ServerStage.StartAsync();
        (await stage.RefusedAsync(method, path)).ExitCode.ShouldBe(ExitCode.BadInput);
    }

    [Fact]
    public async Task A_defect_is_told_without_its_words()
    {
        await using var stage = await ServerStage.StartAsync();
        var (status, body) = await stage.SendAsync("GET", "/v1/offers?account=stub&query=throw");
        status.ShouldBe(500);
        body.ShouldNotContain("secret-in-an-exception");
        JsonSerializer.Deserialize(body, ApiJson.Default.ProblemView)!.Problem.ExitCode.ShouldBe(ExitCode.Defect);
    }

    private static async Task TryAsync(ServerStage stage, JsonObject whole, string[] field, Action<JsonObject> change)
    {
        var copy = whole.DeepClone().AsObject();
        // Each has a name of its own, or the first that is taken would have all others refused for that.
        if (!field.SequenceEqual(["spec", "name"]))
            copy["spec"]!["name"] = $"job-{Interlocked.Increment(ref jobs)}";
        change(field[..^1].Aggregate(copy, (at, name) => at[name]!.AsObject()));
        var (status, body) = await stage.SendAsync("POST", Routes.Jobs, copy.ToJsonString());
        status.ShouldBeLessThan(500, $"{string.Join('.', field)}: {copy.ToJsonString()} gave {body}");
    }

    private static IEnumerable<string[]> Paths(JsonObject at)
    {
        foreach (var (name, value) in at)
        {
            yield return [name];
            if (value is JsonObject inner)
            {
                foreach (var path in Paths(inner))
                    yield return [name, .. path];
            }
        }
    }
}
