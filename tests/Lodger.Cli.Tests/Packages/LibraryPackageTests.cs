using System.IO.Compression;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Lodger.Cli.Composition;
using Lodger.Cli.Tests.Docs;

namespace Lodger.Cli.Tests.Packages;

/// <summary>The libraries as somebody else's program gets them, and the program that each one's README shows: compiled and run as it stands there.</summary>
public sealed class LibraryPackageTests(LocalFeed feed)
{
    [Theory]
    [InlineData("Lodger.Domain")]
    [InlineData("Lodger.Vast")]
    [InlineData("Lodger.Artifacts")]
    public async Task A_library_comes_with_its_readme_its_documentation_its_licence_and_its_symbols(string id)
    {
        await feed.PackedAsync();
        await using var package = await ZipFile.OpenReadAsync(Path.Combine(feed.Feed, $"{id}.{OwnProgram.Version}.nupkg"), TestContext.Current.CancellationToken);
        var names = package.Entries.Select(e => e.FullName).ToList();
        names.ShouldContain("README.md");
        names.ShouldContain($"lib/net10.0/{id}.dll");
        names.ShouldContain($"lib/net10.0/{id}.xml");
        await using var symbols = await ZipFile.OpenReadAsync(Path.Combine(feed.Feed, $"{id}.{OwnProgram.Version}.snupkg"), TestContext.Current.CancellationToken);
        symbols.Entries.ShouldContain(e => e.FullName == $"lib/net10.0/{id}.pdb");

        await using var nuspec = await package.GetEntry($"{id}.nuspec")!.OpenAsync(TestContext.Current.CancellationToken);
        var metadata = (await XDocument.LoadAsync(nuspec, LoadOptions.None, TestContext.Current.CancellationToken)).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
        string? Value(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value;
        Value("license").ShouldBe("MIT");
        Value("readme").ShouldBe("README.md");
        Value("description")!.Length.ShouldBeGreaterThan(40, "it says what it is for");
        Value("projectUrl").ShouldBeNull("there is no address that could be vouched for");
        var dependencies = metadata.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => e.Attribute("id")!.Value);
        dependencies.ShouldBe(id == "Lodger.Vast" ? ["Lodger.Domain", "Polly"] : [], ignoreOrder: true);
    }

    [Fact]
    public async Task The_program_in_the_readme_of_the_client_searches_rents_and_destroys()
    {
        var program = await BuiltAsync("Lodger.Vast");
        // The installed command would start it as well; here its marketplace is at hand.
        var lodger = OwnProgram.Running.Path;
        try
        {
            await feed.RunAsync(lodger, feed.Root, Own, "market", "start", "--speed", "10");
            var door = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Own["LODGER_STATE_DIR"], "market", "market.json"), TestContext.Current.CancellationToken))!;
            Dictionary<string, string> platform = new() { ["VAST_URL"] = door["url"]!.ToString(), ["VAST_API_KEY"] = door["api_key"]!.ToString() };

            var looked = await feed.RunAsync(program, feed.Root, platform);
            looked.ShouldContain("/h with 20 GB of disk");
            looked.ShouldContain("credit: $");
            looked.ShouldNotContain("rented");
            (await feed.RunAsync(program, feed.Root, platform, "rent")).ShouldContain("gone: nothing of it bills any more");
        }
        finally
        {
            await feed.RunAsync(lodger, feed.Root, Own, "market", "stop");
        }
    }

    [Fact]
    public async Task The_program_in_the_readme_of_the_verifier_reads_checkpoints_and_gives_a_receipt_for_a_copy()
    {
        var program = await BuiltAsync("Lodger.Artifacts");
        var results = Directory.CreateDirectory(Path.Combine(feed.Root, "results")).FullName;
        var copy = Directory.CreateDirectory(Path.Combine(feed.Root, "copy")).FullName;
        // safetensors: eight bytes that count the header, the header, the numbers.
        var header = """{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"""u8.ToArray();
        byte[] weights = [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[24]];
        foreach (var directory in (string[])[results, copy])
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, "model.safetensors"), weights, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(directory, "metrics.json"), """{"accuracy": 0.9}""", TestContext.Current.CancellationToken);
        }

        var said = await feed.RunAsync(program, feed.Root, [], results, copy);
        said.ShouldContain("Loads model.safetensors: safetensors");
        said.ShouldContain("w: float32[2,3]");
        said.ShouldContain($"2 files, {weights.Length + """{"accuracy": 0.9}""".Length} bytes");
    }

    private Dictionary<string, string> Own => new() { ["LODGER_STATE_DIR"] = Path.Combine(feed.Root, "vast") };

    /// <summary>A project of its own, outside the source tree, that has nothing but the package. Returns the program.</summary>
    private async Task<string> BuiltAsync(string id)
    {
        await feed.PackedAsync();
        var page = await File.ReadAllTextAsync(Path.Combine(Page.Root, "src", id, "README.md"), TestContext.Current.CancellationToken);
        var code = page.Split("```csharp\n")[1].Split("\n```")[0];
        var directory = Directory.CreateDirectory(Path.Combine(feed.Root, "uses", id)).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "Program.cs"), code, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(directory, "sample.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
                <RestorePackagesPath>{feed.Root}/packages</RestorePackagesPath>
                <RestoreFallbackFolders>{LocalFeed.Restored}</RestoreFallbackFolders>
                <DisableImplicitLibraryPacksFolder>true</DisableImplicitLibraryPacksFolder>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{id}" Version="{OwnProgram.Version}" />
              </ItemGroup>
            </Project>
            """,
            TestContext.Current.CancellationToken);
        await feed.DotnetAsync(directory, "build", "--nologo", "--verbosity", "quiet", "--configfile", Path.Combine(feed.Root, "nuget.config"));
        return Path.Combine(directory, "bin", "Debug", "net10.0", "sample");
    }
}
