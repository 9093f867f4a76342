using System.Text.Json.Nodes;
using Lodger.Cli.Composition;

namespace Lodger.Cli.Tests.Packages;

/// <summary>The command as <c>dotnet tool install</c> brings it: nothing of the source tree beside it.</summary>
public sealed class ToolPackageTests(LocalFeed feed)
{
    [Fact]
    public async Task Installed_from_a_feed_it_starts_its_server_and_its_market_and_has_all_that_they_need()
    {
        await feed.PackedAsync();
        var tools = Path.Combine(feed.Root, "tools");
        await feed.DotnetAsync(feed.Root, "tool", "install", "Lodger", "--version", OwnProgram.Version, "--tool-path", tools, "--configfile", Path.Combine(feed.Root, "nuget.config"));

        (await LodgerAsync("--version")).ShouldBe(OwnProgram.Version + "\n");
        (await LodgerAsync("profile")).ShouldContain("DATA_DIR", customMessage: "the platform's profile is in it");
        var store = Directory.GetFiles(Path.Combine(tools, ".store"), "*", SearchOption.AllDirectories);
        store.ShouldContain(f => f.EndsWith("/any/examples/digits/job.yaml", StringComparison.Ordinal), "what the demo runs is in it");
        store.ShouldContain(f => f.EndsWith("/THIRD-PARTY-NOTICES.txt", StringComparison.Ordinal), "and whose work it holds");
        store.ShouldNotContain(f => f.Contains("/runtimes/ios", StringComparison.Ordinal) || f.EndsWith(".xml", StringComparison.Ordinal) && Path.GetFileName(f) != "DotnetToolSettings.xml");
        try
        {
            var offers = JsonNode.Parse(await LodgerAsync("offers", "--market", "local", "--json"))!;
            offers["offers"]!.AsArray().ShouldNotBeEmpty();
            JsonNode.Parse(await LodgerAsync("ps", "--json"))!.AsArray().ShouldBeEmpty();
            var server = (int)JsonNode.Parse(await LodgerAsync("server", "status", "--json"))!["processId"]!;
            File.ReadAllText($"/proc/{server}/cmdline").ShouldStartWith(Path.Combine(tools, "lodger") + "\0", customMessage: "it starts itself by the launcher that was installed, and needs no dotnet on the PATH");
        }
        finally
        {
            await LodgerAsync("server", "stop");
            await LodgerAsync("market", "stop");
        }

        Task<string> LodgerAsync(params string[] arguments) => feed.RunAsync(Path.Combine(tools, "lodger"), feed.Root, [], arguments);
    }
}
