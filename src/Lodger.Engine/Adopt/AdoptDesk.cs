using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Adopt;

/// <summary>A rental that somebody else made, and what of it would be saved.</summary>
/// <param name="Look">What the machine says of itself.</param>
/// <param name="Paths">What would be saved, with no path inside another; empty: nothing was named yet.</param>
/// <param name="CostUsd">Of the bytes on their way; null: the host names no price.</param>
/// <param name="OverProxy">Only the platform's slow ssh proxy reached it.</param>
public sealed record RentalLook(Rental Rental, BoxLook Look, IReadOnlyList<LookedPath> Paths, long Bytes, decimal? CostUsd, bool OverProxy);

/// <summary>A rental that was let go.</summary>
/// <param name="Rental">As the platform shows it now: it goes on billing; null: it does not say.</param>
/// <param name="LabelLeft">Our label, which could not be taken off it; null: it does not carry it any more.</param>
public sealed record RentalLetGo(string RentalId, string Job, Rental? Rental, string? LabelLeft, string Said);

/// <summary>What a person wants taken over.</summary>
/// <param name="Paths">Absolute, on the machine.</param>
/// <param name="Name">Of the job; null: from the rental's id.</param>
/// <param name="ResultsDirectory">Absolute, by the job's name.</param>
/// <param name="By">Who said yes.</param>
/// <param name="Key">As <see cref="Submission.Key"/>.</param>
public sealed record Adoption(
    string RentalId, IReadOnlyList<string> Paths, string? Name, Func<string, string> ResultsDirectory, string By, bool OverProxy = false, bool OverNetwork = false, string? Key = null);

/// <summary>
/// Takes over rentals that were made by hand or by another tool: looks into one, and makes a job of it that rents nothing and has everything else in common with every job: pull, proof, receipt, a person's yes,
/// destroy.
/// </summary>
public sealed class AdoptDesk(JobBoard board, TimeProvider time)
{
    private const decimal HoursPerMonth = 720;

    /// <summary>The problem of a rental that does not let Lodger's key in, before a person agreed to that.</summary>
    public const string KeyNeeded = "key-needed";

    /// <summary>A key that was given to a rental arrives a moment later.</summary>
    private const int Knocks = 12;

    /// <summary>One that does not answer is not waited for so long: each try takes its time.</summary>
    private const int Tries = 4;

    private static readonly TimeSpan BetweenKnocks = TimeSpan.FromSeconds(2);

    /// <summary>Whoever asked waits no longer than this and some: clients give up after two and a half minutes.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(2);

