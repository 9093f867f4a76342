using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Access;

/// <summary>Everything that has a number is shown to, changed by and deleted for its own account only.</summary>
public class IsolationTests
{
    [Fact]
    public async Task One_account_sees_changes_and_destroys_nothing_of_anothers()
    {
        await using var market = await RunningMarket.StartAsync();
        var other = await market.OrderAsync("accounts", new { balance = 25 });
        using var stranger = market.Client(other["api_key"]!.ToString());

        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        await Post($"/api/v0/instances/{id}/ssh/", new { ssh_key = "ssh-ed25519 ATTACHED" });
        var attached = JsonNode.Parse((await market.GetAsync($"/api/v0/instances/{id}/ssh/"))["ssh_keys"]!.ToString())![0]!["id"];
        var ssh = (await Post("/api/v0/ssh/", new { ssh_key = "ssh-ed25519 MINE" }))["key"]!["id"];
        var key = (await Post("/api/v0/auth/apikeys/", new { name = "mine" }))["id"];
        var webhook = (await Post("/api/v0/webhooks/", new { webhook_url = "http://127.0.0.1:9/", event_types = new[] { "client:outbid" } }))["webhook"]!["id"];
        var job = (await Post("/api/v0/commands/schedule_job/", new { instance_id = id, api_endpoint = $"/api/v0/instances/reboot/{id}/", frequency = "HOURLY", end_time = 9_999_999_999 }))["scheduled_job_id"];
        var template = (await Post("/api/v0/template/", new { name = "mine", image = "ubuntu" }))["template"]!;
        await Post("/api/v0/secrets/", new { key = "MINE", value = "secret" });
        var volume = await Volumes.VolumeTests.RentVolumeAsync(market, await Volumes.VolumeTests.VolumeOfferAsync(market, await market.AnyOfferAsync()), 15);
        var mine = (await market.LedgerAsync())["accounts"]![0]!["id"];
        var connection = (await market.OrderAsync($"accounts/{mine}/connections", new { name = "mine", cloud_type = "s3", directory = market.Directory }))["id"];
        var theirs = await market.RentAsync(client: stranger);
        await market.AwaitStatusAsync(theirs, "running", stranger);
        var user = (await market.GetAsync("/api/v0/users/current/"))["id"];
        var offer = (long)(await market.AnyOfferAsync())["id"]!;
        var before = await StateAsync();

        (HttpMethod Method, string Path, object? Body)[] attempts =
        [
            (HttpMethod.Put, $"/api/v0/instances/{id}/", new { state = "stopped" }),
            (HttpMethod.Put, $"/api/v0/instances/{id}/", new { label = "taken" }),
            (HttpMethod.Put, "/api/v0/instances/", new { ids = new[] { id }, state = "stopped" }),
            (HttpMethod.Delete, $"/api/v0/instances/{id}/", null),
            (HttpMethod.Delete, "/api/v0/instances/", new { instance_ids = new[] { id } }),
            (HttpMethod.Put, $"/api/v0/instances/reboot/{id}/", null),
            (HttpMethod.Put, $"/api/v0/instances/recycle/{id}/", null),
            (HttpMethod.Put, $"/api/v0/instances/bid_price/{id}/", new { client_id = "me", price = 1 }),
            (HttpMethod.Put, $"/api/v0/instances/prepay/{id}/", new { amount = 1 }),
            (HttpMethod.Put, $"/api/v0/instances/command/{id}/", new { command = "ls" }),
            (HttpMethod.Put, $"/api/v0/instances/request_logs/{id}/", new { tail = "1" }),
            (HttpMethod.Post, $"/api/v0/instances/{id}/ssh/", new { ssh_key = "ssh-ed25519 INTRUDER" }),
            (HttpMethod.Get, $"/api/v0/instances/{id}/ssh/", null),
            (HttpMethod.Delete, $"/api/v0/instances/{id}/ssh/{attached}/", null),
            (HttpMethod.Put, $"/api/v0/ssh/{ssh}/", new { ssh_key = "ssh-ed25519 CHANGED" }),
            (HttpMethod.Delete, $"/api/v0/ssh/{ssh}/", null),
            (HttpMethod.Get, $"/api/v0/auth/apikeys/{key}/", null),
            (HttpMethod.Delete, $"/api/v0/auth/apikeys/{key}/", null),
            (HttpMethod.Put, $"/api/v0/webhooks/{webhook}/", new { name = "taken" }),
            (HttpMethod.Post, $"/api/v0/webhooks/{webhook}/rotate-secret/", null),
            (HttpMethod.Post, $"/api/v0/webhooks/{webhook}/test/", null),
            (HttpMethod.Delete, $"/api/v0/webhooks/{webhook}/", null),
            (HttpMethod.Put, $"/api/v0/commands/schedule_job/{job}/", new { frequency = "HOURLY" }),
            (HttpMethod.Delete, $"/api/v0/commands/schedule_job/{job}/", null),
            (HttpMethod.Post, "/api/v0/commands/schedule_job/", new { instance_id = id, api_endpoint = $"/api/v0/instances/{id}/", frequency = "HOURLY", end_time = 9_999_999_999 }),
            (HttpMethod.Put, "/api/v0/template/", new { hash_id = template["hash_id"]!.ToString(), desc = "taken" }),
            (HttpMethod.Delete, "/api/v0/template/", new { template_id = (long)template["id"]! }),
            (HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", template_hash_id = template["hash_id"]!.ToString() }),
            (HttpMethod.Put, "/api/v0/secrets/", new { key = "MINE", value = "changed" }),
            (HttpMethod.Delete, "/api/v0/secrets/", new { key = "MINE" }),
            (HttpMethod.Get, $"/api/v0/users/{user}/ipaddrs/", null),
            (HttpMethod.Get, $"/api/v0/users/{user}/notification-prefs/", null),
            (HttpMethod.Put, $"/api/v0/users/{user}/notification-prefs/", new { notification_preferences = new { } }),
            (HttpMethod.Delete, $"/api/v0/volumes/?id={volume}", null),
            (HttpMethod.Delete, "/api/v0/volumes/", new { id = volume }),
            (HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", disk = 10, env = $"-v V.{volume}:/data" }),
            (HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", disk = 10, volume_info = new { create_new = false, volume_id = volume, mount_path = "/data" } }),
            Rsync($"C.{id}", null),
            Rsync(null, $"C.{id}"),
            Copy($"C.{id}", $"C.{theirs}"),
            Copy($"C.{theirs}", $"C.{id}"),
            Copy($"V.{volume}", $"C.{theirs}"),
            Copy($"C.{theirs}", $"V.{volume}"),
            Copy($"s3.{connection}", $"C.{theirs}"),
            Copy($"C.{theirs}", $"s3.{connection}"),
            (HttpMethod.Delete, "/api/v0/commands/copy_direct/", new { dst_id = $"C.{id}" }),
            (HttpMethod.Delete, "/api/v0/commands/copy_direct/", new { dst_id = $"V.{volume}" }),
            (HttpMethod.Post, "/api/v0/commands/rclone/", new { instance_id = $"{id}", src = "/workspace", dst = "/x", selected = $"{connection}", transfer = "Instance To Cloud" }),
            (HttpMethod.Post, "/api/v0/commands/rclone/", new { instance_id = $"{theirs}", src = "/workspace", dst = "/x", selected = $"{connection}", transfer = "Instance To Cloud" }),
            (HttpMethod.Delete, "/api/v0/commands/rclone/", new { dst_id = id }),
        ];
        foreach (var (method, path, body) in attempts)
        {
            var (status, answer) = await market.SendAsync(method, path, body, stranger);
            ((int)status).ShouldBeInRange(400, 499, $"{method} {path} answered {answer.ToJsonString()}");
        }

        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{theirs}/", client: stranger)).Status.ShouldBe(HttpStatusCode.OK);
        await market.AwaitAsync(theirs, i => i is null, stranger);
        foreach (var path in new[]
        {
            "/api/v0/volumes/", "/api/v0/users/cloud_integrations/", "/api/v1/instances/", "/api/v0/ssh/", "/api/v0/webhooks/", "/api/v0/commands/schedule_job/", "/api/v0/template/", "/api/v0/secrets/", "/api/v0/subaccounts/", "/api/v0/instances/filters/",
        })
        {
            var answer = (await market.SendAsync(HttpMethod.Get, path, client: stranger)).Body;
            var rows = answer as JsonArray ?? answer["instances"] ?? answer["webhooks"] ?? answer["templates"] ?? answer["secrets"] ?? answer["users"] ?? answer["filters"] ?? answer["volumes"] ?? answer["results"];
            (rows as JsonArray)?.Count.ShouldBe(0, path);
            (rows as JsonObject)?.Count.ShouldBe(0, path);
        }

        (await market.SendAsync(HttpMethod.Get, $"/api/v0/instances/{id}/", client: stranger)).Body["instances"].ShouldBeNull();
        (await market.SendAsync(HttpMethod.Post, "/api/v0/contracts/fetch/", new { contract_ids = new[] { id } }, stranger)).Body["contracts"]!.AsArray().ShouldBeEmpty();
        var charges = (await market.SendAsync(HttpMethod.Get, """/api/v0/charges/?select_filters={"day":{"gte":0,"lte":99999999999}}""", client: stranger)).Body["results"]!.AsArray();
        charges.Select(c => c!["source"]!.ToString()).ShouldBe([$"instance-{theirs}"]);
        (await market.SendAsync(HttpMethod.Get, "/api/v0/audit_logs/", client: stranger)).Body.ToJsonString().ShouldNotContain("ATTACHED");
        (await StateAsync()).ShouldBe(before);

        (HttpMethod, string, object?) Rsync(string? from, string? to) =>
            (HttpMethod.Put, "/api/v0/commands/rsync/", new { client_id = "me", src_id = from, dst_id = to, src_path = "/workspace/", dst_path = "/workspace/x" });

        (HttpMethod, string, object?) Copy(string from, string to) =>
            (HttpMethod.Put, "/api/v0/commands/copy_direct/", new { client_id = "me", src_id = from, dst_id = to, src_path = "/workspace/", dst_path = "/workspace/x" });

        async Task<JsonNode> Post(string path, object body)
        {
            var (status, answer) = await market.SendAsync(HttpMethod.Post, path, body);
            status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
            return answer;
        }

        // Everything that must be as before; times and measurements aside.
        async Task<string> StateAsync()
        {
            var instance = (await market.ShowAsync(id))!;
            string[] paths = [$"/api/v0/instances/{id}/ssh/", "/api/v0/ssh/", "/api/v0/auth/apikeys/", "/api/v0/webhooks/", "/api/v0/commands/schedule_job/", "/api/v0/template/", "/api/v0/secrets/", "/api/v0/users/me/notification-prefs/", "/api/v0/users/cloud_integrations/"];
            var parts = new List<string> { $"{instance["intended_status"]} {instance["label"]} {instance["is_bid"]}" };
            var volumes = (await market.GetAsync("/api/v0/volumes/"))["volumes"]!.AsArray();
            parts.Add(string.Join(' ', volumes.Select(v => $"{v!["id"]} {v["label"]} {v["status"]}")));
            foreach (var path in paths) parts.Add((await market.GetAsync(path)).ToJsonString());
            return string.Join('\n', parts);
        }
    }
}
