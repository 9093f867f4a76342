using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Simulated;

/// <summary>Instances without processes: for thousands at once, and for tests of the market itself. Nothing answers on their ports.</summary>
public sealed class SimulatedSandboxHost : ISandboxHost
{
    public Task<IReadOnlyList<string>> FindMissingAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task SweepLeftoversAsync(string root, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task CreateDiskAsync(SandboxSpec spec, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<ISandbox> StartAsync(SandboxSpec spec, CancellationToken cancellationToken) => Task.FromResult<ISandbox>(new SimulatedSandbox());

    public Task AddKeyAsync(SandboxSpec spec, string key, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<string> ExecuteAsync(SandboxSpec spec, string command, CancellationToken cancellationToken) =>
        Task.FromResult($"simulated instance {spec.InstanceId}: {command}\n");

    public Task<string> ReadLogAsync(SandboxSpec spec, int tailLines, CancellationToken cancellationToken) =>
        Task.FromResult($"simulated instance {spec.InstanceId} keeps no log\n");

    public void Show(SandboxSpec spec, Symptoms symptoms) => throw new SandboxException("A simulated instance sees nothing.");

    public Task<IDiskWork> BeginAsync(DiskWork work, CancellationToken cancellationToken) =>
        throw new SandboxException("A simulated instance has no disk to work on.");

    public Task<IHostSsh> StartHostSshAsync(string directory, CancellationToken cancellationToken) =>
        throw new SandboxException("A simulated host has no ssh server.");

    public Task DeleteVolumeAsync(VolumeMount volume, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DeleteDiskAsync(SandboxSpec spec, CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed class SimulatedSandbox : ISandbox
    {
        private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int SshPort => 0;

        public int NotebookPort => 0;

        public Task Exited => _exited.Task;

        public Task<CaughtWrite?> FreezeInWriteAsync(string directory, TimeSpan within, CancellationToken cancellationToken) => Task.FromResult<CaughtWrite?>(null);

        public void Thaw()
        {
        }

        public Task KillAsync()
        {
            _exited.TrySetResult();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            _exited.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
