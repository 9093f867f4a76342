namespace Lodger.Marketplace.Sandbox;

/// <summary>A running instance: its cage, its log, its port.</summary>
internal sealed class BubblewrapSandbox : ISandbox
{
    private readonly CageProcess _cage;
    private readonly WriteWatch _writes;
    private volatile bool _killed;

    private BubblewrapSandbox(CageProcess cage, InstanceDisk disk, int sshPort, int notebookPort)
    {
        _cage = cage;
        _writes = new WriteWatch(cage.First);
        SshPort = sshPort;
        NotebookPort = notebookPort;
        Exited = FinishAsync(cage, disk);
    }

    public int SshPort { get; }

    public int NotebookPort { get; }

    public Task Exited { get; }

    /// <summary>It has been killed or its first process is dead: <see cref="Exited"/> follows.</summary>
    public bool IsEnding => _killed || !First.IsAlive;

    /// <summary>First process of the sandbox; other sandboxes on the same disk join it.</summary>
    public ProcessIdentity First => _cage.First;

    /// <summary>Starts the first process; its ssh server does not answer yet.</summary>
    public static async Task<BubblewrapSandbox> LaunchAsync(
        IReadOnlyList<string> command, InstanceDisk disk, int sshPort, int notebookPort, byte[] records, CancellationToken cancellationToken)
    {
        var cage = await CageProcess.StartAsync(command, cancellationToken);
        var sandbox = new BubblewrapSandbox(cage, disk, sshPort, notebookPort);
        try
        {
            await File.WriteAllTextAsync(disk.RunRecord, cage.First.ToRecord(), cancellationToken);
            await cage.SendAsync(records, cancellationToken);
        }
        catch
        {
            await sandbox.KillAsync();
            throw;
        }
        return sandbox;
    }

    /// <summary>Lets onstart run. Before this word nothing of the tenant's does, so that a start which must be tried again runs it once.</summary>
    public async Task RunOnstartAsync(CancellationToken cancellationToken)
    {
        await _cage.SendAsync("onstart\n"u8.ToArray(), cancellationToken);
        _cage.EndInput();
    }

    public Task<CaughtWrite?> FreezeInWriteAsync(string directory, TimeSpan within, CancellationToken cancellationToken) => _writes.FreezeAsync(directory, within, cancellationToken);

    public void Thaw() => _writes.Thaw();

    public async Task KillAsync()
    {
        _killed = true;
        await _cage.KillAsync();
        await Exited;
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private static async Task FinishAsync(CageProcess cage, InstanceDisk disk)
    {
        var logged = ContainerLog.PumpAsync(cage.Output, disk.Log);
        await cage.Exited;
        await logged;
        await cage.DisposeAsync();
        try
        {
            File.Delete(disk.RunRecord);
        }
        catch (IOException)
        {
            // Somebody deleted the whole directory. A record that stays is harmless: that process is gone and its like will not come.
        }
    }
}
