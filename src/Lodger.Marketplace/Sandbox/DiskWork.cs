namespace Lodger.Marketplace.Sandbox;

/// <summary>A volume as one instance sees it, or by itself.</summary>
/// <param name="DiskDirectory">Where its disk lives on this machine; made when it is first used.</param>
/// <param name="SizeGb">Size in GiB.</param>
/// <param name="Path">Where the instance has it: absolute, without <c>.</c> or <c>..</c>.</param>
public sealed record VolumeMount(string DiskDirectory, int SizeGb, string Path);

/// <summary>What can be done on a disk from outside, whether or not its instance runs.</summary>
public enum DiskProgram
{
    /// <summary>rsync's daemon on its streams.</summary>
    RsyncDaemon,

    /// <summary>rsync as client of a daemon at the other end of its streams. Arguments: module and path there, place here.</summary>
    RsyncFetch,

    /// <summary>rclone. Environment: the cloud's settings. Arguments: rclone's flags, source, destination; progress as JSON lines on the error stream.</summary>
    CloudCopy,

    /// <summary>Takes space away. Arguments: <c>bytes</c>, <c>inodes</c> or <c>none</c>, and how many stay free. Writes how many are free then.</summary>
    Fill,
}

/// <summary>A program to be run on the disk of an instance with its volumes, or (without an instance) on a volume, which is then at <see cref="VolumePlace"/>.</summary>
public sealed record DiskWork
{
    /// <summary>Where a volume is that has no instance around it.</summary>
    public const string VolumePlace = "/volume";

    /// <summary>Where <see cref="CloudDirectory"/> is.</summary>
    public const string CloudPlace = "/.cloud";

    public required DiskProgram Program { get; init; }

    /// <summary>Whose disk; null for a volume by itself.</summary>
    public SandboxSpec? Instance { get; init; }

    /// <summary>The volume, when there is no instance.</summary>
    public VolumeMount? Volume { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>A directory of this machine that plays a cloud; null for none.</summary>
    public string? CloudDirectory { get; init; }
}

/// <summary>A program at work on a disk. It goes on when the instance is stopped or started, and ends when the disk is deleted or the marketplace ends.</summary>
public interface IDiskWork : IAsyncDisposable
{
    Stream Input { get; }

    Stream Output { get; }

    Stream Error { get; }

    /// <summary>Its exit status, once everything of it is gone.</summary>
    Task<int> Ended { get; }
}
