using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>What a sandbox is to see.</summary>
internal sealed record Room
{
    /// <summary>What becomes <c>/</c>; null for an empty one that is gone with the sandbox.</summary>
    public InstanceDisk? Disk { get; init; }

    /// <summary>The scripts, seen read-only as <c>/.lodger</c>.</summary>
    public required string Guest { get; init; }

    public required string HostName { get; init; }

    public IReadOnlyList<VolumeMount> Volumes { get; init; } = [];

    /// <summary>Directories of this machine, in places directly below the root.</summary>
    public IReadOnlyList<(string From, string To, bool Writable)> Binds { get; init; } = [];

    /// <summary>The command becomes process 1.</summary>
    public bool HasInit { get; init; }

    /// <summary>The error stream stays apart from the output.</summary>
    public bool StreamsApart { get; init; }

    /// <summary>Images to be mounted before anything else.</summary>
    public IEnumerable<InstanceDisk> Images => Volumes.Select(InstanceDisk.Of).Prepend(Disk).OfType<InstanceDisk>().Where(disk => disk.IsImage);

    /// <summary>An instance's own.</summary>
    public static Room Of(SandboxSpec spec, InstanceDisk disk) => new()
    {
        Disk = disk,
        Guest = disk.Guest,
        HostName = string.Create(CultureInfo.InvariantCulture, $"C.{spec.InstanceId}"),
        Volumes = spec.Volumes,
    };
}
