using System.Globalization;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Clocks;

/// <summary>All clocks that run on an account, soonest first, those that cost already before all. Pure.</summary>
public static class ClockBoard
{
    /// <summary>Prices move by fractions of a cent: less than this above the agreed one is no raise.</summary>
    private const decimal RaiseShare = 0.005m;

    /// <summary>So many askings take three and a half minutes: no platform takes so long to obey.</summary>
    private const int AskedInVain = 4;

    /// <summary>Beyond so long a balance is no clock: prices and rentals will have changed.</summary>
    private static readonly TimeSpan RunwayShown = TimeSpan.FromDays(30);

    /// <summary>A job that runs has nothing to do about a contract that ends later than that.</summary>
    private static readonly TimeSpan ContractSoon = TimeSpan.FromDays(2);

    /// <param name="within">Only those that fire so soon, or cost already: every rental has the clock of its contract, and of thousands a few are near. Null: all.</param>
    public static IReadOnlyList<Clock> Of(AccountFacts facts, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(facts);
        List<Clock> clocks = [];
        var owners = Owners(facts.Jobs);
        var rentals = facts.Rentals as RentalList ?? new RentalList(facts.Rentals ?? []);
        foreach (var rental in rentals)
        {
            var owner = owners.TryGetValue(rental.Id, out var known) ? known : ((JobState Job, AttemptState Attempt)?)null;
            Add(Contract(facts, rental, owner, within));
            Add(Stopped(facts, rental, owner));
            Add(Raised(facts, rental, owner));
        }

        foreach (var job in facts.Jobs)
        {
            Add(Person(facts, rentals, job));
            foreach (var left in job.WaitForYes.Where(a => a != job.Focus))
                Add(Left(facts, rentals, job, left));
            foreach (var attempt in job.Attempts)
            {
                if (attempt is { StopsAsked: >= AskedInVain, LastStatus: RentalStatus.Running, DestroyIntendedAt: null } && facts.Now - attempt.StopIntendedAt < AttemptState.AskedLately)
                    Add(NotObeyed(facts, rentals, job, attempt.RentalId!, "stop", attempt.StopsAsked));
                if (attempt is { DestroysAsked: >= AskedInVain, DestroyedAt: null, Released: null })
                    Add(NotObeyed(facts, rentals, job, attempt.RentalId!, "destroy", attempt.DestroysAsked));
                foreach (var stray in attempt.Strays.Where(s => s is { DestroysAsked: >= AskedInVain, DestroyedAt: null }))
                    Add(NotObeyed(facts, rentals, job, stray.RentalId, "destroy", stray.DestroysAsked));
            }
        }

        foreach (var volume in facts.Volumes ?? [])
            Add(Unused(facts, volume));
        Add(Balance(facts));
        return [.. clocks.OrderBy(c => c.Left ?? TimeSpan.MinValue).ThenBy(c => c.Key, StringComparer.Ordinal)];

        void Add(Clock? clock)
        {
            if (clock is not null && (within is not { } soon || clock.IsDue(soon)))
                clocks.Add(clock);
        }
    }

    /// <summary>Every rental and volume of the account, whoever made it, as far as the platform says; null: it does not.</summary>
    public static decimal? BurnUsdPerHour(AccountFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        if (facts is not { Rentals: { } rentals, Volumes: { } volumes })
            return null;
        var burn = volumes.Sum(v => v.UsdPerHour);
        foreach (var rental in rentals)
        {
            if (Rates.Of(rental) is not { } rates)
                return null;
            burn += rates.UsdPerHour;
        }

        return burn;
    }

