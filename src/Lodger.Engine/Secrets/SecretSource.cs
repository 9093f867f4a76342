using System.Collections.Concurrent;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Secrets;

/// <summary>
/// Where the values of named secrets come from at the moment of use: what was handed over with the submission (memory only), else a
/// file of that name in the user's secrets directory, else this process's environment, which it has from the command that started it. So a server that was
/// started again finds them by name. Nothing here is ever written, logged or journaled.
/// </summary>
/// <param name="variable">Reads an environment variable; null: there is none.</param>
public sealed class SecretSource(string directory, Func<string, string?>? variable = null)
{
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> handed = new(StringComparer.Ordinal);

    public void Hand(string jobId, IReadOnlyDictionary<string, string> values) => handed[jobId] = values;

    /// <summary>The same, unless some are held for that job: those stay.</summary>
    public void HandAgain(string jobId, IReadOnlyDictionary<string, string> values) => handed.TryAdd(jobId, values);

    /// <summary>When the job is over they are not needed again; until then it may be rented for anew.</summary>
    public void Forget(string jobId) => handed.TryRemove(jobId, out _);

    /// <summary>All of them, or the problem <c>secret-missing</c>, which names those that cannot be read. An empty value is none: nothing is rented for it.</summary>
    /// <param name="handedOnly">Nothing of the server's user: for a job that came over the network.</param>
    public Outcome<IReadOnlyDictionary<string, string>> Resolve(string jobId, IReadOnlyList<string> names, bool handedOnly = false)
    {
        ArgumentNullException.ThrowIfNull(names);
        var given = handed.GetValueOrDefault(jobId);
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        List<string> missing = [];
        foreach (var name in names)
        {
            if ((Stated(given?.GetValueOrDefault(name)) ?? (handedOnly ? null : Stated(FromFile(name)) ?? Stated(variable?.Invoke(name)))) is { } value)
                values[name] = value;
            else
                missing.Add(name);
        }

        if (missing.Count == 0)
            return Outcome<IReadOnlyDictionary<string, string>>.Ok(values);
        return new Problem(
            "secret-missing",
            $"The job needs {(missing.Count == 1 ? "a secret" : "secrets")} that cannot be read: {string.Join(", ", missing)}.",
            handedOnly ? "Submit it again with their values." : $"Set the environment variable and submit again, or store it in {Path.Combine(directory, missing[0])} (mode 600).",
            ExitCode.BadInput);
    }

    /// <summary>A file that others can read is no secret: it is not used.</summary>
    private string? FromFile(string name)
    {
        var path = Path.Combine(directory, name);
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || !File.Exists(path))
            return null;
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        try
        {
            return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & others) != UnixFileMode.None ? null : File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Stated(string? value) => value is { Length: > 0 } ? value : null;
}
