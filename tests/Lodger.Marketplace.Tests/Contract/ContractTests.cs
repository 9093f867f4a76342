using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodger.Marketplace.Tests.Push;

namespace Lodger.Marketplace.Tests.Contract;

/// <summary>
/// Goes over every operation of the description with real calls to a running market. Answers and requests must be as described, but for what <c>known-deviations.yaml</c> lists; and
/// what it lists must really be so, so that the list stays true.
/// </summary>
public partial class ContractTests
{
    private static readonly Description Described = new();
    private readonly SortedSet<string> _findings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _succeeded = new(StringComparer.Ordinal);

    [Fact]
    public async Task Every_operation_asks_and_answers_as_it_is_described()
    {
        await using var market = await RunningMarket.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await CallAllAsync(market, receiver);

        Described.Operations.Except(_succeeded).ShouldBeEmpty("operations of openapi.yaml that no call here has used with success");
        var listed = Description.ReadYaml("known-deviations.yaml")!.AsArray();
        listed.ShouldAllBe(d => d!["evidence"]!.ToString().Length > 20 && (d["of"]!.ToString() == "platform" || d["of"]!.ToString() == "market"));
        var known = listed.Select(d => d!["deviation"]!.ToString()).ToList();
        _findings.Except(known).ShouldBeEmpty("deviations from openapi.yaml that known-deviations.yaml does not list");
        known.Except(_findings).ShouldBeEmpty("deviations that known-deviations.yaml lists and that do not occur any more");
    }

