using System.Globalization;
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
    private const int PathsMax = 64;
    private const int PathCharactersMax = 1024;
    private const decimal HoursPerMonth = 720;

    /// <summary>A key that was given to a rental arrives a moment later.</summary>
    private const int Knocks = 12;

    private static readonly TimeSpan BetweenKnocks = TimeSpan.FromSeconds(2);

    /// <summary>Looks into a rental that no job owns. Its disk stays as it is; it gets Lodger's key when it has not got it yet.</summary>
    /// <param name="paths">What may be saved; empty: not known yet.</param>
    public async Task<Outcome<RentalLook>> LookAsync(string account, string rentalId, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (Refuse(paths) is { } unfit)
            return unfit;
        if (!(await board.AccountAsync(account, cancellationToken)).TryGet(out var open, out var problem))
            return problem;
        if (!(await open.Market.ShowAsync(rentalId, cancellationToken)).TryGet(out var rental, out problem))
            return problem;
        if (rental is null)
            return new Problem("no-such-rental", $"{open.Market.Name} knows no rental {rentalId}.", "See what bills there:  lodger sweep-account", ExitCode.NotFound);
        if ((Owned(rental) ?? Unfit(rental)) is { } refused)
            return refused;
        if (!(await LookInsideAsync(open, rental, paths, cancellationToken)).TryGet(out var seen, out problem))
            return problem;
        var (look, overProxy) = seen;
        if (look.IsWatched)
            return new Problem("rental-of-other-lodger", $"A job of another Lodger runs on rental {rental.Id}.", "Look after it where it was submitted.", ExitCode.BadInput);
        if (!look.HasRsync)
            return new Problem("no-rsync", $"Rental {rental.Id} has no rsync, with which files are fetched.", "Install it there (apt-get install rsync), and adopt it again.", ExitCode.Prerequisite);
        if (look.Paths.Select(Refuse).FirstOrDefault(p => p is not null) is { } noPath)
            return noPath;
        var kept = Outermost(look.Paths);
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
        if (wish.Key is { } key && board.SaidBefore(key, name, wish.By) is { } before)
            return before;
        if (!(await LookAsync(account, wish.RentalId, wish.Paths, cancellationToken)).TryGet(out var seen, out var problem))
            return problem;
        var rental = seen.Rental;
        return await board.SubmitAsync(
            new Submission(
                SpecOf(name, seen), account, OfferOf(rental), seen.CostUsd ?? 0, wish.ResultsDirectory(name), wish.By, new Dictionary<string, string>(), rental.Interruptible ? rental.BidUsdPerHour ?? rental.GpuUsdPerHour : null,
                OverProxy: wish.OverProxy, OverNetwork: wish.OverNetwork, Key: wish.Key, Adopts: new AdoptedRental(rental.Id, rental.Label)),
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

    private Problem? Owned(Rental rental)
    {
        if (board.OwnerOf(rental.Id) is { } mine)
            return JobBoard.OwnedBy(mine, rental.Id);
        return rental.Label?.StartsWith(JobState.LabelPrefix, StringComparison.Ordinal) is true
            ? new Problem(
                "rental-of-other-lodger",
                $"Rental {rental.Id} has the label {rental.Label}: it belongs to a job of another Lodger, or to one whose journal is lost.",
                "Look after it where it was submitted. If that is gone, give the rental another label in the platform's console, and adopt it then.",
                ExitCode.BadInput)
            : null;
    }

    private static Problem? Unfit(Rental rental)
    {
        if (rental.Status != RentalStatus.Running)
        {
            return new Problem(
                "rental-not-running",
                string.Create(CultureInfo.InvariantCulture, $"Rental {rental.Id} is {rental.Status.ToString().ToLowerInvariant()} ({rental.Evidence}), and only a running one can be looked into; its disk bills ${rental.DiskUsdPerHour:0.000}/h."),
                "Start it where you started it, and adopt it then. Lodger does not start what it did not start.",
                ExitCode.RentalUnusable);
        }

        return rental is { DirectSsh: null, ProxySsh: null }
            ? new Problem("no-ssh", $"Rental {rental.Id} shows no ssh address: it was made without ssh, or is not ready.", "Only a rental with ssh can be adopted. If it has just started, try again in a moment.", ExitCode.RentalUnusable)
            : null;
    }

    /// <summary>Whoever made it may have had another key: then ours is given to it, which the platform does while it runs.</summary>
    private async Task<Outcome<(BoxLook Look, bool OverProxy)>> LookInsideAsync(OpenAccount account, Rental rental, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        Problem? last = null;
        for (var knock = 0; knock < Knocks; knock++)
        {
            if (knock == 1 && (await account.Market.AttachSshKeyAsync(rental.Id, account.SshPublicKey, cancellationToken)).Problem is { } noKey)
                return noKey;
            if (knock > 0)
                await Task.Delay(BetweenKnocks, time, cancellationToken);
            var overProxy = rental.DirectSsh is null || (rental.ProxySsh is not null && knock % 3 == 2);
            if ((await account.Box.LookAsync(new BoxAddress(rental.Id, (overProxy ? rental.ProxySsh : rental.DirectSsh)!, overProxy), paths, cancellationToken)).TryGet(out var look, out last))
                return (look, overProxy);
        }

        return new Problem("box-unreachable", $"Rental {rental.Id} runs but cannot be used over ssh: {last!.Message}", last.Fix, ExitCode.RentalUnusable);
    }

    private static Problem? Refuse(IReadOnlyList<string> paths)
    {
        if (paths.Count > PathsMax)
            return new Problem("too-many-paths", $"{paths.Count} paths are named; at most {PathsMax} are saved apart.", "Name the directories that they lie in.", ExitCode.BadInput);
        return paths.FirstOrDefault(p => !p.StartsWith('/') || p.Length > PathCharactersMax || p.Any(char.IsControl)) is { } bad
            ? new Problem("bad-path", $"\"{bad}\" is no absolute path on the machine.", "Name it from the root on:  --save /workspace/out", ExitCode.BadInput)
            : null;
    }

    private static Problem? Refuse(LookedPath path) => path switch
    {
        { Path: null } => new Problem("path-not-there", $"There is no {path.Asked} on the machine.", "Look what is there:  lodger adopt RENTAL  without --save", ExitCode.NotFound),
        { Path: "/" } or { Path: "/proc" or "/sys" or "/dev" or "/run" } => TheSystem(path),
        { Path: { } real } when real.StartsWith("/proc/", StringComparison.Ordinal) || real.StartsWith("/sys/", StringComparison.Ordinal) || real.StartsWith("/dev/", StringComparison.Ordinal) => TheSystem(path),
        { Files: 0 } => new Problem("path-empty", $"There is no file in {path.Asked}.", "Name what holds your files.", ExitCode.NotFound),
        _ => null,
    };

    private static Problem TheSystem(LookedPath path) => new("bad-path", $"{path.Asked} is the system's, not yours.", "Name the directories that hold your files.", ExitCode.BadInput);

    private static List<LookedPath> Outermost(IReadOnlyList<LookedPath> paths) =>
        [.. paths.Where(p => !paths.Any(o => o.Path != p.Path && p.Path!.StartsWith(o.Path + "/", StringComparison.Ordinal))).DistinctBy(p => p.Path, StringComparer.Ordinal)];
}
