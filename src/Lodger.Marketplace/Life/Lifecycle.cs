using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Life;

/// <summary>How the market behaves in time.</summary>
/// <param name="Provisioning">Market time before a host begins.</param>
/// <param name="PullFactor">Multiplies image pull times; 0 for none.</param>
/// <param name="RealTime">For delays that are the network's and not the market's.</param>
internal sealed record LifeSettings(TimeSpan Provisioning, double PullFactor, TimeProvider RealTime);

/// <summary>What can happen to a contract or a machine. All public members are called with the book's lock held, unless they say otherwise.</summary>
internal sealed class Lifecycle(Book book, Boxes boxes, Passage passage, Boots boots, Bidding bidding, Moment moment)
{
    private readonly List<Task> _departures = [];

    /// <summary>The live side of a contract that is not destroyed.</summary>
    public Box BoxOf(Contract contract) => boxes.Of(contract);

    public SandboxSpec SpecOf(Contract contract) => boxes.SpecOf(contract);

    /// <summary>Brings a living contract's usage up to <paramref name="now"/>.</summary>
    public void MeterTo(Contract contract, DateTimeOffset now) => boxes.MeterTo(contract, now);

    /// <summary>Holds the auction on a machine: who is better runs, the others do not.</summary>
    public void Settle(long machineId) => bidding.Settle(machineId);

    /// <summary>A new contract begins, with its GPUs if it can have them; otherwise it waits, or (as a bid) lies stopped.</summary>
    public void Begin(Contract contract)
    {
        contract.MeteredTo = moment.Now;
        book.Add(contract);
        if (contract.WantsToRun) bidding.Settle(contract.MachineId);
        if (contract.HoldsGpus) return;
        if (contract is { WantsToRun: true, BidUsdPerHour: not null })
        {
            contract.WantsToRun = false;
            contract.StopCause = StopCause.Outbid;
            passage.Enter(contract, Phase.Stopped, message: Bidding.OutbidMessage);
            return;
        }

        passage.Enter(contract, contract.WantsToRun ? Phase.Scheduling : Phase.Stopped);
    }

    /// <summary>After a restart of the marketplace: time that nobody metered is free, and what ran boots again.</summary>
    public void Resume(Contract contract)
    {
        var now = moment.Now;
        var billing = contract.Billing;
        if (billing != Billing.Nothing)
        {
            contract.BillingHistory.Add(new BillingChange(contract.MeteredTo, Billing.Nothing, contract.Tariff.GpuUsdPerHour));
            contract.BillingHistory.Add(new BillingChange(now, billing, contract.Tariff.GpuUsdPerHour));
        }

        contract.MeteredTo = now;
        if (contract.Phase is Phase.Running or Phase.Starting or Phase.Exited) boots.Begin(contract);
        else if (contract.Phase == Phase.Offline && !book.OfflineMachines.Contains(contract.MachineId)) ReturnFromOffline(contract);
        else book.Save(contract);
    }

    /// <summary>Stops with no notice. The disk stays, the GPUs go to whoever has priority now.</summary>
    public void Stop(Contract contract, StopCause cause, string message)
    {
        contract.WantsToRun = false;
        contract.StopCause = cause;
        contract.HoldsGpus = false;
        if (contract.Phase == Phase.Offline)
        {
            book.Save(contract);
            return;
        }

        Boots.Abandon(boxes.Of(contract));
        passage.Enter(contract, Phase.Stopped, message: message);
        bidding.Settle(contract.MachineId);
    }

    /// <summary>Asks to run again; that happens when its own GPUs are free for it.</summary>
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

