using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Agents;

/// <summary>What an agent can call: a command of Lodger's with its arguments by name.</summary>
/// <param name="Line">The command line for arguments that fit the schema.</param>
internal sealed record AgentTool(string Name, string Description, IReadOnlyList<AgentArgument> Arguments, Func<AgentCall, IReadOnlyList<string>> Line)
{
    /// <summary>What a person has to type for this to happen: the tool itself only looks. Null: it is no more than a look anyway.</summary>
    public Func<AgentCall, string>? ForPerson { get; init; }

    /// <summary>Asked of the server in the agent's name before the answer, so that the refusal stands in its audit log; null: nothing.</summary>
    public Func<AgentCall, string>? AttemptsDestroyOf { get; init; }

    /// <summary>Only the last so many lines of what is printed; null: all.</summary>
    public Func<AgentCall, int>? LastLines { get; init; }

    /// <summary>JSON Schema of the arguments.</summary>
    public JsonElement Schema()
    {
        var properties = new JsonObject();
        foreach (var argument in Arguments)
            properties[argument.Name] = new JsonObject { ["type"] = argument.Type, ["description"] = argument.Description };
        return JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["type"] = "object",
                ["properties"] = properties,
                ["required"] = new JsonArray([.. Arguments.Where(a => a.IsRequired).Select(a => (JsonNode)a.Name)]),
                ["additionalProperties"] = false,
            },
            CliJson.Default.JsonObject);
    }

    /// <summary>The arguments, if they are those that the schema asks for.</summary>
    public Outcome<AgentCall> Read(IEnumerable<KeyValuePair<string, JsonElement>>? given)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given ?? [])
        {
            if (Arguments.FirstOrDefault(a => a.Name == name) is not { } argument)
                return Wrong($"{Name} has no argument {AgentCall.Quoted(name)}; it has: {string.Join(", ", Arguments.Select(a => a.Name))}.");
            if (value.ValueKind is JsonValueKind.Null)
                continue;
            if (argument.Problem(value) is { } problem)
                return Wrong($"{name} {problem}.");
            values[name] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }

        return Arguments.FirstOrDefault(a => a.IsRequired && !values.ContainsKey(a.Name)) is { } missing
            ? Wrong($"{Name} needs {missing.Name}: {missing.Description}.")
            : new AgentCall(values);
    }

    private static Problem Wrong(string message) => new("tool-arguments", message, "Call it again with arguments that fit its schema.", ExitCode.BadInput);
}

/// <summary>One argument of a tool.</summary>
/// <param name="Type">JSON Schema's: string, integer or boolean.</param>
internal sealed record AgentArgument(string Name, string Type, string Description, bool IsRequired = false)
{
    private const int LengthMax = 1000;

    /// <summary>What is wrong with a value, in words that follow the argument's name; null: nothing.</summary>
    public string? Problem(JsonElement value) => Type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? null : "has to be a whole number above 0",
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "has to be true or false",
        // A value that begins with a hyphen would be an option of the command, and one with @ is a file in many programs that a person may type it into.
        _ => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= LengthMax } text && text[0] is not ('-' or '@') && !text.EnumerateRunes().Any(IsUnseen)
            ? null
            : $"has to be a text of 1 to {LengthMax} characters on one line, without characters that are not seen, that does not begin with a hyphen or an @",
    };

    /// <summary>The person who is asked to type it would see another text than it is.</summary>
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}

/// <summary>A call's arguments, checked.</summary>
internal sealed record AgentCall(IReadOnlyDictionary<string, string> Values)
{
    public string this[string name] => Values[name];

    public bool Is(string name) => Values.GetValueOrDefault(name) == "true";

    public int Number(string name, int usual) => Values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    /// <summary>An option with its value, if it was given.</summary>
    public IEnumerable<string> Option(string name, string option) => Values.TryGetValue(name, out var value) ? [option, value] : [];

    /// <summary>A value, if it was given.</summary>
    public IEnumerable<string> Optional(string name) => Values.TryGetValue(name, out var value) ? [value] : [];

    public static string Quoted(string text) => JsonSerializer.Serialize(text.Length > 80 ? text[..80] : text, CliJson.Default.String);
}
