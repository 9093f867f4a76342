using System.Globalization;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;

namespace Lodger.Remote.Script;

/// <summary>The environment that is sent when the rental is created: the job's <c>env</c> and what the boot script reads.</summary>
public static class BoxEnvironment
{
    /// <summary>Names of <c>env</c>, space-separated: exported to ssh sessions.</summary>
    public const string EnvNames = "LODGER_ENV_NAMES";

    /// <summary>Names of <c>secrets</c>, space-separated: inherited by the job's process alone.</summary>
    public const string SecretNames = "LODGER_SECRET_NAMES";

    /// <summary>Where the rental stops itself when it was abandoned; the platform's API.</summary>
    public const string ApiUrl = "LODGER_API_URL";

    /// <summary>How long the boot script waits for a payload in silence before it stops its rental, seconds; 0: for ever.</summary>
    public const string PayloadWait = "LODGER_PAYLOAD_WAIT_S";

    private static readonly HashSet<string> SetByThePlatform = new(StringComparer.Ordinal)
    {
        "CONTAINER_ID", "CONTAINER_API_KEY", "PUBLIC_IPADDR", "GPU_COUNT", "DATA_DIRECTORY", "SSH_PUBLIC_KEY",
    };

    private static readonly HashSet<string> SetByTheProfile = new(StringComparer.Ordinal)
    {
        "DATA_DIR", "DURABLE_DIR", "PROXY_HOOK", "CRED_FILE", "SCRATCH",
    };

    /// <summary>Computes the environment for a rental, without the values of the secrets, which travel in <c>RentRequest.Secrets</c>.</summary>
    /// <param name="env">The job's <c>env</c>.</param>
    /// <param name="secretNames">Names of the job's <c>secrets</c>.</param>
    /// <param name="apiUrl">Base URL of the platform's API as the machine reaches it.</param>
    /// <param name="payloadWait">Null: the machine never stops itself for want of a payload.</param>
    public static Outcome<IReadOnlyDictionary<string, string>> For(
        IReadOnlyDictionary<string, string> env, IReadOnlyList<string> secretNames, Uri apiUrl, PlatformProfile profile, TimeSpan? payloadWait)
    {
        foreach (var name in env.Keys.Concat(secretNames))
        {
            if (FindFault(name, profile) is { } fault)
            {
                return Invalid(fault);
            }
        }

        if (secretNames.FirstOrDefault(env.ContainsKey) is { } both)
        {
            return Invalid($"'{both}' is named under env and under secrets; env is visible in every ssh session, so it must be one of them.");
        }

        if (env.FirstOrDefault(pair => pair.Value.Contains('\0', StringComparison.Ordinal)).Key is { } broken)
        {
            return Invalid($"The value of '{broken}' contains a NUL character, which no environment can hold.");
        }

        var all = new Dictionary<string, string>(env, StringComparer.Ordinal)
        {
            [EnvNames] = string.Join(' ', env.Keys.Order(StringComparer.Ordinal)),
            [SecretNames] = string.Join(' ', secretNames.Order(StringComparer.Ordinal)),
            [ApiUrl] = apiUrl.ToString().TrimEnd('/'),
            [PayloadWait] = payloadWait is { } wait ? Math.Max(1, (long)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture) : "0",
        };
        return Outcome<IReadOnlyDictionary<string, string>>.Ok(all);
    }

    private static string? FindFault(string name, PlatformProfile profile)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            return $"'{name}' is not a name for an environment variable: letters, digits and underscores, no digit first.";
        }

        if (name.StartsWith("LODGER_", StringComparison.Ordinal))
        {
            return $"'{name}' begins with LODGER_, which is kept for Lodger's own variables.";
        }

        if (SetByTheProfile.Contains(name))
        {
            return $"'{name}' is set from the profile of {profile.Name}.";
        }

        return SetByThePlatform.Contains(name) || name.StartsWith("VAST_", StringComparison.Ordinal)
            ? $"'{name}' is set by the platform inside every rental."
            : null;
    }

    private static Problem Invalid(string message) => new("environment-invalid", message, "Use another name in the job's spec.", ExitCode.BadInput);
}
