using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Life;

/// <summary>How a contract passes from one phase or price to the next: metered up to the moment, then billed as the new one is, then saved.</summary>
internal sealed class Passage(Book book, Boxes boxes, Moment moment)
{
    /// <summary>Rises with every change of what is billed.</summary>
    public int Changes { get; private set; }

    /// <summary>By how much what is billed may have risen since the marketplace started: what each change bills from then on, all added up. USD per hour.</summary>
    public decimal RiseUsdPerHour { get; private set; }

    public void Enter(Contract contract, Phase phase, DateTimeOffset? due = null, string? message = null)
    {
        boxes.MeterTo(contract, moment.Now);
        contract.Phase = phase;
        contract.PhaseSince = contract.MeteredTo;
        contract.PhaseDue = due;
        contract.Message = message;
        if (phase != Phase.Running) contract.RunningSince = null;
        Bill(contract, BillingOf(phase));
        book.Save(contract);
    }

    /// <summary>Another price for the GPUs from this moment on.</summary>
    public void Reprice(Contract contract, decimal gpuUsdPerHour)
    {
        boxes.MeterTo(contract, moment.Now);
        contract.Tariff = contract.Tariff.WithGpuPrice(gpuUsdPerHour, contract.Usage.GpuTicks);
        Bill(contract, contract.Billing);
        book.Save(contract);
    }

    /// <summary>The GPUs bill only while the container runs; nothing bills while the host is away.</summary>
    private static Billing BillingOf(Phase phase) => phase switch
    {
        Phase.Running => Billing.Disk | Billing.Gpu,
        Phase.Offline or Phase.Destroyed => Billing.Nothing,
        Phase.Stopped or Phase.Scheduling => Billing.Disk | Billing.Stopped,
        _ => Billing.Disk,
    };

    private void Bill(Contract contract, Billing billing)
    {
        Changes++;
        RiseUsdPerHour += Meter.UsdPerHour(billing, contract.Tariff);
        var price = contract.Tariff.GpuUsdPerHour;
        if (contract.BillingHistory.Count == 0 || contract.Billing != billing || contract.BillingHistory[^1].GpuUsdPerHour != price)
            contract.BillingHistory.Add(new BillingChange(contract.MeteredTo, billing, price));
    }
}
