using System.Text.Json.Nodes;
using Lodger.Cli.Tests.Docs;

namespace Lodger.Cli.Tests.Packages;

/// <summary>Whose work is in Lodger is said in full, and as it is now.</summary>
public sealed class ThirdPartyTests(LocalFeed feed)
{
    [Fact]
    public async Task The_notices_are_those_of_the_packages_in_the_lock_files()
    {
        var said = await feed.RunAsync("node", Page.Root, [], "scripts/third-party.mjs", "notices");

        var kept = await File.ReadAllTextAsync(Path.Combine(Page.Root, "THIRD-PARTY-NOTICES.txt"), TestContext.Current.CancellationToken);
        kept.ShouldBe(said, "bring it up to date:  node scripts/third-party.mjs notices >THIRD-PARTY-NOTICES.txt");
    }

    [Fact]
    public async Task The_list_of_parts_names_what_is_shipped_with_hash_and_licence_and_nothing_that_only_builds()
    {
        var parts = JsonNode.Parse(await feed.RunAsync("node", Page.Root, [], "scripts/third-party.mjs", "sbom"))!["components"]!.AsArray();

        var names = parts.Select(p => p!["name"]!.ToString()).ToList();
        names.ShouldContain("Polly");
        names.ShouldContain("preact", "the dashboard's parts are in it");
        names.ShouldNotContain("esbuild");
        names.ShouldNotContain("Meziantou.Analyzer");
        parts.ShouldAllBe(p => p!["hashes"]![0]!["content"]!.ToString().Length == 128 && p["licenses"]!.AsArray().Count == 1);
    }
}
