using Lodger.Cli.Composition;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Cli.Jobs;

/// <summary>The values of the secrets that a spec names, from the environment, else from the user's secrets directory; checked before anything is paid.</summary>
internal static class SecretValues
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static Outcome<IReadOnlyDictionary<string, string>> Of(JobSpec spec, Surroundings around, Places places)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var name in spec.SecretNames)
        {
            if (around.Variable(name) is { } given)
            {
                values[name] = given;
                continue;
            }

            var path = Path.Combine(places.Secrets, name);
            if (!File.Exists(path))
            {
                missing.Add(name);
                continue;
            }

            if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
                return new Problem("secret-readable-by-others", $"Others on this machine can read the secret in {path}.", $"chmod 600 '{path}'", ExitCode.BadInput);
            if (!Read(path).TryGet(out var stored, out var unreadable))
                return unreadable;
            if (stored.Length > 0)
                values[name] = stored;
            else
                missing.Add(name);
        }

        if (missing.Count == 0)
            return Outcome<IReadOnlyDictionary<string, string>>.Ok(values);
        return new Problem(
            "secret-missing",
            $"The job needs {(missing.Count == 1 ? "the secret" : "the secrets")} {string.Join(", ", missing)}, and nothing was rented.",
            $"Set the environment variable {missing[0]}, or put the value into {Path.Combine(places.Secrets, missing[0])} (mode 600).",
            ExitCode.BadInput);
    }

    private static Outcome<string> Read(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("secret-unreadable", $"The secret in {path} cannot be read: {e.Message}", $"Make it yours: chown \"$USER\" '{path}'; chmod 600 '{path}'", ExitCode.BadInput);
        }
    }
}
