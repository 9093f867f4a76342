using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Lodger.Server.Api;
using Lodger.Server.Http;

namespace Lodger.Cli.Published;

/// <summary>What each command prints with <c>--json</c>, as one JSON Schema document: a definition for each command, by its words joined with hyphens, and one for each shape in them.</summary>
internal static class JsonAnswers
{
    private const string Definitions = "#/$defs/";

    /// <summary>Commands whose output is not Lodger's to shape, or that have nothing to say in JSON.</summary>
    public static IReadOnlyDictionary<string, string> Without { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ssh"] = "the session's own output",
        ["exec"] = "the command's own output",
        ["open"] = "nothing; it is a tunnel",
        ["mcp"] = "the Model Context Protocol",
        ["serve"] = "a log (LODGER_LOG_FORMAT=json makes it JSON)",
        ["server stop"] = "nothing; its exit status is the answer",
        ["market stop"] = "nothing; its exit status is the answer",
        ["completions"] = "a script for a shell",
        ["man"] = "a manual page",
        ["schema"] = "the schema, which is JSON by itself",
    };

    /// <summary>Answers of the marketplace itself, passed through: an object (a list for <c>market fault --list</c>) whose members are those of its control surface.</summary>
    public static IReadOnlySet<string> OfTheMarketplace { get; } = new HashSet<string>(StringComparer.Ordinal) { "market start", "market status", "market advance", "market fault" };

    /// <summary>Where a command has several, each is a form of it (with other options or arguments).</summary>
    /// <param name="command">Its words after <c>lodger</c>; null for one that has none.</param>
    public static IReadOnlyList<JsonTypeInfo>? Of(string command) => command switch
    {
        "demo" or "show" or "wait" or "approve" or "drill" => [ApiJson.Default.JobView],
        "run" => [ApiJson.Default.JobView, CliJson.Default.SweepCellArray],
        "adopt" => [ApiJson.Default.RentalLook, ApiJson.Default.JobView, ApiJson.Default.RentalLetGo],
        "down" => [ApiJson.Default.JobView, CliJson.Default.AllDown],
        "pull" => [ApiJson.Default.JobView, CliJson.Default.ResultsHere],
        "ps" => [ApiJson.Default.JobViewArray],
        "gate" => [ApiJson.Default.GateViewArray],
        "events" => [ApiJson.Default.JournalEntry],
        "logs" => [ApiJson.Default.LogView],
        "login" => [CliJson.Default.LoggedIn, CliJson.Default.LoggedInToServer],
        "init" => [CliJson.Default.WrittenSpec],
        "import" => [CliJson.Default.ImportedSpec],
        "offers" => [ApiJson.Default.OffersView],
        "plan" => [ApiJson.Default.PlanView],
        "rehearse" => [CliJson.Default.RehearsalReport],
        "simulate" => [CliJson.Default.SimulatedPolicies],
        "dashboard" => [CliJson.Default.DashboardAddress],
        "cost" => [ApiJson.Default.CostView],
        "budget" => [ApiJson.Default.JobBudget],
        "doctor" => [ApiJson.Default.CheckUpArray],
        "storage" => [ApiJson.Default.StorageMap],
        "clocks" => [ApiJson.Default.ClocksView],
        "sweep-account" => [ApiJson.Default.SurveyView],
        "volume list" => [ApiJson.Default.VolumeList],
        "volume search" => [ApiJson.Default.VolumePlaces],
        "volume create" => [ApiJson.Default.Volume],
        "volume delete" => [ApiJson.Default.VolumeGone],
        "ssh-url" or "ports" => [ApiJson.Default.BoxView],
        "ssh-config" => [CliJson.Default.SshAlias],
        "inspect-rental" => [ApiJson.Default.RentalView],
        "verify" => [CliJson.Default.VerifiedDirectory],
        "copy" => [CliJson.Default.CopiedBundle],
        "inspect" => [CliJson.Default.InspectedFiles, CliJson.Default.InspectedDiff],
        "explain" => [CliJson.Default.ExplainedRuleArray],
        "profile" => [CliJson.Default.PlatformProfile],
        "webhook add" or "webhook remove" => [ApiJson.Default.WebhookView],
        "webhook status" => [ApiJson.Default.WebhookViewArray],
        "server start" or "server status" => [CliJson.Default.ServerStatus],
        "token create" => [ApiJson.Default.NewTokenView],
        "token list" => [ApiJson.Default.TokenViewArray],
        "token revoke" => [ApiJson.Default.TokenView],
        "audit" => [ApiJson.Default.AuditViewArray],
        "keys new" => [CliJson.Default.MadeKey],
        "keys seal" or "keys list" => [CliJson.Default.StoredKeyArray],
        "db move" => [CliJson.Default.MovedDatabase],
        "db backup" => [CliJson.Default.BackedUpDatabase],
        "self-check" => [CliJson.Default.SelfCheckItemArray],
        _ => null,
    };

    /// <summary>The schema of what these commands print, and of the problem that each prints instead when it fails.</summary>
    /// <param name="commands">Words after <c>lodger</c>; those without an answer are left out.</param>
    public static JsonObject Schema(IEnumerable<string> commands)
    {
        var shapes = new JsonShapes(Definitions);
        var definitions = new JsonObject();
        foreach (var command in commands.Order(StringComparer.Ordinal))
        {
            JsonObject[] forms = OfTheMarketplace.Contains(command) ? [new JsonObject { ["type"] = new JsonArray("object", "array") }] : [.. (Of(command) ?? []).Select(shapes.Of)];
            if (forms.Length > 0)
                definitions[command.Replace(' ', '-')] = forms is [var only] ? only : new JsonObject { ["anyOf"] = new JsonArray([.. forms]) };
        }

        shapes.Of(ApiJson.Default.ProblemView);
        foreach (var (name, shape) in shapes.All())
            definitions[name] = shape?.DeepClone();
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "What the commands of lodger print with --json",
            ["description"] = "One definition for each command, by its words joined with hyphens: #/$defs/market-status is that of lodger market status. A command that fails without an answer prints a ProblemView instead. "
                + "Members are added, never renamed or removed; a member without a value is left out. Times are ISO 8601 in UTC, durations [d.]hh:mm:ss, money US dollars, sizes bytes unless the name says otherwise.",
            ["$defs"] = definitions,
        };
    }
}
