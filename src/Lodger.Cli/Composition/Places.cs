using System.Text;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Composition;

/// <summary>Where Lodger keeps things on this machine, by the XDG rules. All of it is readable by its user alone.</summary>
/// <param name="State">Absolute: the journal, the socket, logs, known hosts, the embedded marketplace.</param>
/// <param name="Config">Absolute: accounts, secrets, Lodger's own ssh key, the default account.</param>
internal sealed record Places(string State, string Config)
{
    /// <summary>The kernel's limit for a socket's path, with its final NUL.</summary>
    private const int SocketPathBytesMax = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Socket => Path.Combine(State, "server.sock");

    /// <summary>Held by the server as long as it lives.</summary>
    public string ServerLock => Path.Combine(State, "server.lock");

    /// <summary>The id of the process that holds it, or held it last.</summary>
    public string ServerProcessId => Path.Combine(State, "server.pid");

    /// <summary>Held while one is being started.</summary>
    public string StartLock => Path.Combine(State, "start.lock");

    public string ServerLog => Path.Combine(State, "server.log");

    /// <summary>There when a node of a cluster works in this state directory: then no other server is started in it.</summary>
    public string ClusterMark => Path.Combine(State, "cluster");

    public string MarketDirectory => Path.Combine(State, "market");

    public string MarketLog => Path.Combine(State, "market.log");

    public string KnownHosts => Path.Combine(State, "known_hosts.d");

    public string PreparedCode => Path.Combine(State, "prepared");

    public string Secrets => Path.Combine(Config, "secrets");

    public string Webhooks => Path.Combine(Config, "webhooks");

    /// <summary>Where the server listens besides its socket.</summary>
    public string PublicAddress => Path.Combine(Config, "public.json");

    public string Settings => Path.Combine(Config, "config.json");

    /// <summary>Who is told about clocks; may hold secrets.</summary>
    public string Notify => Path.Combine(Config, "notify.json");

    public string SshKey => Path.Combine(Config, "ssh", "id_ed25519");

    public static Outcome<Places> Of(IReadOnlyDictionary<string, string> environment)
    {
        var home = environment.GetValueOrDefault("HOME", "");
        var state = environment.GetValueOrDefault("LODGER_STATE_DIR", "");
        if (state.Length > 0 && !Path.IsPathRooted(state))
            return new Problem("state-not-absolute", $"LODGER_STATE_DIR is '{state}', which is not an absolute path.", "Write the whole path.", ExitCode.BadInput);
        if (state.Length == 0)
            state = Below(environment, "XDG_STATE_HOME", home, ".local/state");
        var config = Below(environment, "XDG_CONFIG_HOME", home, ".config");
        return state.Length == 0 || config.Length == 0
            ? new Problem("no-home", "HOME is not set, so there is no place for Lodger's state and settings.", "Set HOME, or XDG_STATE_HOME and XDG_CONFIG_HOME.", ExitCode.Prerequisite)
            : new Places(Path.TrimEndingDirectorySeparator(state), config);
    }

    /// <summary>Makes the state directory, closed to others, and checks that a socket can live in it.</summary>
    public Outcome<Done> Prepare()
    {
        var bytes = Encoding.UTF8.GetByteCount(Socket) + 1;
        if (bytes > SocketPathBytesMax)
        {
            return new Problem(
                "socket-path-too-long",
                $"The server's socket {Socket} would have a path of {bytes} bytes; the system allows {SocketPathBytesMax}.",
                "Set LODGER_STATE_DIR to a directory with a shorter path.",
                ExitCode.BadInput);
        }

        return MakePrivate(State);
    }

    public static Outcome<Done> MakePrivate(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory, OwnerOnly);
            if ((File.GetUnixFileMode(directory) & ~OwnerOnly) != UnixFileMode.None)
                File.SetUnixFileMode(directory, OwnerOnly);
            return Done.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("directory-not-usable", $"The directory {directory} cannot be made or closed to others: {e.Message}", "Make it writable for you, or set LODGER_STATE_DIR.", ExitCode.Prerequisite);
        }
    }

    private static string Below(IReadOnlyDictionary<string, string> environment, string variable, string home, string otherwise)
    {
        var root = environment.GetValueOrDefault(variable, "");
        // The XDG rule: a relative path there is invalid and ignored.
        if (!Path.IsPathRooted(root))
            root = home.Length > 0 ? Path.Combine(home, otherwise) : "";
        return root.Length == 0 ? "" : Path.Combine(root, "lodger");
    }
}