        Boots.Abandon(boxes.Of(contract));
        passage.Enter(contract, Phase.Scheduling);
        if (contract.HoldsGpus) boots.Begin(contract);
        else bidding.Settle(contract.MachineId);
    }

    /// <summary>Stops and starts the container without giving the GPUs back.</summary>
    public void Reboot(Contract contract)
    {
        if (contract.Phase is not (Phase.Running or Phase.Exited)) return;
        Boots.Abandon(boxes.Of(contract));
        boots.Begin(contract);
    }

    /// <summary>A fresh container of a newly pulled image under the same contract, on the same GPUs: everything on its disk is gone, its volumes are not.</summary>
    public void Recycle(Contract contract)
    {
        if (contract.Phase is not (Phase.Running or Phase.Exited or Phase.Failed) || !contract.HoldsGpus) return;
        Boots.Abandon(boxes.Of(contract));
        contract.HasImage = false;
        contract.HasDisk = false;
        boots.Begin(contract);
    }

    /// <summary>Bids something else for a rental, running or waiting.</summary>
    public void ChangeBid(Contract contract, decimal usdPerHour)
    {
        contract.BidUsdPerHour = usdPerHour;
        passage.Reprice(contract, usdPerHour);
        bidding.Settle(contract.MachineId);
    }

    /// <summary>Puts money aside for a rental on demand and makes its GPUs cheaper from now on.</summary>
    public void Prepay(Contract contract, decimal usd, decimal discount)
    {
        if (contract.PrepaidUsd == 0) contract.PrepaidSpentFrom = contract.Charges.TotalUsd;
        contract.PrepaidUsd += usd;
        var listed = contract.Tariff.GpuUsdPerHour / (1 - contract.Discount);
        contract.Discount = discount;
        passage.Reprice(contract, listed * (1 - discount));
    }

    /// <summary>Ends the contract and deletes its data.</summary>
    public void Destroy(Contract contract)
    {
        var spec = boxes.SpecOf(contract);
        var box = boxes.Of(contract);
        contract.WantsToRun = false;
        contract.HoldsGpus = false;
        Boots.Abandon(box);
        boxes.MeterTo(contract, moment.Now);
        contract.DestroyedAt = contract.MeteredTo;
        passage.Enter(contract, Phase.Destroyed);
        boxes.Forget(contract);
        _departures.RemoveAll(d => d.IsCompleted);
        _departures.Add(box.Enqueue(async () =>
        {
            await box.CloseProxiesAsync();
            await boots.DeleteDiskAsync(spec);
        }));
        bidding.Settle(contract.MachineId);
    }

    /// <summary>The host's machine loses power or its line.</summary>
    public void TakeOffline(long machineId)
    {
        book.OfflineMachines.Add(machineId);
        book.Volumes.MeterTo(moment.Now, book.OfflineMachines);
        foreach (var contract in book.Alive.Where(c => c.MachineId == machineId && c.Phase != Phase.Offline))
        {
            Boots.Abandon(boxes.Of(contract));
            passage.Enter(contract, Phase.Offline, message: "The host machine is offline");
        }
    }

    /// <summary>It is back, unless it has vanished: what wanted to run boots again, if nobody with priority came meanwhile.</summary>
    public void BringOnline(long machineId)
    {
        if (book.VanishedMachines.Contains(machineId)) return;
        book.OfflineMachines.Remove(machineId);
        book.Volumes.MeterTo(moment.Now, book.OfflineMachines);
        bidding.Settle(machineId);
        foreach (var contract in book.Alive.Where(c => c.MachineId == machineId && c.Phase == Phase.Offline))
            ReturnFromOffline(contract);
    }

    /// <summary>The machine goes offline and never comes back; neither does what is on it.</summary>
    public void Vanish(long machineId)
    {
        book.SaveVanished(machineId);
        TakeOffline(machineId);
    }

    /// <summary>A phase that lasts a certain time is over.</summary>
    public void EndPhase(Contract contract)
    {
        if (contract.Phase == Phase.Pulling) contract.HasImage = true;
        if (contract.Phase is Phase.Provisioning or Phase.Pulling) boots.Begin(contract);
    }

    /// <summary>Looks whether the container's first process has ended by itself.</summary>
    public void NoticeExit(Contract contract)
    {
        if (contract.Phase != Phase.Running || boxes.Of(contract).Sandbox is not { Exited.IsCompleted: true }) return;
        Boots.Abandon(boxes.Of(contract));
        passage.Enter(contract, Phase.Exited, message: "The container's first process has ended");
    }

    /// <summary>Deletes the disk of a contract that was destroyed earlier. Called without the lock.</summary>
    public Task DeleteDiskAsync(SandboxSpec spec) => boots.DeleteDiskAsync(spec);

    /// <summary>Kills every sandbox and closes every port; bounded by <paramref name="timeout"/>. The contracts stay as they are. Called without the lock.</summary>
    public async Task ShutDownAsync(TimeSpan timeout)
    {
        List<Task> ends = [];
        lock (book.Lock)
        {
            foreach (var box in boxes.All)
            {
                Boots.Abandon(box);
                _ = box.Enqueue(box.CloseProxiesAsync);
                ends.Add(box.Idle);
            }

            ends.AddRange(_departures); // Destroyed just now: killed and deleted before we go.
        }

        await boots.EndAsync(); // Only now: a boot that is cut short must already be obsolete.
        await Task.WhenAny(Task.WhenAll(ends), Task.Delay(timeout));
    }

    private void ReturnFromOffline(Contract contract)
    {
        if (contract.WantsToRun && contract.HoldsGpus) boots.Begin(contract);
        else passage.Enter(contract, contract.WantsToRun ? Phase.Scheduling : Phase.Stopped);
    }
}
