using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Life;

/// <summary>
/// The way from held GPUs to a container that runs: the image's pull in market time, the sandbox's start in real time. What a sandbox does reports back under
/// the book's lock, and only if it is still wanted. Public members are called with that lock held unless they say otherwise.
/// </summary>
internal sealed class Boots(Book book, Boxes boxes, Passage passage, Moment moment, ISandboxHost host, BoxPorts ports, LifeSettings settings) : IDisposable
{
    private static readonly TimeSpan BootTimeout = TimeSpan.FromSeconds(170);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Called before a boot reports back, so that what fell due before comes before.</summary>
    public Action CatchUp { get; set; } = () => { };

    public void Begin(Contract contract)
    {
        if (!contract.HasImage)
        {
            var pull = Images.PullTime(contract.Image, book.Machines[contract.MachineId].DownloadMbitPerSecond) * settings.PullFactor * contract.PullSlowdown;
            passage.Enter(contract, Phase.Pulling, contract.BootFault == BootFault.Stuck ? null : moment.Now + pull);
            return;
        }

        if (contract.BootFault == BootFault.ImageError)
        {
            passage.Enter(contract, Phase.Failed, message: "Error: OCI runtime create failed: container_linux.go: starting container process caused: exec format error");
            return;
        }

        if (ImageRequirement.Unmet(contract, book.Machines[contract.MachineId]) is { } unmet)
        {
            passage.Enter(contract, Phase.Failed, message: "Error: OCI runtime create failed: " + unmet);
            return;
        }

        passage.Enter(contract, Phase.Starting);
        if (contract.BootFault == BootFault.Stuck) return;
        var box = boxes.Of(contract);
        var generation = ++box.Generation;
        _ = box.Enqueue(() => BootAsync(contract, box, generation));
    }

    /// <summary>Makes any start under way obsolete, takes the ports away now and kills the sandbox, without a signal, as soon as the box is free.</summary>
    public static void Abandon(Box box)
    {
        box.Generation++;
        box.Activity = null;
        var closing = BoxPorts.CloseRun(box);
        var sandbox = box.Sandbox;
        box.Sandbox = null;
        _ = box.Enqueue(async () =>
        {
            if (sandbox is not null) await EndAsync(sandbox);
            foreach (var forwarder in closing) await forwarder.DisposeAsync();
        });
    }

    /// <summary>Deletes the disk of a destroyed contract; what fails is tried again at the marketplace's next start. Called without the lock.</summary>
    public async Task DeleteDiskAsync(SandboxSpec spec)
    {
        try
        {
            using var bound = new CancellationTokenSource(BootTimeout);
            if (Directory.Exists(spec.DiskDirectory)) await host.DeleteDiskAsync(spec, bound.Token);
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"disk of instance {spec.InstanceId} not deleted, will be tried again at the next start: {e.Message}");
        }
    }

    /// <summary>Cuts short what is under way; it must already be obsolete, or it would count as failed. Called without the lock.</summary>
    public Task EndAsync() => _ending.CancelAsync();

    public void Dispose() => _ending.Dispose();

    private async Task BootAsync(Contract contract, Box box, int generation)
    {
        try
        {
            SandboxSpec spec;
            lock (book.Lock)
            {
                if (box.Generation != generation) return;
                ports.OpenRun(box, contract);
                spec = boxes.SpecOf(contract);
            }

            using var bound = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            bound.CancelAfter(BootTimeout);
            if (!contract.HasDisk) await CreateDiskAsync(contract, spec, bound.Token);
            var sandbox = await host.StartAsync(spec, bound.Token);
            var wanted = false;
            lock (book.Lock)
            {
                CatchUp();
                wanted = box.Generation == generation;
                if (wanted) Welcome(contract, box, sandbox);
            }

            if (!wanted) await EndAsync(sandbox);
        }
        catch (Exception e)
        {
            lock (book.Lock)
                if (box.Generation == generation)
                    passage.Enter(contract, Phase.Failed, message: "Error: OCI runtime create failed: " + e.Message);
        }
    }

    private void Welcome(Contract contract, Box box, ISandbox sandbox)
    {
        box.Sandbox = sandbox;
        BoxPorts.PointTo(box, contract, sandbox);
        contract.HasRun = true;
        contract.RunningSince = moment.Now;
        passage.Enter(contract, Phase.Running, message: $"success, running {contract.Image}/ssh");
        if (contract is { KeyDelaySeconds: > 0, HasKeys: false }) _ = BringKeysLateAsync(contract, box);
    }

    /// <summary>The keys of a box that booted without them.</summary>
    private async Task BringKeysLateAsync(Contract contract, Box box)
    {
        await Task.Delay(TimeSpan.FromSeconds(contract.KeyDelaySeconds), settings.RealTime, _ending.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        lock (book.Lock)
        {
            if (!contract.IsAlive || _ending.IsCancellationRequested) return;
            contract.HasKeys = true;
            book.Save(contract);
            var spec = boxes.SpecOf(contract);
            _ = box.Enqueue(async () =>
            {
                using var bound = new CancellationTokenSource(BootTimeout);
                foreach (var key in spec.AuthorizedKeys) await host.AddKeyAsync(spec, key, bound.Token);
            });
        }
    }

    private async Task CreateDiskAsync(Contract contract, SandboxSpec spec, CancellationToken cancellationToken)
    {
        // A marketplace that was killed while it made this disk left a half-made one.
        if (Directory.Exists(spec.DiskDirectory)) await host.DeleteDiskAsync(spec, cancellationToken);
        await host.CreateDiskAsync(spec, cancellationToken);
        lock (book.Lock)
        {
            contract.HasDisk = true;
            if (contract.IsAlive) book.Save(contract);
        }
    }

    private static async Task EndAsync(ISandbox sandbox)
    {
        await sandbox.KillAsync();
        await sandbox.DisposeAsync();
    }
}