    private static Clock? Contract(AccountFacts f, Rental rental, (JobState Job, AttemptState Attempt)? owner, TimeSpan? within)
    {
        if (rental.ContractEnd is not { } end)
            return null;
        var ended = end <= f.MarketNow;
        var fires = ended ? end + f.DataKept : end;
        var left = Left(f, fires);
        if (left > within)
            return null;
        return Make(f, ended ? ClockKind.DataDeleted : ClockKind.ContractEnd, $"{rental.Id}/{Stamp(fires)}") with
        {
            Job = owner?.Job.Name,
            FiresAt = fires,
            Left = left,
            UsdPerHour = Rates.Of(rental)?.UsdPerHour,
            Sentence = ended
                ? $"The contract of {rental.Id} has ended; the platform may delete everything on it."
                : $"The contract of {rental.Id} ends: it stops, cannot be started again, and may be deleted {f.DataKept.TotalHours:0} h later.",
            Fix = owner switch
            {
                { Job: { IsAdopted: true } adopted } => AdoptStage.WaysOut(adopted, rental.Id),
                { } own when own.Attempt != own.Job.Focus => $"lodger gate {own.Job.Name}",
                { Job: { Phase: JobPhase.Running } runs } when end - f.MarketNow > ContractSoon => $"Nothing to do yet; lodger down {runs.Name} before then, if it is not over by itself.",
                _ => Down(owner?.Job, "copy what you need off it, then destroy it in the platform's console"),
            },
        };
    }

    private static Clock? Stopped(AccountFacts f, Rental rental, (JobState Job, AttemptState Attempt)? owner)
    {
        if (rental.Status is not (RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited or RentalStatus.CannotStart) || rental.DiskUsdPerHour <= 0)
            return null;
        // Said, with more, by the clock of its budget.
        if (owner is { Job.IsHeld: true, Attempt: var held } && ReferenceEquals(held, owner.Value.Job.Current))
            return null;
        // A paused bid whose work is waited for is what was chosen; its disk is the price of waiting.
        if (owner is { Job.Phase: JobPhase.Preempted, Attempt.IsOver: false })
            return null;
        return Make(f, ClockKind.StoppedAndBilling, $"{rental.Id}/{Stamp(owner?.Attempt.LastStatusAt ?? rental.StartedAt)}") with
        {
            Job = owner?.Job.Name,
            UsdPerHour = rental.DiskUsdPerHour,
            Sentence = $"{rental.Id} is stopped and its disk bills on for ever, {Month(rental.DiskUsdPerHour)}.",
            Fix = owner is { Job: { IsAdopted: true } adopted } ? AdoptStage.WaysOut(adopted, rental.Id) : owner is { } own && own.Attempt != own.Job.Focus ? $"lodger gate {own.Job.Name}" : Down(owner?.Job, "destroy it in the platform's console, once nothing on it is needed"),
        };
    }

