using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Http;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>The description of the interface that the server publishes, and the copy of it in the documentation.</summary>
public sealed class OpenApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_names_every_endpoint_every_reference_leads_somewhere_and_the_documentation_has_it_as_it_is()
    {
        await using var stage = await ServerStage.StartAsync();
        using var stranger = new Visitor(await stage.OpenDoorAsync());
        var answer = await stranger.SendAsync("GET", Routes.OpenApi);
        answer.Status.ShouldBe(HttpStatusCode.OK);
        var document = JsonNode.Parse(answer.Body)!;
        var paths = document["paths"]!.AsObject();
        paths.SelectMany(p => p.Value!.AsObject().Select(o => (o.Key.ToUpperInvariant(), p.Key))).ShouldBe(NeededScopes.Table.Keys.Where(k => OpenApi.IsInterface(k.Pattern)), ignoreOrder: true);
        var operations = paths.SelectMany(p => p.Value!.AsObject().Select(o => o.Value!)).ToList();
        operations.Select(o => o["operationId"]!.GetValue<string>()).ShouldBeUnique();
        foreach (var reference in References(document).Distinct())
            reference.Split('/').Skip(1).Aggregate((JsonNode?)document, (at, name) => at?[name]).ShouldNotBeNull(reference);
        paths["/v1/jobs/{job}/approve"]!["post"]!["requestBody"]!.ToJsonString().ShouldContain("ApproveRequest");
        paths["/v1/jobs/{job}/approve"]!["post"]!["description"]!.GetValue<string>().ShouldContain("approve");
        paths["/v1/offers"]!["get"]!["parameters"]!.AsArray().Select(p => (p!["name"]!.GetValue<string>(), p["required"]!.GetValue<bool>())).ShouldBe([("account", true), ("query", false), ("disk", false), ("any", false)]);

        var copy = Path.Combine(Root(), "docs", "formats", "openapi.json");
        if (Environment.GetEnvironmentVariable("LODGER_UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(copy, answer.Body, Token);
        (await File.ReadAllTextAsync(copy, Token)).ShouldBe(answer.Body, "run this test once with LODGER_UPDATE_DOCS=1, and look at what changed");
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(m => m.Key == "$ref" ? [m.Value!.GetValue<string>()] : References(m.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath("../../..", Path.GetDirectoryName(here)!);
}
