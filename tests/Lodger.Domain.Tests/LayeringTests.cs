using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Lodger.Domain.Tests;

/// <summary>The dependency rule of the house: Cli, Server, Engine, then the adapters, then Domain; Marketplace stands apart.</summary>
public sealed partial class LayeringTests
{
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Lodger.Domain"] = [],
        ["Lodger.Artifacts"] = [],
        ["Lodger.Marketplace"] = [],
        ["Lodger.Vast"] = ["Lodger.Domain"],
        ["Lodger.Remote"] = ["Lodger.Domain"],
        ["Lodger.Engine"] = ["Lodger.Vast", "Lodger.Remote", "Lodger.Artifacts", "Lodger.Domain"],
        ["Lodger.Server"] = ["Lodger.Engine", "Lodger.Vast", "Lodger.Remote", "Lodger.Artifacts", "Lodger.Domain"],
        ["Lodger.Cli"] = ["Lodger.Server", "Lodger.Engine", "Lodger.Vast", "Lodger.Remote", "Lodger.Artifacts", "Lodger.Domain", "Lodger.Marketplace"],
    };

    private static readonly string Root = FindRoot();

    public static TheoryData<string> Rooms => [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(d => Path.GetFileName(d)).Where(n => File.Exists(ProjectOf(n)))];

    [Fact]
    public void Every_room_has_its_place_in_the_rule() =>
        Rooms.Select(r => r.Data).ShouldBe(MayReference.Keys, ignoreOrder: true, "a room was added or removed: give it its place in the dependency rule");

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_project_references_only_what_the_rule_allows(string room) =>
        ReferencesOf(ProjectOf(room)).Except(MayReference[room]).ShouldBeEmpty($"{room} may not reference these");

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_built_assembly_references_only_what_the_rule_allows(string room)
    {
        var built = Directory.Exists(BinOf(room))
            ? Directory.GetFiles(BinOf(room), "*.dll", SearchOption.AllDirectories).Where(f => Path.GetFileNameWithoutExtension(f) == AssemblyOf(room)).ToList()
            : [];
        if (room == "Lodger.Domain")
            built.ShouldNotBeEmpty();
        foreach (var file in built)
            AssembliesReferencedBy(file).Where(IsOurs).Except(MayReference[room].Select(AssemblyOf)).ShouldBeEmpty($"{file} may not reference these");
    }

    [Fact]
    public void Outside_the_command_only_its_tests_and_the_markets_own_know_the_marketplace()
    {
        var knowing = Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(p => ReferencesOf(p).Contains("Lodger.Marketplace"))
            .Select(Path.GetFileNameWithoutExtension);
        knowing.ShouldBe(["Lodger.Cli"]);
    }

    [Fact]
    public void Domain_needs_no_package_no_clock_no_chance_and_no_disk()
    {
        XDocument.Load(ProjectOf("Lodger.Domain")).Descendants("PackageReference").ShouldBeEmpty();
        XDocument.Load(ProjectOf("Lodger.Domain")).Descendants("FrameworkReference").ShouldBeEmpty();
        var impure =
            from file in Directory.GetFiles(Path.Combine(Root, "src", "Lodger.Domain"), "*.cs", SearchOption.AllDirectories)
            where !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Contains("obj")
            from Match match in Impure().Matches(File.ReadAllText(file))
            select $"{Path.GetRelativePath(Root, file)}: {match.Value}";
        impure.ShouldBeEmpty();
    }

    private static string ProjectOf(string room) => Path.Combine(Root, "src", room, room + ".csproj");

    private static string BinOf(string room) => Path.Combine(Root, "src", room, "bin");

    private static string AssemblyOf(string room) =>
        XDocument.Load(ProjectOf(room)).Descendants("AssemblyName").FirstOrDefault()?.Value ?? room;

    private static bool IsOurs(string assembly) => assembly.StartsWith("lodger", StringComparison.OrdinalIgnoreCase);

    private static List<string> ReferencesOf(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];

    private static List<string> AssembliesReferencedBy(string file)
    {
        using var reader = new PEReader(File.OpenRead(file));
        var metadata = reader.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name))];
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Lodger.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"No Lodger.slnx above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(Utc)?Now\b|\bTimeProvider\b|\bStopwatch\b|\bnew Random\b|\bRandom\.Shared\b|\bGuid\.NewGuid\b|\b(File|Directory)\.(Read|Write|Open|Create|Exists|Delete|Move|Get|Enumerate)\w*\(|\bProcess\.Start\b|\bHttpClient\b|\bConsole\.", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Impure();
}
