using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Lodger.Tests.Shared;

/// <summary>What commands print with <c>--json</c> against docs/formats/cli.schema.json; a member that is not published is a breach as well.</summary>
internal static class PublishedJson
{
    private static readonly Lazy<Task<JsonSchema>> Published = new(ReadAsync);

    public static string File { get; } = Path.Combine(Root(), "docs", "formats", "cli.schema.json");

    /// <summary>Every line is an answer of this command; where it failed, the last one may be the problem instead.</summary>
    /// <param name="command">Its words after <c>lodger</c>.</param>
    public static async Task ShouldHoldAsync(string command, string output, bool hasFailed)
    {
        var definitions = (await Published.Value).Definitions;
        definitions.ShouldContainKey(command.Replace(' ', '-'));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (command is not ("events" or "logs"))
            lines.Length.ShouldBeLessThanOrEqualTo(1, $"lodger {command} --json printed more than one document:\n{output}");
        foreach (var line in lines)
        {
            if (hasFailed && definitions["ProblemView"].Validate(line).Count == 0)
                continue;
            var breaches = definitions[command.Replace(' ', '-')].ActualSchema.Validate(line);
            breaches.SelectMany(Leaves).Select(e => $"{e.Path}: {e.Kind}").ShouldBeEmpty($"lodger {command} --json printed what is not published: {line}");
        }
    }

    /// <summary>The same for a command line; one that prints no JSON has nothing to hold.</summary>
    public static async Task ShouldHoldAsync(IReadOnlyList<string> arguments, string output, bool hasFailed)
    {
        if (!arguments.TakeWhile(a => a != "--").Contains("--json"))
            return;
        var definitions = (await Published.Value).Definitions;
        string[] words = [.. arguments.TakeWhile(a => !a.StartsWith('-')).Take(2)];
        if (new[] { string.Join('-', words), words.FirstOrDefault("") }.FirstOrDefault(definitions.ContainsKey) is { } command)
            await ShouldHoldAsync(command, output, hasFailed);
    }

    private static IEnumerable<ValidationError> Leaves(ValidationError error) =>
        error is ChildSchemaValidationError { Errors: var children } && children.Values.Any(c => c.Count > 0) ? children.Values.SelectMany(c => c).SelectMany(Leaves) : [error];

    private static async Task<JsonSchema> ReadAsync()
    {
        var text = (await System.IO.File.ReadAllTextAsync(File)).Replace("$defs", "definitions", StringComparison.Ordinal);
        var document = JsonNode.Parse(text)!;
        CloseObjects(document["definitions"]);
        return await JsonSchema.FromJsonAsync(document.ToJsonString());
    }

    private static void CloseObjects(JsonNode? node)
    {
        if (node is JsonObject o)
        {
            if (o["properties"] is JsonObject properties)
            {
                o["additionalProperties"] ??= false;
                // What nothing is said of may be anything; the library takes no  true  for a schema.
                foreach (var name in properties.Where(p => p.Value is JsonValue).Select(p => p.Key).ToList())
                    properties[name] = new JsonObject();
            }

            foreach (var (_, value) in o.ToList())
                CloseObjects(value);
        }
        else if (node is JsonArray a)
        {
            foreach (var item in a)
                CloseObjects(item);
        }
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath("../..", Path.GetDirectoryName(here)!);
}
