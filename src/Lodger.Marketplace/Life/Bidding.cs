using Lodger.Marketplace.Auction;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Life;

/// <summary>Holds the auction on a machine whenever something there has changed, and carries out what it decides.</summary>
internal sealed class Bidding(Book book, Boxes boxes, Passage passage, Boots boots, Moment moment, LifeSettings settings)
{
    public void Settle(long machineId)
    {
        if (book.OfflineMachines.Contains(machineId)) return;
        var claims = book.ClaimsOn(machineId).Where(MeetsFloor).ToList();
        var winners = Rules.Decide(claims);
        foreach (var claim in claims.Where(c => !winners.Contains(c.Id))) Lose(claim);
        foreach (var claim in claims.Where(c => !c.Holds && winners.Contains(c.Id))) Win(claim);
    }

    /// <summary>A bid below the host's price does not take part, unless it met that price when its contract was made.</summary>
    private bool MeetsFloor(Claim claim)
    {
        if (claim.BidUsdPerGpuHour is not { } bid || book.FindContract(claim.Id) is not { } contract) return true;
        return bid >= Math.Min(book.FloorUsdPerGpuHour(contract.MachineId), contract.FloorUsdPerHour / contract.GpuIds.Count);
    }

    private void Lose(Claim claim)
    {
        if (book.Strangers.FirstOrDefault(s => s.Id == claim.Id) is { } stranger)
        {
            // Who wants a machine on demand and cannot have it goes elsewhere; a bidder waits.
            stranger.Holds = false;
            if (stranger.BidUsdPerGpuHour is null) book.RemoveStranger(stranger.Id);
            return;
        }

        if (claim.Holds) Pause(book.FindContract(claim.Id)!);
    }

    private void Win(Claim claim)
    {
        if (book.Strangers.FirstOrDefault(s => s.Id == claim.Id) is { } stranger)
        {
            stranger.Holds = true;
            return;
        }

        var contract = book.FindContract(claim.Id)!;
        contract.HoldsGpus = true;
        contract.WantsToRun = true;
        contract.StopCause = StopCause.None;
        if (contract.BillingHistory.Count == 0) passage.Enter(contract, Phase.Provisioning, moment.Now + settings.Provisioning);
        else boots.Begin(contract);
    }

    /// <summary>No notice, no signal: the processes are gone and the disk stays. It comes back by itself when it has priority again.</summary>
    private void Pause(Contract contract)
    {
        contract.HoldsGpus = false;
        contract.WantsToRun = false;
        contract.StopCause = StopCause.Outbid;
        Boots.Abandon(boxes.Of(contract));
        passage.Enter(contract, Phase.Stopped, message: OutbidMessage);
    }

    public const string OutbidMessage = "Paused: outbid";
}
