namespace Lodger.Remote.Ssh;

/// <summary>Where Lodger keeps what it needs to reach machines.</summary>
public sealed record SshOptions
{
    /// <summary>Lodger's own private key; the user's agent and configuration are never used.</summary>
    public required string IdentityFile { get; init; }

    /// <summary>Directory of the known_hosts files, one for each rental; made when it is missing, for its user alone.</summary>
    public required string KnownHostsDirectory { get; init; }

    public string User { get; init; } = "root";

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For a short command: reading a report, a piece of log.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the manifest: hashing everything on a slow disk.</summary>
    public TimeSpan ManifestTimeout { get; init; } = TimeSpan.FromHours(8);

    /// <summary>For one try at a transfer; a stalled one ends after a minute of silence whatever this says.</summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Tries at a transfer, each of which goes on where the last one stopped.</summary>
    public int TransferTries { get; init; } = 5;

    /// <summary>How long a pull is watched over one connection before it may be divided among several; zero: it is divided at once.</summary>
    public TimeSpan LineTrial { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Wait before the second try; doubles each time.</summary>
    public TimeSpan TransferBackoff { get; init; } = TimeSpan.FromSeconds(2);
}
