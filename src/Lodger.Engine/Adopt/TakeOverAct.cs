using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Adopt;

/// <summary>
/// Our label on a rental that somebody else made: put there when it still carries the one that the person saw, and believed only when the platform shows it afterwards, because another Lodger may do the same at
/// this moment. Looked at again before anything is destroyed.
/// </summary>
internal sealed class TakeOverAct(JobRunner job, OpenAccount account)
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(15);

    private bool IsLetGo => job.State.Current!.Released is not null;

    /// <summary>The submission, which names the rental, is the intent; the calls may be made again after a crash.</summary>
    public async Task<TimeSpan> CarryOutAsync(TakeOver a, CancellationToken cancellationToken)
    {
        var before = job.State.Submission.Adopts!.Label;
        if (!(await account.Market.ShowAsync(a.RentalId, cancellationToken)).TryGet(out var shown, out var problem))
            return Wait($"the platform does not say whose {a.RentalId} is just now; it is asked again: {problem.Message}");
        if (shown is null)
            return Wait($"the platform shows no {a.RentalId}");
        if (shown.Label != a.Label && (shown.Label ?? "") != (before ?? ""))
            return LetGo(a, shown);

        job.RequireMayAct();
        // What was given up is not read any more: no key is let into it.
        if (!job.State.Current!.IsAbandoned && (await account.Market.AttachSshKeyAsync(a.RentalId, account.SshPublicKey, cancellationToken)).Problem is { } noKey)
            return Refused(a, noKey);
        if (IsLetGo)
            return TimeSpan.Zero;
        var labelled = await account.Market.LabelAsync(a.RentalId, a.Label, cancellationToken);
        // A person let it go meanwhile, and looked at its label before this one was there.
        if (IsLetGo)
            return await GiveBackAsync(a, before, cancellationToken);
        if (labelled.Problem is { } refusal)
            return Refused(a, refusal);
        if (!(await account.Market.ShowAsync(a.RentalId, cancellationToken)).TryGet(out shown, out problem))
            return Wait($"the platform does not say just now whether {a.RentalId} has its label; it is asked again: {problem.Message}");
        if (shown is not null && shown.Label != a.Label && (shown.Label ?? "") != (before ?? ""))
            return LetGo(a, shown);
        if (shown?.Label != a.Label)
            return Wait($"until the platform shows the label of {a.RentalId}");
        return job.AppendIf(s => s.Current!.Released is null, new RentalTaken(a.Attempt, a.RentalId, a.Label, before)) ? TimeSpan.Zero : await GiveBackAsync(a, before, cancellationToken);
    }

    /// <summary>A listing showed another label: what the platform says of the rental itself counts.</summary>
    public async Task<TimeSpan> AskWhoseAsync(AskWhose a, CancellationToken cancellationToken)
    {
        if (!(await account.Market.ShowAsync(a.RentalId, cancellationToken)).TryGet(out var shown, out var problem))
            return Wait($"the platform does not say whose {a.RentalId} is just now; it is asked again: {problem.Message}");
        if (shown is null || shown.Label == job.State.Current!.Label)
            return Wait($"until the platform's list shows the label of {a.RentalId}");
        job.AppendIf(s => s.Current is { Released: null, DestroyIntendedAt: null }, RentalOwner.TakenElsewhere(job.State, job.State.Current!, shown, account.Market.MarketNow));
        return TimeSpan.Zero;
    }

    /// <summary>Asked now, not remembered. What cannot be asked is not ours.</summary>
    /// <returns>Null: it carries our label, or there is none any more.</returns>
    public async Task<TimeSpan?> NotOursAsync(string rentalId, CancellationToken cancellationToken)
    {
        if (!(await account.Market.ShowAsync(rentalId, cancellationToken)).TryGet(out var shown, out var problem))
            return Wait($"the platform does not say whose {rentalId} is just now, so it is not destroyed: {problem.Message}");
        var label = job.State.Current!.Label;
        return shown is null || shown.Label == label ? null : Wait($"{rentalId} carries {Said(shown.Label)} and no longer {label}: it is not destroyed");
    }

    /// <summary>What a person is told of a rental that is not, or no longer, looked after here.</summary>
    internal static string Bills(string rentalId, Outcome<Rental?> shown) => shown.TryGet(out var rental, out _)
        ? rental switch
        {
            { Status: RentalStatus.Running } r => $"Rental {rentalId} goes on billing ${r.GpuUsdPerHour + r.DiskUsdPerHour:0.000#}/h, to whoever made it",
            { } r => $"The disk of rental {rentalId} goes on billing ${r.DiskUsdPerHour:0.000#}/h, to whoever made it",
            null => $"The platform knows no rental {rentalId} any more, and nothing of it bills",
        }
        : $"Rental {rentalId} may go on billing, to whoever made it: the platform does not say just now";

    private TimeSpan LetGo(TakeOver a, Rental shown)
    {
        var why = new Problem(
            "rental-taken-elsewhere",
            $"Rental {a.RentalId} carries {Said(shown.Label)} since before this job could take it over: it is another's. Nothing on it was touched. {Bills(a.RentalId, shown)}.",
            "Look after it where its label was given.",
            ExitCode.BadInput);
        job.AppendIf(s => s.Current!.Released is null, new RentalReleased(a.Attempt, a.RentalId, null, why, account.Market.MarketNow));
        return TimeSpan.Zero;
    }

    private async Task<TimeSpan> GiveBackAsync(TakeOver a, string? before, CancellationToken cancellationToken)
    {
        if ((await account.Market.LabelAsync(a.RentalId, before ?? "", cancellationToken)).Problem is { } refusal)
            job.Append(new Noted($"{a.RentalId} was let go and may still carry the label {a.Label}: {refusal.Message}"));
        return TimeSpan.Zero;
    }

    private TimeSpan Refused(TakeOver a, Problem refusal) => Wait($"{a.RentalId} cannot be labelled as Lodger's; it is tried again: {refusal.Message}");

    private static string Said(string? label) => label is { Length: > 0 } ? $"the label {label}" : "no label";

    private TimeSpan Wait(string why)
    {
        job.See(l => l with { Waiting = why });
        return Later;
    }
}