    private static Clock? Raised(AccountFacts f, Rental rental, (JobState Job, AttemptState Attempt)? owner)
    {
        if (owner is not { } own || rental.Interruptible || own.Attempt.BidUsdPerHour is not null)
            return null;
        var agreed = (own.Attempt.Offer ?? own.Job.Submission.Offer).GpuUsdPerHour;
        if (agreed <= 0 || rental.GpuUsdPerHour <= agreed * (1 + RaiseShare))
            return null;
        return Make(f, ClockKind.PriceRaised, $"{rental.Id}/{rental.GpuUsdPerHour.ToString("0.####", CultureInfo.InvariantCulture)}") with
        {
            Job = own.Job.Name,
            UsdPerHour = rental.GpuUsdPerHour,
            Sentence = $"{rental.Id} costs ${rental.GpuUsdPerHour:0.000}/h; ${agreed:0.000}/h was agreed to.",
            Fix = $"lodger plan  shows what else is for rent; lodger down {own.Job.Name}  ends it.",
        };
    }

    /// <summary>Lodger goes on asking; only a person can ask elsewhere.</summary>
    private static Clock NotObeyed(AccountFacts f, RentalList rentals, JobState job, string rentalId, string verb, int asked) => Make(f, ClockKind.NotObeyed, $"{rentalId}/{verb}") with
    {
        Job = job.Name,
        UsdPerHour = UsdPerHour(rentals, rentalId),
        Sentence = $"Lodger has tried {asked} times to {verb} {rentalId} of {job.Name}, and it is still there and bills.",
        Fix = $"{char.ToUpperInvariant(verb[0])}{verb[1..]} it in the platform's console, too; Lodger goes on trying every few minutes.",
    };

    private static Clock? Person(AccountFacts f, RentalList rentals, JobState job)
    {
        if (job.Focus is not { } attempt)
            return null;
        var about = UsdPerHour(rentals, attempt.RentalId);
        var clock = job.Phase switch
        {
            JobPhase.AwaitingApproval when TeardownGate.NeedsPerson(job, attempt) => Make(f, ClockKind.WaitsForYes, $"{job.Id}/{attempt.Receipt!.ReceiptId}") with
            {
                Sentence = job.IsAdopted
                    ? $"What was named of {attempt.RentalId} is home and verified as it was at {attempt.Receipt.At:yyyy-MM-dd HH:mm} UTC; the work there may go on. It waits for your yes before it is destroyed."
                    : $"Everything of {job.Name} is home and verified; {attempt.RentalId} waits for your yes before it is destroyed.",
                Fix = $"lodger down {job.Name}",
            },
            JobPhase.NeedsAttention when job.IsHeld => Make(f, ClockKind.BudgetReached, $"{job.Id}/{Stamp(job.BudgetReachedAt)}") with
            {
                Sentence = $"{job.Name} has reached its budget of ${job.BudgetUsd:0.00} and waits: ${job.Budget!.SpentUsd:0.00} is spent, the rest is kept back to bring everything home and to keep its disk for {Reserve.DiskKept.TotalDays:0} days.",
                Fix = $"lodger budget {job.Name} USD   to go on, or end it: lodger down {job.Name}",
            },
            JobPhase.NeedsAttention when job.IsAdopted && attempt is { LastStatus: not RentalStatus.Running } => Make(f, ClockKind.NeedsAttention, $"{job.Id}/{attempt.Number}/{Stamp(attempt.LastStatusAt)}") with
            {
                Sentence = $"{attempt.RentalId}, which was taken over as {job.Name}, does not run, so nobody can look what it holds; Lodger does not start what it did not start.",
                Fix = $"Start it where you started it. {AdoptStage.WaysOut(job, attempt.RentalId!)}",
            },
            JobPhase.NeedsAttention when job.IsAdopted => Make(f, ClockKind.NeedsAttention, $"{job.Id}/{attempt.Number}/{Stamp(attempt.FailureAt ?? attempt.LastStatusAt)}") with
            {
                Sentence = $"Not all that was named of {attempt.RentalId} ({job.Name}) is home: something is written to all the time, is not there, or does not load. The rest is home, and the rental stays.",
                Fix = $"lodger show {job.Name}  names it; then lodger pull {job.Name}",
            },
            JobPhase.NeedsAttention when attempt is { IsOver: true, Failure: { } failure } && failure.IsUnmade(job.Submission.Spec) => Make(f, ClockKind.NeedsAttention, $"{job.Id}/{attempt.Number}/{Stamp(attempt.FailureAt)}") with
            {
                Sentence = $"{attempt.RentalId} of {job.Name} holds no file that {failure.Names()} of its results names; the rental stays.",
                Fix = $"lodger doctor {job.Name}",
            },
            JobPhase.NeedsAttention => Make(f, ClockKind.NeedsAttention, $"{job.Id}/{attempt.Number}/{Stamp(attempt.FailureAt ?? attempt.LastStatusAt)}") with
            {
                Sentence = !attempt.IsOver
                    ? $"{attempt.RentalId} of {job.Name} was stopped before its command had ended."
                    : $"What came home of {job.Name} is not what {attempt.RentalId} holds, or does not load; the rental stays.",
                Fix = !attempt.IsOver ? $"lodger down {job.Name}" : $"lodger pull {job.Name}",
            },
            JobPhase.Running when attempt.Stall is { } stall => Make(f, ClockKind.Stalled, $"{job.Id}/{attempt.Number}/{Stamp(attempt.StallAt)}") with
            {
                Sentence = stall.Cause switch
                {
                    StallCause.Unreachable => $"{attempt.RentalId} of {job.Name} could not be spoken to for {Minutes(stall.Quiet)}, and its GPU bills: whether its command gets on is unknown.",
                    StallCause.ScriptSilent => $"{attempt.RentalId} of {job.Name} answers, but the script that watches the command gave no sign for {Minutes(stall.Quiet)}; its GPU bills.",
                    _ => $"{job.Name} made no progress for {Minutes(stall.Quiet)} and no GPU of it works; it bills.",
                },
                Fix = $"lodger logs {job.Name}   or end it: lodger down {job.Name}",
            },
            _ => null,
        };
        return clock is null ? null : clock with { Job = job.Name, UsdPerHour = about };
    }

    /// <summary>The work went on elsewhere, and ending that is not what is asked.</summary>
    private static Clock Left(AccountFacts f, RentalList rentals, JobState job, AttemptState left) => Make(f, ClockKind.WaitsForYes, $"{job.Id}/{left.Receipt!.ReceiptId}") with
    {
        Job = job.Name,
        UsdPerHour = UsdPerHour(rentals, left.RentalId),
        Sentence = $"{job.Name} goes on elsewhere; what {left.RentalId} held is home and verified, and it waits for your yes before it is destroyed.",
        Fix = $"lodger gate {job.Name}",
    };

    private static Clock? Unused(AccountFacts f, Volume volume) => volume.UsedBy is { Count: 0 }
        ? Make(f, ClockKind.VolumeUnused, volume.Id) with
        {
            UsdPerHour = volume.UsdPerHour,
            Sentence = $"Volume {volume.Id} ({volume.SizeGb:0} GB on machine {volume.MachineId}) is used by no rental and bills on, {Month(volume.UsdPerHour)}.",
            Fix = $"Once nothing on it is needed: lodger volume delete {volume.Id}",
        }
        : null;

    private static Clock? Balance(AccountFacts f)
    {
        if (f.Account is not { } account || BurnUsdPerHour(f) is not (> 0 and { } burn))
            return null;
        var hours = Math.Max(0, (double)(account.BalanceUsd / burn));
        if (hours > RunwayShown.TotalHours)
            return null;
        var fires = f.MarketNow + TimeSpan.FromHours(hours);
        var then = account.CardOnFile switch
        {
            true => "then the card on file is charged; if that fails, rentals stop and their data is scheduled for deletion",
            false => "then rentals stop, and with no card on file they are destroyed with their data after a short grace",
            null => "then rentals stop; without a card on file they are destroyed with their data after a short grace (the platform does not say whether there is one)",
        };
        return Make(f, ClockKind.BalanceEmpty, f.Name) with
        {
            FiresAt = fires,
            Left = Left(f, fires),
            UsdPerHour = burn,
            Sentence = $"The balance of ${account.BalanceUsd:0.00} lasts {Hours(hours)} at ${burn:0.000}/h for everything on the account; {then}.",
            Fix = "Add credit, or end what is not needed:  lodger cost",
        };
    }

    private static Clock Make(AccountFacts f, ClockKind kind, string of) => new()
    {
        Key = $"{f.Name}/{kind}/{of}",
        Kind = kind,
        Account = f.Name,
        Market = f.Market,
        Sentence = "",
        Fix = "",
    };

    /// <summary>Whose each rental is: an account may have thousands.</summary>
    private static Dictionary<string, (JobState Job, AttemptState Attempt)> Owners(IReadOnlyList<JobState> jobs)
    {
        Dictionary<string, (JobState Job, AttemptState Attempt)> owners = new(StringComparer.Ordinal);
        foreach (var job in jobs)
        {
            foreach (var attempt in job.Attempts.Where(a => a is { RentalId: not null, Released: null }))
                owners.TryAdd(attempt.RentalId!, (job, attempt));
        }

        return owners;
    }

    private static decimal? UsdPerHour(RentalList rentals, string? rentalId) => rentals.WithId(rentalId) is { } rental ? Rates.Of(rental)?.UsdPerHour : null;

    private static TimeSpan Left(AccountFacts f, DateTimeOffset at)
    {
        var left = (at - f.MarketNow) / (f.MarketSpeed > 0 ? f.MarketSpeed : 1);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static string Down(JobState? job, string otherwise) => job is null ? otherwise : $"lodger down {job.Name}";

    private static string Month(decimal usdPerHour) => $"${usdPerHour * 720:0.00} a month";

    private static string Minutes(TimeSpan time) => time.TotalMinutes < 120 ? $"{time.TotalMinutes:0} min" : Hours(time.TotalHours);

    private static string Hours(double hours) => hours < 48 ? $"{hours:0.#} h" : $"{hours / 24:0.#} days";

    private static string Stamp(DateTimeOffset? at) => at?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) ?? "";
}
