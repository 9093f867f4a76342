namespace Lodger.Marketplace.Sandbox;

/// <summary>One GPU as the sandbox's <c>nvidia-smi</c> reports it.</summary>
/// <param name="Id">The host's GPU id; an instance stays bound to it.</param>
/// <param name="Name">Marketing name, for example <c>RTX 4090</c>.</param>
/// <param name="MemoryMb">Memory in MiB.</param>
/// <param name="DriverVersion">Driver version, for example <c>550.54.15</c>.</param>
/// <param name="CudaMax">Highest CUDA version the driver supports, for example <c>12.4</c>.</param>
public sealed record GpuFacts(int Id, string Name, int MemoryMb, string DriverVersion, string CudaMax);

/// <summary>Everything a sandbox needs to start one instance. The same spec is passed at every start; the disk persists between.</summary>
public sealed record SandboxSpec
{
    /// <summary>The contract id; the hostname is <c>C.&lt;id&gt;</c>.</summary>
    public required long InstanceId { get; init; }

    /// <summary>Where this instance's disk lives on this machine; made by <see cref="ISandboxHost.CreateDiskAsync"/>.</summary>
    public required string DiskDirectory { get; init; }

    public required int DiskGb { get; init; }

    /// <summary>Environment of the container's first process and so of onstart (not of ssh sessions, as on the platform).</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Content of <c>/root/onstart.sh</c>; null when the create call named none.</summary>
    public string? Onstart { get; init; }

    /// <summary>authorized_keys lines as they were when the instance was created, plus those attached since.</summary>
    public required IReadOnlyList<string> AuthorizedKeys { get; init; }

    /// <summary>GPUs attached; empty when the GPU is not attached (then <c>nvidia-smi</c> fails as the real one does).</summary>
    public required IReadOnlyList<GpuFacts> Gpus { get; init; }

    /// <summary>The notebook server to run beside ssh; null for none.</summary>
    public Notebook? Notebook { get; init; }

    /// <summary>Volumes attached, for as long as the instance exists.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init; } = [];
}

/// <summary>A notebook server, which lets in whoever has <c>JUPYTER_TOKEN</c> of the environment.</summary>
/// <param name="Folder">Absolute path in the container below which it shows files.</param>
/// <param name="IsLab">It begins with JupyterLab instead of the list of files.</param>
public sealed record Notebook(string Folder, bool IsLab);

/// <summary>A running sandbox: a real process tree with a real sshd.</summary>
public interface ISandbox : IAsyncDisposable
{
    /// <summary>Loopback port on which the sandbox's own sshd answers.</summary>
    int SshPort { get; }

    /// <summary>Loopback port of its notebook server; 0 for none.</summary>
    int NotebookPort { get; }

    /// <summary>Completes when the sandbox's first process is gone, for whatever reason.</summary>
    Task Exited { get; }

    /// <summary>
    /// Stops all its processes at a moment when one of them is in the middle of writing a file below this absolute directory of the container; null when none was
    /// in time, and all run on. What was stopped is to be killed, or let go on with <see cref="Thaw"/>.
    /// </summary>
    Task<CaughtWrite?> FreezeInWriteAsync(string directory, TimeSpan within, CancellationToken cancellationToken);

    /// <summary>Lets go on what <see cref="FreezeInWriteAsync"/> stopped.</summary>
    void Thaw();

    /// <summary>SIGKILLs the whole process tree with no notice and returns when all of it is gone. The disk stays.</summary>
    Task KillAsync();
}

/// <summary>A host's own ssh server.</summary>
public interface IHostSsh : IAsyncDisposable
{
    /// <summary>Loopback port.</summary>
    int Port { get; }

    /// <summary>Completes when it is gone.</summary>
    Task Exited { get; }

    /// <summary>Says whose keys it takes from now on; the name is what the relay is told.</summary>
    void LetIn(IEnumerable<(string Type, string Base64, string Name)> keys);
}

/// <summary>Makes sandboxes out of this machine's own parts.</summary>
public interface ISandboxHost
{
    /// <summary>What this machine lacks to run sandboxes and how to get it, one sentence a line; empty when all is there.</summary>
    Task<IReadOnlyList<string>> FindMissingAsync(CancellationToken cancellationToken);

    /// <summary>Kills sandboxes left by a dead marketplace whose disks lie under <paramref name="root"/>; by recorded id, never by name.</summary>
    Task SweepLeftoversAsync(string root, CancellationToken cancellationToken);

    Task CreateDiskAsync(SandboxSpec spec, CancellationToken cancellationToken);

    /// <summary>Starts the sandbox; returns when its sshd answers with a banner.</summary>
    Task<ISandbox> StartAsync(SandboxSpec spec, CancellationToken cancellationToken);

    /// <summary>Adds a key to a disk, running or not.</summary>
    Task AddKeyAsync(SandboxSpec spec, string key, CancellationToken cancellationToken);

    /// <summary>Runs one command with the disk mounted, whether or not the instance runs; combined output, bounded in time and size.</summary>
    Task<string> ExecuteAsync(SandboxSpec spec, string command, CancellationToken cancellationToken);

    /// <summary>From now on, and at every later start, the container sees its machine so.</summary>
    /// <exception cref="SandboxException">It has no disk, or is only simulated.</exception>
    void Show(SandboxSpec spec, Symptoms symptoms);

    /// <summary>What the container wrote to its log (onstart's output and sshd's), newest last.</summary>
    Task<string> ReadLogAsync(SandboxSpec spec, int tailLines, CancellationToken cancellationToken);

    /// <summary>Begins a program on a disk, whether or not an instance runs on it.</summary>
    Task<IDiskWork> BeginAsync(DiskWork work, CancellationToken cancellationToken);

    /// <summary>Starts the ssh server of a host, by which copies come and go; returns when it answers.</summary>
    /// <param name="directory">Where its files lie on this machine; the connections that it takes come to the socket <c>door/relay</c> in there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IHostSsh> StartHostSshAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Deletes a volume's disk for good; fine when it was never used. No instance has it any more.</summary>
    Task DeleteVolumeAsync(VolumeMount volume, CancellationToken cancellationToken);

    /// <summary>Deletes the disk for good.</summary>
    Task DeleteDiskAsync(SandboxSpec spec, CancellationToken cancellationToken);
}
