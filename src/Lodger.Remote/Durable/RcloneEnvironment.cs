namespace Lodger.Remote.Durable;

/// <summary>
/// What rclone may see of an environment: its own settings, and where the cloud's tools keep credentials. They reach rclone's process on this machine and nothing else; no argument list, file or
/// rental ever gets them.
/// </summary>
public static class RcloneEnvironment
{
    private static readonly string[] Prefixes = ["RCLONE_", "AWS_", "GOOGLE_", "AZURE_"];

    public static IReadOnlyDictionary<string, string?> Of(IEnumerable<KeyValuePair<string, string>> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return environment.Where(v => Prefixes.Any(p => v.Key.StartsWith(p, StringComparison.Ordinal))).ToDictionary(v => v.Key, v => (string?)v.Value, StringComparer.Ordinal);
    }

    /// <summary>Of this process.</summary>
    public static IReadOnlyDictionary<string, string?> OfProcess() => Of(
        System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? "")));
}