    [Fact]
    public async Task Calls_that_come_too_fast_are_refused_at_the_described_spacing()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { RateLimitScale = 1, Time = new StandingTime() });
        var failures = new List<string>();
        foreach (var operation in Described.Operations)
        {
            var (method, path) = (new HttpMethod(operation.Split(' ')[0]), operation.Split(' ')[1]);
            var url = Parameter().Replace(path, m => m.Value == "{user_id}" ? "me" : "1") + "/";
            (HttpStatusCode Status, JsonNode Body) answer = (default, new JsonObject());
            for (var i = 0; i < 2; i++) answer = await market.SendAsync(method, url, method == HttpMethod.Get ? null : new JsonObject());
            var said = answer.Body.ToJsonString();
            if (Described.ThresholdOf(operation) is not { } threshold)
            {
                if (answer.Status == HttpStatusCode.TooManyRequests) failures.Add($"{operation} has no described spacing and answers {said}");
                continue;
            }

            var expected = string.Create(CultureInfo.InvariantCulture, $"API requests too frequent endpoint threshold={threshold:0.0##}");
            if (answer.Status != HttpStatusCode.TooManyRequests || !said.Contains(expected, StringComparison.Ordinal)) failures.Add($"{operation} should say '{expected}' and says {(int)answer.Status} {said}");
            else if (Described.AnswerOf(operation, 429) is not null) failures.AddRange(await Conformance.FindAsync(operation, 429, Described.AnswerOf(operation, 429), answer.Body));
        }

        failures.ShouldBeEmpty();
    }

    /// <summary>However long the second call takes, it comes at the time of the first.</summary>
    private sealed class StandingTime : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private async Task CallAllAsync(RunningMarket market, WebhookReceiver receiver)
    {
        const string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE2b me@here";
        var ssh = await CallAsync(market, "POST /api/v0/ssh", new { ssh_key = key });
        await CallAsync(market, "GET /api/v0/ssh");
        await CallAsync(market, "PUT /api/v0/ssh/{id}", new { ssh_key = key + "2" }, ssh["key"]!["id"]);
        await CallAsync(market, "POST /api/v0/secrets", new { key = "TOKEN", value = "abc-123" });
        await CallAsync(market, "PUT /api/v0/secrets", new { key = "TOKEN", value = "abc-124" });
        await CallAsync(market, "GET /api/v0/secrets");
        await CallAsync(market, "POST /api/v0/secrets", new { key = "token", value = "x" });
        await CallAsync(market, "POST /api/v0/secrets", new { key = "OTHER" });

        var template = await CallAsync(market, "POST /api/v0/template", new { name = "mine", image = "ubuntu", tag = "22.04", env = "-e A=1", runtype = "ssh", ssh_direct = true });
        await CallAsync(market, "GET /api/v0/template");
        await CallAsync(market, "POST /api/v0/template", new { image = "ubuntu" });
        var edited = await CallAsync(market, "PUT /api/v0/template", new { hash_id = template["template"]!["hash_id"]!.ToString(), desc = "changed" });

        await CallAsync(market, "POST /api/v0/bundles", new { limit = 40, type = "ondemand", verified = new { eq = true }, allocated_storage = 20, order = new[] { new[] { "dph_total", "asc" } } });
        await CallAsync(market, "POST /api/v0/bundles", new { nonsense = new { eq = 1 } });
        var offer = (await market.AnyOfferAsync())["id"];
        var created = await CallAsync(market, "PUT /api/v0/asks/{id}", new { image = "ubuntu", template_hash_id = edited["template"]!["hash_id"]!.ToString(), disk = 20, env = new Dictionary<string, string> { ["B"] = "2" } }, offer);
        await CallAsync(market, "PUT /api/v0/asks/{id}", new { image = "ubuntu", disk = 5 }, offer);
        await CallAsync(market, "PUT /api/v0/asks/{id}", new { image = "ubuntu" }, offer);
        await CallAsync(market, "PUT /api/v0/asks/{id}", new { image = "ubuntu" }, 1);
        var id = created["new_contract"]!;
        await market.AwaitStatusAsync((long)id, "running");
        await CallAsync(market, "GET /api/v0/instances/{id}", null, id);
        await CallAsync(market, "GET /api/v1/instances");
        await CallAsync(market, "GET /api/v1/instances", null, null, "?after_token=nonsense");
        await CallAsync(market, "PUT /api/v0/instances/{id}", new { label = "other" }, id);
        await CallAsync(market, "PUT /api/v0/instances/{id}", new { label = "other" }, 1);
        await CallAsync(market, "PUT /api/v0/instances/{id}", new { state = "sideways" }, id);
        await CallAsync(market, "POST /api/v0/instances/{id}/ssh", new { ssh_key = key + "3" }, id);
        var attached = await CallAsync(market, "GET /api/v0/instances/{id}/ssh", null, id);
        var attachedId = JsonNode.Parse(attached["ssh_keys"]!.ToString())!.AsArray()[^1]!["id"];
        await CallAsync(market, "DELETE /api/v0/instances/{id}/ssh/{ssh_key_id}", null, id, "", attachedId);
        await CallAsync(market, "DELETE /api/v0/instances/{id}/ssh/{ssh_key_id}", null, id, "", attachedId);
        await CallAsync(market, "PUT /api/v0/instances/request_logs/{id}", new { tail = "100" }, id);
        await CallAsync(market, "PUT /api/v0/instances/request_logs/{id}", new { tail = "100" }, 1);
        await CallAsync(market, "PUT /api/v0/instances/command/{id}", new { command = "ls -l" }, id);
        await CallAsync(market, "PUT /api/v0/instances/command/{id}", new { command = "reboot" }, id);
        await CallAsync(market, "PUT /api/v0/instances/reboot/{id}", new { }, id);
        await CallAsync(market, "PUT /api/v0/instances/reboot/{id}", new { }, 1);

        await CallAsync(market, "PUT /api/v0/instances/recycle/{id}", new { }, id);
        await CallAsync(market, "PUT /api/v0/instances/recycle/{id}", new { }, 1);
        await market.AwaitStatusAsync((long)id, "running");
        await CallVolumesAndCopiesAsync(market, id);

        await CallAsync(market, "PUT /api/v0/instances/prepay/{id}", new { amount = 1 }, id);
        await CallAsync(market, "GET /api/v0/instances/balance/{id}", null, id);
        await CallAsync(market, "GET /api/v0/instances/balance/{id}", null, 1);
        var bid = (await market.SearchAsync(new { type = "bid", rentable = new { eq = true }, num_gpus = new { eq = 1 } }))[0]!;
        var interruptible = await market.RentAsync(new { image = "ubuntu", label = "bid", template_hash_id = edited["template"]!["hash_id"]!.ToString(), price = (decimal)bid["min_bid"]! * 2 }, (long)bid["id"]!);
        await CallAsync(market, "PUT /api/v0/instances/bid_price/{id}", new { client_id = "me", price = (decimal)bid["min_bid"]! * 3 }, interruptible);
        await CallAsync(market, "PUT /api/v0/instances/bid_price/{id}", new { client_id = "me", price = 0 }, interruptible);
        await CallAsync(market, "GET /api/v0/metrics/gpu/current");
        await CallAsync(market, "GET /api/v0/metrics/gpu/history", null, null, "?gpu_name=all");
        await CallAsync(market, "GET /api/v0/metrics/gpu/locations");
        await CallAsync(market, "GET /api/v0/machines", null, null, "?user_id=me");
        await CallAsync(market, "GET /api/v0/endptjobs");

        await CallAsync(market, "GET /api/v0/users/current");
        await CallAsync(market, "PUT /api/v0/users", new { username = "somebody" });
        await CallAsync(market, "POST /api/v0/users", new { email = "sub@example.com", username = "sub", password = "secret", parent_id = "me" });
        await CallAsync(market, "POST /api/v0/users", new { email = "sub@example.com", username = "sub", password = "secret", parent_id = "me" });
        await CallAsync(market, "GET /api/v0/subaccounts");
        await CallAsync(market, "GET /api/v0/users/{user_id}/ipaddrs", null, "me");
        var made = await CallAsync(market, "POST /api/v0/auth/apikeys", new { name = "reader", permissions = new { api = new { instance_read = new { } } } });
        await CallAsync(market, "POST /api/v0/auth/apikeys", new { name = "wrong", permissions = new { read = true } });
        await CallAsync(market, "GET /api/v0/auth/apikeys");
        await CallAsync(market, "DELETE /api/v0/auth/apikeys/{id}", null, made["id"]);
        await CallAsync(market, "DELETE /api/v0/auth/apikeys/{id}", null, made["id"]);
        await CallAsync(market, "GET /api/v1/invoices", null, null, """?select_filters={"when":{"gte":0,"lte":99999999999}}""");
        await CallAsync(market, "GET /api/v1/invoices");
        await CallAsync(market, "GET /api/v1/invoices", null, null, """?after_token=x&select_filters={"when":{"gte":0}}""");
        await CallAsync(market, "GET /api/v0/charges", null, null, """?select_filters={"day":{"gte":0,"lte":99999999999}}""");
        await CallAsync(market, "GET /api/v0/charges");

        await CallAsync(market, "GET /api/v0/notification-types");
        await CallAsync(market, "GET /api/v0/users/{user_id}/notification-prefs", null, "me");
        await CallAsync(market, "PUT /api/v0/users/{user_id}/notification-prefs", new { notification_preferences = new { client = new { low_credit = new { email = true, webhooks = false } } } }, "me");
        var webhook = (await CallAsync(market, "POST /api/v0/webhooks", new { name = "ours", webhook_url = receiver.Url, event_types = new[] { "client:outbid" } }))["webhook"]!["id"];
        await CallAsync(market, "POST /api/v0/webhooks", new { webhook_url = receiver.Url, event_types = new[] { "client:nonsense" } });
        await CallAsync(market, "GET /api/v0/webhooks");
        await CallAsync(market, "PUT /api/v0/webhooks/{id}", new { name = "renamed" }, webhook);
        await CallAsync(market, "POST /api/v0/webhooks/{id}/rotate-secret", new { }, webhook);
        await CallAsync(market, "POST /api/v0/webhooks/{id}/test", new { }, webhook);
        await CallAsync(market, "DELETE /api/v0/webhooks/{id}", null, webhook);
        await CallAsync(market, "DELETE /api/v0/webhooks/{id}", null, webhook);

        await CallAsync(market, "DELETE /api/v0/template", new { template_id = (long)template["template"]!["id"]! });
        await CallAsync(market, "DELETE /api/v0/secrets", new { key = "TOKEN" });
        await CallAsync(market, "DELETE /api/v0/secrets", new { key = "TOKEN" });
        await CallAsync(market, "DELETE /api/v0/ssh/{id}", null, ssh["key"]!["id"]);
        await CallAsync(market, "DELETE /api/v0/ssh/{id}", null, ssh["key"]!["id"]);
        await CallAsync(market, "DELETE /api/v0/instances/{id}", null, id);
        await CallAsync(market, "DELETE /api/v0/instances/{id}", null, id);
    }

    private async Task CallVolumesAndCopiesAsync(RunningMarket market, JsonNode id)
    {
        var found = await CallAsync(market, "POST /api/v0/volumes/search", new { limit = 3 });
        await CallAsync(market, "POST /api/v0/volumes/search", new { nonsense = new { eq = 1 } });
        var rented = await CallAsync(market, "PUT /api/v0/volumes", new { id = found["offers"]![0]!["id"], size = 15 });
        await CallAsync(market, "GET /api/v0/volumes");
        var volume = rented["volume_name"]!.ToString();

        await CallAsync(market, "PUT /api/v0/commands/copy_direct", new { src_id = $"C.{id}", dst_id = volume, src_path = "/workspace/", dst_path = "/kept" });
        await CallAsync(market, "PUT /api/v0/commands/copy_direct", new { src_id = $"C.{id}", dst_id = volume, dst_path = "/kept" });
        await CallAsync(market, "PUT /api/v0/commands/copy_direct", new { src_id = "C.1", dst_id = volume, src_path = "/workspace/", dst_path = "/kept" });
        await CallAsync(market, "DELETE /api/v0/commands/copy_direct", new { dst_id = volume });
        await CallAsync(market, "DELETE /api/v0/commands/copy_direct", new { dst_id = "nonsense" });
        await CallAsync(market, "DELETE /api/v0/commands/copy_direct", new { dst_id = "C.1" });

        var account = (await market.LedgerAsync())["accounts"]![0]!["id"];
        var connection = (await market.OrderAsync($"accounts/{account}/connections", new { name = "bucket", cloud_type = "s3", directory = market.Directory }))["id"];
        await CallAsync(market, "GET /api/v0/users/cloud_integrations");
        var copy = new { instance_id = $"{id}", src = "/workspace/", dst = "/kept", selected = $"{connection}", transfer = "Instance To Cloud", flags = new[] { "--size-only" }, api_key = "unused" };
        await CallAsync(market, "POST /api/v0/commands/rclone", copy);
        await CallAsync(market, "POST /api/v0/commands/rclone", copy with { transfer = "Sideways" });
        await CallAsync(market, "DELETE /api/v0/commands/rclone", new { dst_id = (long)id });
        await CallAsync(market, "DELETE /api/v0/commands/rclone", new { dst_id = "nonsense" });
        await CallAsync(market, "DELETE /api/v0/commands/rclone", new { dst_id = 1 });

        var number = long.Parse(volume[2..], CultureInfo.InvariantCulture);
        await CallAsync(market, "DELETE /api/v0/volumes", new { id = number });
        await CallAsync(market, "DELETE /api/v0/volumes", new { id = number });
        await CallAsync(market, "DELETE /api/v0/volumes", new { });
    }

    /// <summary>One call, with what is said against its body and its answer put down. The first two parameters of the path are filled in.</summary>
    private async Task<JsonNode> CallAsync(RunningMarket market, string operation, object? body = null, object? id = null, string query = "", object? second = null)
    {
        var words = operation.Split(' ');
        var filled = new Queue<object?>([id, second]);
        var path = Parameter().Replace(words[1], _ => filled.Dequeue()!.ToString()!) + "/" + query;
        var sent = body is null ? null : System.Text.Json.JsonSerializer.SerializeToNode(body);
        var (status, answer) = await market.SendAsync(new HttpMethod(words[0]), path, sent);
        _findings.UnionWith(await Conformance.FindAsync(operation, (int)status, Described.AnswerOf(operation, (int)status), answer));
        if (status != HttpStatusCode.OK) return answer;
        _succeeded.Add(operation);
        if (sent is not null) _findings.UnionWith(await Conformance.FindInRequestAsync(operation, Described.RequestOf(operation), sent));
        return answer;
    }

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, 20_000)]
    private static partial Regex Parameter();
}