    /// <summary>Looks into a rental that no job owns. Nothing is written there.</summary>
    /// <param name="paths">What may be saved; empty: not known yet.</param>
    /// <param name="mayLetKeyIn">A person agreed that Lodger's ssh key is let into it, when it is not yet.</param>
    public async Task<Outcome<RentalLook>> LookAsync(string account, string rentalId, IReadOnlyList<string> paths, bool mayLetKeyIn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (AdoptRules.Refuse(paths) is { } unfit)
            return unfit;
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(LongestLook);
        try
        {
            return await LookBoundedAsync(account, rentalId, paths, mayLetKeyIn, bounded.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Problem("look-too-long", $"To look into rental {rentalId} took longer than {LongestLook.TotalMinutes:0} min.", "Ask again; when it happens again, name fewer, or smaller, directories:  --save PATH", ExitCode.Unknown, MayRetry: true);
        }
    }

    private async Task<Outcome<RentalLook>> LookBoundedAsync(string account, string rentalId, IReadOnlyList<string> paths, bool mayLetKeyIn, CancellationToken cancellationToken)
    {
        if (!(await board.AccountAsync(account, cancellationToken)).TryGet(out var open, out var problem))
            return problem;
        if (open.Foreign is null)
            return NotHere(open);
        if (!(await open.Market.ShowAsync(rentalId, cancellationToken)).TryGet(out var rental, out problem))
            return problem;
        if (rental is null)
            return new Problem("no-such-rental", $"{open.Market.Name} knows no rental {rentalId}.", "See what bills there:  lodger sweep-account", ExitCode.NotFound);
        if ((Owned(account, rental) ?? AdoptRules.Unfit(rental)) is { } refused)
            return refused;
        if (!(await LookInsideAsync(open, rental, paths, mayLetKeyIn, cancellationToken)).TryGet(out var seen, out problem))
            return problem;
        var (look, overProxy) = seen;
        if ((AdoptRules.Refuse(rental, look) ?? look.Paths.Select(AdoptRules.Refuse).FirstOrDefault(p => p is not null)) is { } unfit)
            return unfit;
        var kept = AdoptRules.Outermost(look.Paths);
        var bytes = kept.Sum(p => p.Bytes);
        return new RentalLook(rental, look, kept, bytes, TransferForecast.CostUsd(bytes, rental.UploadUsdPerGb), overProxy);
    }

    /// <summary>In the journal first, with the rental's id: whatever happens afterwards, it is seen as ours.</summary>
    public async Task<Outcome<JobSight>> AdoptAsync(string account, Adoption wish, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (wish.Paths.Count == 0)
            return new Problem("nothing-to-save", "Nothing was named that has to be saved.", "Name at least one path:  --save /workspace/out", ExitCode.BadInput);
        var name = wish.Name ?? $"rental-{wish.RentalId}";
        if (NameRules.Job(name) is { } badName)
            return new Problem("bad-name", badName, "Name it otherwise:  --name NAME", ExitCode.BadInput);
        // What needs no look at the machine comes first: a look may let our key in.
        if (wish.Key is { } key && board.SaidBefore(key, account, wish.RentalId, name, wish.By) is { } before)
            return before;
        if (board.OwnerOf(account, wish.RentalId) is { } owner)
            return JobIntake.OwnedBy(owner, wish.RentalId);
        if ((board.NameTaken(name, null) ?? LocalRoom.Refuse(1, wish.ResultsDirectory(name))) is { } unfit)
            return unfit;
        if (!(await LookAsync(account, wish.RentalId, wish.Paths, mayLetKeyIn: true, cancellationToken)).TryGet(out var seen, out var problem))
            return (wish.Key is { } again ? board.SaidBefore(again, account, wish.RentalId, name, wish.By) : null) ?? problem;
        var rental = seen.Rental;
        if (LocalRoom.Refuse(seen.Bytes, wish.ResultsDirectory(name)) is { } noRoom)
            return noRoom;
        return await board.SubmitAsync(
            new Submission(
                SpecOf(name, seen), account, OfferOf(rental), seen.CostUsd ?? 0, wish.ResultsDirectory(name), wish.By, new Dictionary<string, string>(), rental.Interruptible ? rental.BidUsdPerHour ?? rental.GpuUsdPerHour : null,
                OverProxy: wish.OverProxy, OverNetwork: wish.OverNetwork, Key: wish.Key, Adopts: new AdoptedRental(rental.Id, rental.Label, [.. seen.Paths.Select(p => p.Path!)])),
            cancellationToken);
    }

    /// <summary>What it is worth to the gate and to the plan of nothing: the files that were named, from the machine's root on.</summary>
    private static JobSpec SpecOf(string name, RentalLook seen) => new()
    {
        Name = name,
        Image = "as-rented",
        Gpu = new GpuRequest([seen.Rental.GpuName], seen.Rental.GpuCount, null),
        DiskGb = Math.Max(1, (int)Math.Ceiling(seen.Rental.DiskGb)),
        Run = "# what runs there was started by somebody else",
        Workdir = "/",
        Results = [.. seen.Paths.Select(p => p.Path![1..])],
        Teardown = TeardownMode.Ask,
        StopWhenAbandonedAfter = null,
    };

    private static Offer OfferOf(Rental rental) => new()
    {
        Id = rental.Id,
        MachineId = rental.MachineId,
        HostId = "",
        GpuName = rental.GpuName,
        GpuCount = rental.GpuCount,
        GpuMemoryMb = rental.GpuMemoryMb,
        GpuUsdPerHour = rental.GpuUsdPerHour,
        StorageUsdPerGbMonth = rental.DiskGb > 0 ? rental.DiskUsdPerHour * HoursPerMonth / (decimal)rental.DiskGb : 0,
        UploadUsdPerGb = rental.UploadUsdPerGb,
        DownloadUsdPerGb = rental.DownloadUsdPerGb,
        DiskGb = rental.DiskGb,
        ContractEnd = rental.ContractEnd,
    };

    /// <summary>Forgets a rental that was taken over, and gives it its label back. It goes on billing, for whoever made it.</summary>
    public async Task<Outcome<RentalLetGo>> ReleaseAsync(string account, string rentalId, string by, CancellationToken cancellationToken)
    {
        if (!(await board.AccountAsync(account, cancellationToken)).TryGet(out var open, out var problem))
            return problem;
        if (board.OwnerOf(account, rentalId) is not { } job)
            return new Problem("not-adopted", $"No job here has rental {rentalId}.", "See what bills there:  lodger sweep-account", ExitCode.NotFound);
        if (job.Submission.Adopts is not { } adopted)
            return new Problem("not-adopted", $"Rental {rentalId} was rented by Lodger for {job.Name}; only what was taken over is let go.", $"End it through the gate:  lodger down {job.Name}", ExitCode.BadInput);
        var shown = await open.Market.ShowAsync(rentalId, cancellationToken);
        var isGone = shown is { IsOk: true, Value: null };
        var why = new Problem(
            "rental-released",
            $"{TakeOverAct.Bills(rentalId, shown)}. It was let go, and nothing on it was touched.",
            isGone ? "See what bills there:  lodger sweep-account" : $"End it where it was started, or take it over again:  lodger adopt {rentalId}",
            ExitCode.Cancelled);
        if (board.Release(job.Id, rentalId, by, why, open.Market.MarketNow).Problem is { } notNow)
            return notNow;
        var left = await GiveLabelBackAsync(open, rentalId, job.Current!.Label, adopted.Label, cancellationToken);
        return new RentalLetGo(rentalId, job.Name, shown.IsOk ? shown.Value : null, left, why.Message);
    }

    /// <summary>Looked at now, after it was let go: only our own label is taken off, and where the platform does not say whose it has, none is.</summary>
    /// <returns>Our label, which it may still carry; null: it does not.</returns>
    private static async Task<string?> GiveLabelBackAsync(OpenAccount open, string rentalId, string ours, string? before, CancellationToken cancellationToken)
    {
        if (!(await open.Market.ShowAsync(rentalId, cancellationToken)).TryGet(out var now, out _))
            return ours;
        return now?.Label == ours && (await open.Market.LabelAsync(rentalId, before ?? "", cancellationToken)).Problem is not null ? ours : null;
    }

    internal static Problem NotHere(OpenAccount account) =>
        new("adopt-not-here", $"On {account.Market.Name} no rental of somebody else's can be taken over.", "Save it by hand, and look at the checkpoints with  lodger verify DIR", ExitCode.Prerequisite);

    private Problem? Owned(string account, Rental rental)
    {
        if (board.OwnerOf(account, rental.Id) is { } mine)
            return JobIntake.OwnedBy(mine, rental.Id);
        // One of our own, which is over for its job and is there after all: the sweep gives it back to that job, as long as it looks after it.
        if (board.Glance().Select(g => g.State).FirstOrDefault(s => s.Submission.Account == account && s.Attempts.Any(a => a.Released is null && a.Label == rental.Label)) is { } over)
        {
            return new Problem(
                "rental-owned", $"Rental {rental.Id} has the label {rental.Label} of the job {over.Name} here, which is over.",
                $"See how it ended:  lodger show {over.Id}   If it does not end this rental, give it another label in the platform's console, and adopt it then.", ExitCode.BadInput);
        }

        // One that was let go here, and whose label could not be taken off it.
        var isLetGo = board.Glance().Any(g => g.State.Submission.Account == account && g.State.Attempts.Any(a => a.Released?.RentalId == rental.Id && a.Label == rental.Label));
        return !isLetGo && rental.Label?.StartsWith(JobState.LabelPrefix, StringComparison.Ordinal) is true
            ? new Problem(
                "rental-of-other-lodger",
                $"Rental {rental.Id} has the label {rental.Label}: it belongs to a job of another Lodger, or to one whose journal is lost.",
                "Look after it where it was submitted. If that is gone, give the rental another label in the platform's console, and adopt it then.",
                ExitCode.BadInput)
            : null;
    }

    /// <summary>Whoever made it may have had another key: then ours is given to it, if a person agreed, which the platform does while it runs.</summary>
    private async Task<Outcome<(BoxLook Look, bool OverProxy)>> LookInsideAsync(
        OpenAccount account, Rental rental, IReadOnlyList<string> paths, bool mayLetKeyIn, CancellationToken cancellationToken)
    {
        Problem? last = null;
        var isLetIn = false;
        for (var knock = 0; knock < Knocks; knock++)
        {
            if (knock > 0)
                await Task.Delay(BetweenKnocks, time, cancellationToken);
            var overProxy = rental.DirectSsh is null || (rental.ProxySsh is not null && knock % 3 == 2);
            if ((await account.Foreign!.LookAsync(new BoxAddress(rental.Id, (overProxy ? rental.ProxySsh : rental.DirectSsh)!, overProxy), paths, cancellationToken)).TryGet(out var look, out last))
                return (look, overProxy);
            if (last is { Id: "look-too-long" })
                return last;
            if (last.Id != "ssh-key-refused" && !isLetIn && knock + 1 >= Tries)
                break;
            if (last.Id != "ssh-key-refused" || isLetIn)
                continue;
            if (!mayLetKeyIn)
                return new Problem(KeyNeeded, $"Rental {rental.Id} does not let Lodger's ssh key in.", $"Agree that the platform lets it in:  lodger adopt {rental.Id} --yes   (it stays there as long as the rental does)", ExitCode.ApprovalNeeded);
            if ((await account.Market.AttachSshKeyAsync(rental.Id, account.SshPublicKey, cancellationToken)).Problem is { } noKey)
                return noKey;
            isLetIn = true;
        }

        return new Problem("box-unreachable", $"Rental {rental.Id} runs but cannot be used over ssh: {last!.Message}", last.Fix, ExitCode.RentalUnusable);
    }
}
