using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Adopt;

/// <summary>Our label on a rental that somebody else made: put there once, when it still carries the one that the person saw, and looked at again before anything is destroyed.</summary>
internal sealed class TakeOverAct(JobRunner job, OpenAccount account)
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(15);

    /// <summary>The submission, which names the rental, is the intent; the calls may be made again after a crash.</summary>
    public async Task<TimeSpan> CarryOutAsync(TakeOver a, CancellationToken cancellationToken)
    {
        if (!(await account.Market.ShowAsync(a.RentalId, cancellationToken)).TryGet(out var shown, out var problem))
            return Wait($"the platform does not say whose {a.RentalId} is just now; it is asked again: {problem.Message}");
        if (shown is null)
            return Wait($"the platform shows no {a.RentalId}");
        var before = job.State.Submission.Adopts!.Label;
        if (shown.Label != a.Label && (shown.Label ?? "") != (before ?? ""))
        {
            job.Append(new RentalReleased(a.Attempt, a.RentalId, null, Elsewhere(a.RentalId, shown.Label, shown)));
            return TimeSpan.Zero;
        }

        job.RequireMayAct();
        var refusal = (await account.Market.AttachSshKeyAsync(a.RentalId, account.SshPublicKey, cancellationToken)).Problem
            ?? (await account.Market.LabelAsync(a.RentalId, a.Label, cancellationToken)).Problem;
        if (refusal is not null)
            return Wait($"{a.RentalId} cannot be labelled as Lodger's; it is tried again: {refusal.Message}");
        job.Append(new RentalTaken(a.Attempt, a.RentalId, a.Label, before));
        return TimeSpan.Zero;
    }

    /// <summary>Asked now, not remembered. What cannot be asked is not ours.</summary>
    /// <returns>Null: it carries our label, or there is none any more.</returns>
    public async Task<TimeSpan?> NotOursAsync(string rentalId, CancellationToken cancellationToken)
    {
        if (!(await account.Market.ShowAsync(rentalId, cancellationToken)).TryGet(out var shown, out var problem))
            return Wait($"the platform does not say whose {rentalId} is just now, so it is not destroyed: {problem.Message}");
        var label = job.State.Current!.Label;
        return shown is null || shown.Label == label ? null : Wait($"{rentalId} carries the label {shown.Label} and no longer {label}: it is not destroyed");
    }

    /// <summary>What a person is told of a rental that is not, or no longer, looked after here.</summary>
    internal static string Bills(string rentalId, Rental? rental) => rental switch
    {
        { Status: RentalStatus.Running } r => $"Rental {rentalId} goes on billing ${r.GpuUsdPerHour + r.DiskUsdPerHour:0.000}/h",
        { } r => $"The disk of rental {rentalId} goes on billing ${r.DiskUsdPerHour:0.000}/h",
        null => $"Rental {rentalId} goes on billing",
    };

    private static Problem Elsewhere(string rentalId, string? label, Rental rental) => new(
        "rental-taken-elsewhere",
        $"Rental {rentalId} was given the label {label} before this job could take it over: it is another's. Nothing on it was touched. {Bills(rentalId, rental)}.",
        "Look after it where that label was given.",
        ExitCode.BadInput);

    private TimeSpan Wait(string why)
    {
        job.See(l => l with { Waiting = why });
        return Later;
    }
}
