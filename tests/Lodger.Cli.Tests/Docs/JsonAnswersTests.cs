using System.Text.Json.Nodes;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Commands;
using Lodger.Cli.Published;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Tests.Shared;

namespace Lodger.Cli.Tests.Docs;

/// <summary>The schemas of what commands print with <c>--json</c>. That what they really print is that, <see cref="TestStage"/> checks at every run of every test.</summary>
public sealed class JsonAnswersTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task The_documentation_has_the_schemas_as_the_command_prints_them()
    {
        (await stage.RunAsync("schema")).ShouldBe(ExitCode.Ok);
        if (Environment.GetEnvironmentVariable("LODGER_UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(PublishedJson.File, stage.Out, TestContext.Current.CancellationToken);
        (await File.ReadAllTextAsync(PublishedJson.File, TestContext.Current.CancellationToken)).ShouldBe(stage.Out, "run this test once with LODGER_UPDATE_DOCS=1, and look at what changed");
    }

    [Fact]
    public void Every_command_has_a_schema_or_is_said_to_print_no_json()
    {
        var all = SchemaCommand.AllOf(CommandTree.Make(stage.Around())).ToList();
        all.Count.ShouldBeGreaterThan(50);
        all.Where(c => JsonAnswers.Of(c) is null && !JsonAnswers.OfTheMarketplace.Contains(c) && !JsonAnswers.Without.ContainsKey(c)).ShouldBeEmpty();
        all.Where(c => JsonAnswers.Without.ContainsKey(c) && (JsonAnswers.Of(c) is not null || JsonAnswers.OfTheMarketplace.Contains(c))).ShouldBeEmpty();
        JsonAnswers.Without.Keys.Concat(JsonAnswers.OfTheMarketplace).Except(all).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_schema_of_one_command_holds_what_it_refers_to_and_nothing_else()
    {
        (await stage.RunAsync("schema", "gate")).ShouldBe(ExitCode.Ok);
        var definitions = JsonNode.Parse(stage.Out)!["$defs"]!.AsObject();
        definitions["gate"]!["items"]!["$ref"]!.GetValue<string>().ShouldBe("#/$defs/GateView");
        definitions.Select(d => d.Key).ShouldContain("ProblemView");
        definitions.Select(d => d.Key).ShouldNotContain("ps");
        foreach (var reference in References(definitions))
            definitions.ShouldContainKey(reference["#/$defs/".Length..]);
    }

    [Theory]
    [InlineData("gaet", "Did you mean  lodger schema gate ?")]
    [InlineData("completions", "a script for a shell")]
    public async Task What_has_no_schema_says_so(string command, string said)
    {
        (await stage.RunAsync("schema", command)).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain(said);
    }

    [Fact]
    public async Task A_member_that_is_not_published_is_noticed()
    {
        await PublishedJson.ShouldHoldAsync("dashboard", """{"address":"http://127.0.0.1:1/","until":"2026-01-01T00:00:00Z"}""", hasFailed: false);
        await Assert.ThrowsAsync<ShouldAssertException>(() => PublishedJson.ShouldHoldAsync("dashboard", """{"address":"http://127.0.0.1:1/","until":"2026-01-01T00:00:00Z","more":1}""", hasFailed: false));
        await Assert.ThrowsAsync<ShouldAssertException>(() => PublishedJson.ShouldHoldAsync("dashboard", """{"address":4,"until":"2026-01-01T00:00:00Z"}""", hasFailed: false));
        await Assert.ThrowsAsync<ShouldAssertException>(() => PublishedJson.ShouldHoldAsync("dashboard", """{"address":"http://127.0.0.1:1/","until":"2026-01-01T00:00:00Z"}""" + "\n{}", hasFailed: false));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(m => m.Key == "$ref" ? [m.Value!.GetValue<string>()] : References(m.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };
}
