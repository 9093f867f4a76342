using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Simulation;

/// <summary>What it does to a rental that somebody else made.</summary>
internal sealed partial class SimEngine
{
    private TimeSpan CarryOutTakeOver(TakeOver a)
    {
        market.Advance(TimeSpan.FromSeconds(1));
        if (market.Chance(market.Faults.ShowUnknown) || market.Find(a.RentalId) is not { Alive: true } rental)
            return TimeSpan.FromSeconds(30);
        if (rental.Label != a.Label && rental.Label != State.Submission.Adopts!.Label)
        {
            Write(new RentalReleased(a.Attempt, a.RentalId, null, new Problem("rental-taken-elsewhere", "It is another's.", "", ExitCode.BadInput), market.Now));
            return TimeSpan.Zero;
        }

        rental.Label = a.Label;
        Write(new RentalTaken(a.Attempt, a.RentalId, a.Label, State.Submission.Adopts!.Label));
        return TimeSpan.Zero;
    }

    private TimeSpan CarryOutAskWhose(AskWhose a)
    {
        market.Advance(TimeSpan.FromSeconds(1));
        if (market.Chance(market.Faults.ShowUnknown) || market.Find(a.RentalId) is not { Alive: true } rental || rental.Label == State.Current!.Label)
            return TimeSpan.FromSeconds(15);
        Write(new RentalReleased(a.Attempt, a.RentalId, null, new Problem("rental-taken-elsewhere", "It is another's.", "", ExitCode.BadInput), market.Now));
        return TimeSpan.Zero;
    }

    /// <summary>Of a rental that somebody else made: what it held a moment ago, and it says so.</summary>
    private void Recheck(RecheckMachine a, SimRental r)
    {
        var (manifest, seenAt) = (r.Manifest, market.Now);
        if (State.IsAdopted)
            market.Advance(TimeSpan.FromSeconds(market.Next(50)));
        Write(new MachineRechecked(a.Attempt, manifest, State.IsAdopted ? seenAt : null));
    }
}
