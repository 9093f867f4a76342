using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Access;

/// <summary>One call that changed something.</summary>
internal sealed record AuditEntry(string Address, long KeyId, DateTimeOffset At, string Route, string Arguments);

/// <summary>What an account's keys have changed since the marketplace started; the newest thousand.</summary>
internal sealed class AuditLog
{
    private const int EntriesMax = 1000;
    private const int ArgumentsCharactersMax = 2000;
    private const string Hidden = "*****";
    private static readonly HashSet<string> Secret = new(StringComparer.OrdinalIgnoreCase) { "value", "password", "env", "image_login", "docker_login_pass", "webhook_secret", "key_params" };
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Queue<AuditEntry>> _entries = [];

    public void Add(long accountId, AuditEntry entry)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(accountId, out var entries)) _entries[accountId] = entries = [];
            entries.Enqueue(entry);
            if (entries.Count > EntriesMax) entries.Dequeue();
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<AuditEntry> Of(long accountId)
    {
        lock (_lock) return _entries.TryGetValue(accountId, out var entries) ? [.. entries.Reverse()] : [];
    }

    /// <summary>A body as the log keeps it: without secrets, and bounded.</summary>
    public static string Describe(JsonObject body)
    {
        var copy = new JsonObject();
        foreach (var (name, value) in body) copy[name] = Secret.Contains(name) && value is not null ? Hidden : value?.DeepClone();
        var text = copy.ToJsonString();
        return text.Length <= ArgumentsCharactersMax ? text : text[..ArgumentsCharactersMax];
    }
}
