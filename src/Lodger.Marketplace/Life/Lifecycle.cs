using Lodger.Marketplace.Clock;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;
using Lodger.Marketplace.Network;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Life;

/// <summary>How the market behaves in time.</summary>
/// <param name="Provisioning">Market time before a host begins.</param>
/// <param name="PullFactor">Multiplies image pull times; 0 for none.</param>
internal sealed record LifeSettings(TimeSpan Provisioning, double PullFactor);

/// <summary>
/// Moves contracts through their phases. All public members are called with the book's lock held. What is due is done by <see cref="Step"/>, at
/// the market's pace; what a sandbox does in real time reports back under the lock, and only if it is still wanted.
/// </summary>
internal sealed class Lifecycle(Book book, MarketClock clock, ISandboxHost host, BoxPorts ports, SpecMaker specs, LifeSettings settings)
    : IDisposable
{
    private static readonly TimeSpan BootTimeout = TimeSpan.FromSeconds(120);
    private readonly Dictionary<long, Box> _boxes = [];
    private readonly List<Task> _departures = [];
    private readonly CancellationTokenSource _ending = new();

    /// <summary>The live side of a contract that is not destroyed.</summary>
    public Box BoxOf(Contract contract)
    {
        if (_boxes.TryGetValue(contract.Id, out var box)) return box;
        box = new Box(new Traffic(contract.Usage.UploadedBytes, contract.Usage.DownloadedBytes));
        _boxes[contract.Id] = box;
        if (contract.IsAlive) ports.OpenProxy(box, contract.Id);
        return box;
    }

    public SandboxSpec SpecOf(Contract contract) => specs.Make(contract, book.Machines[contract.MachineId], BoxOf(contract).Ports, BoxOf(contract).UdpPorts);

    /// <summary>A new contract begins, holding its GPUs, or (without them) waits.</summary>
    public void Begin(Contract contract)
    {
        contract.MeteredTo = clock.GetUtcNow();
        BoxOf(contract);
        if (contract.HoldsGpus) Enter(contract, Phase.Provisioning, clock.GetUtcNow() + settings.Provisioning);
        else Enter(contract, contract.WantsToRun ? Phase.Scheduling : Phase.Stopped);
    }

    /// <summary>After a restart of the marketplace: time that nobody metered is free, and what ran boots again.</summary>
    public void Resume(Contract contract)
    {
        var now = clock.GetUtcNow();
        var billing = contract.Billing;
        if (billing != Billing.Nothing)
        {
            contract.BillingHistory.Add(new BillingChange(contract.MeteredTo, Billing.Nothing));
            contract.BillingHistory.Add(new BillingChange(now, billing));
        }

        contract.MeteredTo = now;
        if (contract.Phase is Phase.Running or Phase.Starting or Phase.Exited) EnterBoot(contract);
        else if (contract.Phase == Phase.Offline) ReturnFromOffline(contract);
        else book.Save(contract);
    }

    /// <summary>Stops with no notice. The disk stays, the GPUs go.</summary>
    public void Stop(Contract contract, StopCause cause, string message)
    {
        contract.WantsToRun = false;
        contract.StopCause = cause;
        book.Release(contract);
        if (contract.Phase == Phase.Offline)
        {
            book.Save(contract);
            return;
        }

        Abandon(contract);
        Enter(contract, Phase.Stopped, message: message);
    }

    /// <summary>Asks to run again; that happens when its own GPUs are free.</summary>
    public void Start(Contract contract)
    {
        if (contract.WantsToRun && contract.Phase is not (Phase.Exited or Phase.Failed)) return;
        contract.WantsToRun = true;
        contract.StopCause = StopCause.None;
        if (contract.Phase == Phase.Offline)
        {
            book.Save(contract);
            return;
        }

        Abandon(contract);
        Enter(contract, Phase.Scheduling);
    }

    /// <summary>Stops and starts the container without giving the GPUs back.</summary>
    public void Reboot(Contract contract)
    {
        if (contract.Phase is not (Phase.Running or Phase.Exited)) return;
        Abandon(contract);
        EnterBoot(contract);
    }

    /// <summary>Ends the contract and deletes its data.</summary>
    public void Destroy(Contract contract)
    {
        var spec = SpecOf(contract);
        var box = BoxOf(contract);
        contract.WantsToRun = false;
        contract.DestroyedAt = clock.GetUtcNow();
        book.Release(contract);
        Abandon(contract);
        Enter(contract, Phase.Destroyed);
        _boxes.Remove(contract.Id);
        _departures.RemoveAll(d => d.IsCompleted);
        _departures.Add(box.Enqueue(async () =>
        {
            if (box.Proxy is { } proxy) await proxy.DisposeAsync();
            await DeleteDiskAsync(spec);
        }));
    }

    /// <summary>The host's machine loses power or its line.</summary>
    public void TakeOffline(long machineId)
    {
        book.OfflineMachines.Add(machineId);
        foreach (var contract in book.Alive.Where(c => c.MachineId == machineId && c.Phase != Phase.Offline))
        {
            Abandon(contract);
            Enter(contract, Phase.Offline, message: "The host machine is offline");
        }
    }

    public void BringOnline(long machineId)
    {
        book.OfflineMachines.Remove(machineId);
        foreach (var contract in book.Alive.Where(c => c.MachineId == machineId && c.Phase == Phase.Offline))
            ReturnFromOffline(contract);
    }

    /// <summary>Meters everything up to now and does what is due.</summary>
    public void Step()
    {
        var now = clock.GetUtcNow();
        foreach (var contract in book.Alive)
        {
            MeterTo(contract, now);
            if (contract.WantsToRun && now >= contract.EndsAt) Stop(contract, StopCause.ContractEnd, "The rental's end date has been reached");
            else StepPhase(contract, now);
        }

        foreach (var account in book.Accounts)
            if (book.BalanceUsd(account) <= 0)
                foreach (var contract in book.Alive.Where(c => c.AccountId == account.Id && c.WantsToRun))
                    Stop(contract, StopCause.Balance, "Stopped: the account's balance is used up");
    }

    /// <summary>Kills every sandbox and closes every port; bounded by <paramref name="timeout"/>. The contracts stay as they are. Called without the lock.</summary>
    public async Task ShutDownAsync(TimeSpan timeout)
    {
        List<Task> ends = [];
        lock (book.Lock)
        {
            foreach (var box in _boxes.Values)
            {
                Abandon(box);
                _ = box.Enqueue(async () =>
                {
                    if (box.Proxy is { } proxy) await proxy.DisposeAsync();
                });
                ends.Add(box.Idle);
            }

            ends.AddRange(_departures); // Destroyed just now: killed and deleted before we go.
        }

        await _ending.CancelAsync(); // Only now: a boot that is cut short must already be obsolete, or it would count as failed.
        await Task.WhenAny(Task.WhenAll(ends), Task.Delay(timeout));
    }

    /// <summary>Deletes the disk of a destroyed contract; what fails is tried again at the marketplace's next start.</summary>
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

    public void Dispose() => _ending.Dispose();

    /// <summary>Brings a living contract's usage up to <paramref name="now"/>.</summary>
    public void MeterTo(Contract contract, DateTimeOffset now)
    {
        var traffic = BoxOf(contract).Traffic;
        contract.Usage = Meter.Advance(contract.Usage, contract.Billing, Max(now - contract.MeteredTo, TimeSpan.Zero)) with
        {
            UploadedBytes = traffic.UploadedBytes,
            DownloadedBytes = traffic.DownloadedBytes,
        };
        contract.MeteredTo = now > contract.MeteredTo ? now : contract.MeteredTo;
    }

    private void StepPhase(Contract contract, DateTimeOffset now)
    {
        switch (contract.Phase)
        {
            case Phase.Provisioning when now >= contract.PhaseDue:
                EnterBoot(contract);
                break;
            case Phase.Pulling when now >= contract.PhaseDue:
                contract.HasImage = true;
                EnterBoot(contract);
                break;
            case Phase.Scheduling when book.AreFree(contract.GpuIds, contract.Id):
                book.Hold(contract);
                EnterBoot(contract);
                break;
            case Phase.Running when BoxOf(contract).Sandbox is { Exited.IsCompleted: true }:
                Abandon(contract);
                Enter(contract, Phase.Exited, message: "The container's first process has ended");
                break;
            default:
                break;
        }
    }

    private void EnterBoot(Contract contract)
    {
        if (!contract.HasImage)
        {
            var pull = Images.PullTime(contract.Image, book.Machines[contract.MachineId].DownloadMbitPerSecond) * settings.PullFactor * contract.PullSlowdown;
            Enter(contract, Phase.Pulling, contract.BootFault == BootFault.Stuck ? null : clock.GetUtcNow() + pull);
            return;
        }

        if (contract.BootFault == BootFault.ImageError)
        {
            Enter(contract, Phase.Failed, message: "Error: OCI runtime create failed: container_linux.go: starting container process caused: exec format error");
            return;
        }

        Enter(contract, Phase.Starting);
        if (contract.BootFault == BootFault.Stuck) return;
        var box = BoxOf(contract);
        var generation = ++box.Generation;
        _ = box.Enqueue(() => BootAsync(contract, box, generation));
    }

    private async Task BootAsync(Contract contract, Box box, int generation)
    {
        try
        {
            SandboxSpec spec;
            lock (book.Lock)
            {
                if (box.Generation != generation) return;
                ports.OpenRun(box, contract);
                spec = SpecOf(contract);
            }

            using var bound = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            bound.CancelAfter(BootTimeout);
            if (!contract.HasDisk) await CreateDiskAsync(contract, spec, bound.Token);
            var sandbox = await host.StartAsync(spec, bound.Token);
            var wanted = false;
            lock (book.Lock)
            {
                wanted = box.Generation == generation;
                if (wanted)
                {
                    box.Sandbox = sandbox;
                    BoxPorts.PointSshTo(box, sandbox.SshPort);
                    contract.HasRun = true;
                    contract.RunningSince = clock.GetUtcNow();
                    Enter(contract, Phase.Running, message: $"success, running {contract.Image}/ssh");
                }
            }

            if (!wanted) await EndAsync(sandbox);
        }
        catch (Exception e)
        {
            lock (book.Lock)
                if (box.Generation == generation)
                    Enter(contract, Phase.Failed, message: "Error: OCI runtime create failed: " + e.Message);
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

    private void ReturnFromOffline(Contract contract)
    {
        if (contract.WantsToRun && contract.HoldsGpus) EnterBoot(contract);
        else Enter(contract, contract.WantsToRun ? Phase.Scheduling : Phase.Stopped);
    }

    private void Abandon(Contract contract) => Abandon(BoxOf(contract));

    /// <summary>Makes any start under way obsolete, takes the ports away now and kills the sandbox as soon as the box is free.</summary>
    private static void Abandon(Box box)
    {
        box.Generation++;
        var closing = BoxPorts.CloseRun(box);
        var sandbox = box.Sandbox;
        box.Sandbox = null;
        _ = box.Enqueue(async () =>
        {
            if (sandbox is not null) await EndAsync(sandbox);
            foreach (var forwarder in closing) await forwarder.DisposeAsync();
        });
    }

    private static async Task EndAsync(ISandbox sandbox)
    {
        await sandbox.KillAsync();
        await sandbox.DisposeAsync();
    }

    private void Enter(Contract contract, Phase phase, DateTimeOffset? due = null, string? message = null)
    {
        var now = clock.GetUtcNow();
        MeterTo(contract, now);
        contract.Phase = phase;
        contract.PhaseSince = contract.MeteredTo;
        contract.PhaseDue = due;
        contract.Message = message;
        if (phase != Phase.Running) contract.RunningSince = null;
        var billing = phase switch
        {
            Phase.Running => Billing.Disk | Billing.Gpu,
            Phase.Offline or Phase.Destroyed => Billing.Nothing,
            _ => Billing.Disk,
        };
        if (contract.BillingHistory.Count == 0 || contract.Billing != billing)
            contract.BillingHistory.Add(new BillingChange(contract.MeteredTo, billing));
        book.Save(contract);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
