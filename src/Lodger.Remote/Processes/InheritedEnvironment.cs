namespace Lodger.Remote.Processes;

/// <summary>
/// What a child process gets of our own environment: where programs and the user's directories are, and the language. Everything else
/// stays here, because that is where people keep API keys and tokens, and ssh, rsync and git need none of them.
/// </summary>
public static class InheritedEnvironment
{
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM", "COLORTERM", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
        "LD_LIBRARY_PATH", "SystemRoot", "TEMP", "TMP", "USERPROFILE", "PATHEXT",
    };

    /// <summary>Whether a variable is passed on to programs that Lodger runs.</summary>
    public static bool Passes(string name) => Names.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal);

    /// <summary>Removes from an environment what is not passed on.</summary>
    public static void Reduce(IDictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        foreach (var name in environment.Keys.Where(name => !Passes(name)).ToList())
        {
            environment.Remove(name);
        }
    }
}
