namespace Lodger.Marketplace.Sandbox;

/// <summary>
/// The files that make one instance's disk on this machine. All but <see cref="Plain"/> belong to the marketplace and are never seen
/// writable by the tenant; what the tenant may have written is only ever touched from inside a sandbox.
/// </summary>
internal sealed record InstanceDisk(string Directory)
{
    /// <summary>ext4 image of the size that was rented: a disk that really fills. Root only.</summary>
    public string Image => Path.Combine(Directory, "disk.img");

    /// <summary>Where the image is mounted, in the mount namespace of the instance only. Empty for everybody else.</summary>
    public string Mountpoint => Path.Combine(Directory, "mnt");

    /// <summary>The disk of an ordinary user's instance: a plain directory without a limit of its own.</summary>
    public string Plain => Path.Combine(Directory, "disk");

    /// <summary>Scripts and facts that the sandbox sees read-only as <c>/.lodger</c>.</summary>
    public string Guest => Path.Combine(Directory, "guest");

    public string Log => Path.Combine(Directory, "container.log");

    /// <summary>Pid and start time of the running sandbox's first process.</summary>
    public string RunRecord => Path.Combine(Directory, "running");

    public bool IsImage => File.Exists(Image);

    public bool Exists => IsImage || System.IO.Directory.Exists(Plain);

    /// <summary>What becomes <c>/</c> in the sandbox.</summary>
    public string Root => IsImage ? Mountpoint : Plain;

    public static InstanceDisk Of(VolumeMount volume) => new(Path.GetFullPath(volume.DiskDirectory));

    public static InstanceDisk Of(SandboxSpec spec) => new(Path.GetFullPath(spec.DiskDirectory));
}
