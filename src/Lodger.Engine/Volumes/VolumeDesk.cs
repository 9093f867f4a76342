using Lodger.Artifacts;
using Lodger.Artifacts.Receipts;
using Lodger.Domain.Gate;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Domain.Volumes;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;

namespace Lodger.Engine.Volumes;

/// <summary>A volume with what is known of it here.</summary>
/// <param name="ChargedUsd">So far; null: the platform does not say.</param>
/// <param name="Token">What has to be repeated to approve its delete; null while nothing can be approved.</param>
public sealed record VolumeSight(Volume Volume, decimal? ChargedUsd, IReadOnlyList<VolumeUse> Uses, GateJudgement Gate, string? Token);

/// <param name="Pending">Acts that were begun and of which no end is known.</param>
/// <param name="ChargesProblem">Why what was charged is missing; null when it is not.</param>
public sealed record VolumeList(string Market, IReadOnlyList<VolumeSight> Volumes, IReadOnlyList<VolumeAct> Pending, Problem? ChargesProblem);

/// <summary>Space for a volume, and what can be rented on the same machine now.</summary>
/// <param name="Gpu">The cheapest that fits.</param>
/// <param name="GpuOffers">How many fit.</param>
public sealed record VolumePlace(VolumeOffer Volume, Offer Gpu, int GpuOffers);

public sealed record VolumePlaces(string Market, int SizeGb, IReadOnlyList<VolumePlace> Places);

/// <summary>A volume that is gone: what it cost.</summary>
public sealed record VolumeGone(string Market, Volume Volume, decimal? ChargedUsd);

/// <summary>
/// Volumes of accounts: they belong to no rental and to no job, so that a person makes and deletes them. Both acts are written down as intents before they are tried, and what came of them is
/// looked up, never taken from an answer: a volume is known by its name when it was made, and gone when the platform lists it no more.
/// </summary>
public sealed class VolumeDesk(JobBoard board, JournalStore journal, TimeProvider time) : IDisposable
{
    /// <summary>So long is looked for what an act has made or taken away.</summary>
    private static readonly TimeSpan ShowsWithin = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>One act at a time: two of the same name, or a delete while something is made, never cross.</summary>
    private readonly SemaphoreSlim acting = new(1, 1);

    /// <summary>Accounts that bill for a volume although they may have no job.</summary>
    public IReadOnlyList<string> Accounts => journal.VolumeAccounts();

    public void Dispose() => acting.Dispose();

    public async Task<Outcome<VolumeList>> ListAsync(string account, CancellationToken cancellationToken)
    {
        if (!(await MarketAsync(account, cancellationToken)).TryGet(out var market, out var problem))
            return problem;
        if (!(await market.VolumesAsync(cancellationToken)).TryGet(out var volumes, out problem))
            return problem;
        var charges = await market.ChargesAsync(cancellationToken);
        var known = charges.TryGet(out var charged, out var noCharges) ? charged.VolumesUsd : null;
        return new VolumeList(
            market.Name,
            [.. volumes.Select(v => Sight(account, v, known?.TryGetValue(v.Id, out var usd) == true ? usd : null))],
            VolumeActs.Pending(journal.VolumeActsOf(account), volumes),
            noCharges);
    }

    /// <param name="query">For the GPUs that are to work on it, in the platform's grammar.</param>
    public async Task<Outcome<VolumePlaces>> SearchAsync(string account, string query, int sizeGb, bool any, CancellationToken cancellationToken)
    {
        if (!(await MarketAsync(account, cancellationToken)).TryGet(out var market, out var problem))
            return problem;
        if (!(await market.SearchAsync(query, sizeGb, !any, cancellationToken)).TryGet(out var offers, out problem))
            return problem;
        if (!(await market.SearchVolumesAsync(sizeGb, cancellationToken)).TryGet(out var room, out problem))
            return problem;
        var gpus = offers.ToLookup(o => o.MachineId, StringComparer.Ordinal);
        return new VolumePlaces(
            market.Name,
            sizeGb,
            [.. room.Where(v => gpus.Contains(v.MachineId)).Select(v => new VolumePlace(v, gpus[v.MachineId].MinBy(o => o.GpuUsdPerHour)!, gpus[v.MachineId].Count())).OrderBy(p => p.Gpu.GpuUsdPerHour + (p.Volume.StorageUsdPerGbMonth * sizeGb / 720))]);
    }

    /// <summary>Makes a volume; a person has said yes to what it costs.</summary>
    public async Task<Outcome<Volume>> CreateAsync(string account, string offerId, int sizeGb, string name, string by, CancellationToken cancellationToken)
    {
        if (NameRules.Job(name) is { } unfit)
            return new Problem("volume-name-unfit", unfit.Replace("name: ", "--name ", StringComparison.Ordinal), "lodger volume create --help", ExitCode.BadInput);
        if (sizeGb < 1)
            return new Problem("volume-size-unfit", "A volume has at least 1 GB.", "--size 50GB", ExitCode.BadInput);
        if (!(await MarketAsync(account, cancellationToken)).TryGet(out var market, out var problem))
            return problem;
        await acting.WaitAsync(cancellationToken);
        try
        {
            if (!(await market.VolumesAsync(cancellationToken)).TryGet(out var before, out problem))
                return problem;
            if (before.FirstOrDefault(v => v.Label == name || WasNamed(account, v, name)) is { } taken)
                return new Problem("volume-name-taken", $"{market.Name} has a volume named {name} already: {taken.Id}. By its name a volume is found again when an answer gets lost.", "Choose another --name, or use that one", ExitCode.BadInput);
            Write(account, VolumeActKind.RentIntended, null, name, by, $"{sizeGb} GB from offer {offerId}");
            var answer = await market.RentVolumeAsync(offerId, sizeGb, name, cancellationToken);
            if (answer.Problem is { MayRetry: false } refused)
            {
                Write(account, VolumeActKind.RentRefused, null, name, by, refused.Message);
                return refused;
            }

            if (await UntilAsync(market, all => all.FirstOrDefault(v => v.Label == name) ?? (answer.IsOk ? OnlyNew(all, before, sizeGb) : null), cancellationToken) is { } made)
            {
                Write(account, VolumeActKind.Rented, made.Id, name, by, $"{made.SizeGb:0} GB on machine {made.MachineId}");
                return made;
            }

            return answer.Problem ?? new Problem(
                "volume-not-shown", $"{market.Name} said that volume {name} was made and does not list it.", "Look again in a minute: lodger volume list", ExitCode.Unknown, MayRetry: true);
        }
        finally
        {
            acting.Release();
        }
    }

    /// <summary>The API description has no name in its list of volumes: then the one that came, of that size, is it. Null: none did, or several.</summary>
    private static Volume? OnlyNew(IReadOnlyList<Volume> all, IReadOnlyList<Volume> before, int sizeGb) =>
        all.Where(v => string.IsNullOrEmpty(v.Label) && v.SizeGb == sizeGb && !before.Any(b => b.Id == v.Id)).ToList() is [var one] ? one : null;

    private bool WasNamed(string account, Volume volume, string name) =>
        string.IsNullOrEmpty(volume.Label) && journal.VolumeActsOf(account).Any(a => a.Kind == VolumeActKind.Rented && a.VolumeId == volume.Id && a.Name == name);

    /// <summary>Deletes a volume through its gate.</summary>
    /// <param name="token">What was shown and agreed to; null when the data is given up.</param>
    /// <param name="typed">The volume's id, typed by a person who gives up what is on it; null: nothing is given up.</param>
    public async Task<Outcome<VolumeGone>> DeleteAsync(string account, string id, string? token, string? typed, string by, CancellationToken cancellationToken)
    {
        if (!(await MarketAsync(account, cancellationToken)).TryGet(out var market, out var problem))
            return problem;
        await acting.WaitAsync(cancellationToken);
        try
        {
            if (!(await market.VolumesAsync(cancellationToken)).TryGet(out var volumes, out problem))
                return problem;
            if (volumes.FirstOrDefault(v => v.Id == id) is not { } volume)
                return new Problem("no-such-volume", $"{market.Name} has no volume {id}.", "See what there is: lodger volume list", ExitCode.NotFound);
            var uses = UsesOf(account, id);
            if ((typed is null ? await ApprovedAsync(volume, uses, token, by, cancellationToken) : Abandoned(volume, uses, typed, by)) is { } shut)
                return shut;

            Write(account, VolumeActKind.DeleteIntended, id, volume.Label, by, typed is null ? $"approved {token}" : "data given up");
            if ((await market.DeleteVolumeAsync(id, cancellationToken)).Problem is { } failed)
            {
                if (!failed.MayRetry)
                    Write(account, VolumeActKind.DeleteRefused, id, volume.Label, by, failed.Message);
                return failed;
            }

            if (await UntilAsync(market, all => all.Any(v => v.Id == id) ? null : volume, cancellationToken) is null)
                return new Problem("volume-still-there", $"{market.Name} was told to delete volume {id} and still lists it: it goes on billing.", "Look again: lodger volume list", ExitCode.Unknown, MayRetry: true);
            var charged = (await market.ChargesAsync(cancellationToken)).TryGet(out var all, out _) && all.VolumesUsd.TryGetValue(id, out var usd) ? usd : (decimal?)null;
            Write(account, VolumeActKind.Deleted, id, volume.Label, by, charged is { } total ? $"charged {total:0.0000} USD" : "what it cost in all is not known");
            return new VolumeGone(market.Name, volume, charged);
        }
        finally
        {
            acting.Release();
        }
    }

    private VolumeSight Sight(string account, Volume volume, decimal? charged)
    {
        var uses = UsesOf(account, volume.Id);
        return new(volume, charged, uses, VolumeGate.Judge(volume, uses, null), VolumeGate.TokenFor(volume, uses));
    }

    private IReadOnlyList<VolumeUse> UsesOf(string account, string id) =>
        VolumeGate.UsesOf(id, [.. board.List().Select(s => s.State).Where(s => s.Submission.Account == account)]);

    private static Problem? Abandoned(Volume volume, IReadOnlyList<VolumeUse> uses, string typed, string by)
    {
        if (typed != volume.Id)
            return new Problem("abandon-other-volume", $"The volume is {volume.Id}, not {typed}. Nothing was done.", "Type its id exactly.", ExitCode.ApprovalNeeded);
        var gate = VolumeGate.JudgeAbandoned(volume, uses, by);
        return gate.IsOpen ? null : Shut(volume, gate);
    }

    private async Task<Problem?> ApprovedAsync(Volume volume, IReadOnlyList<VolumeUse> uses, string? token, string by, CancellationToken cancellationToken)
    {
        if (VolumeGate.TokenFor(volume, uses) is not { } agreed)
            return Shut(volume, VolumeGate.Judge(volume, uses, by));
        if (token != agreed)
            return new Problem("approval-void", "That approval was for another volume, or for another state of its files.", $"See what would be deleted now: lodger volume delete {volume.Id}", ExitCode.ApprovalNeeded);
        // The proof is looked at once more: what was home then may have been changed or lost since.
        foreach (var use in uses)
        {
            var read = Receipt.Read(use.Proof!.Path);
            var home = Path.GetDirectoryName(Path.GetDirectoryName(use.Proof.Path))!;
            IReadOnlyList<Finding> findings = read.Reasons;
            if (read.Receipt is { } receipt && receipt.Id == use.Proof.ReceiptId)
            {
                var check = await ReceiptVerifier.VerifyAsync(receipt, home, cancellation: cancellationToken);
                if (check.IsValid)
                    continue;
                findings = check.Findings;
            }

            return new Problem(
                "bundle-changed",
                $"The results of {use.Job} in {home} are not what their receipt says any more: {string.Join("; ", findings.Take(3).Select(f => $"{f.Path} {f.What}".Trim()).DefaultIfEmpty("the receipt there is another one"))}. The volume may be their only whole copy; nothing was deleted.",
                $"Look: lodger verify {home}   To give up what is on the volume: lodger volume delete {volume.Id} --abandon-data",
                ExitCode.NotVerified);
        }

        return null;
    }

    private static Problem Shut(Volume volume, GateJudgement gate)
    {
        var lacking = gate.Conditions.Where(c => c.State != ConditionState.Met && c.Id != TeardownGate.ApprovalCondition).ToList();
        return new(
            "volume-gate-shut",
            $"Volume {volume.Id} cannot be deleted: {string.Join("; ", lacking.Select(c => c.Text))}.",
            lacking.All(c => c.Id == VolumeGate.HomeCondition) ? $"Bring it home with a job on it, or give it up: lodger volume delete {volume.Id} --abandon-data" : "lodger volume list",
            lacking.Any(c => c.Id == VolumeGate.HomeCondition) ? ExitCode.NotVerified : ExitCode.ApprovalNeeded);
    }

    private async Task<Outcome<IMarket>> MarketAsync(string account, CancellationToken cancellationToken) =>
        (await board.AccountAsync(account, cancellationToken)).Then(open => Outcome<IMarket>.Ok(open.Market));

    /// <summary>Null when it is not so within the bound, or the platform cannot be read for so long.</summary>
    private async Task<Volume?> UntilAsync(IMarket market, Func<IReadOnlyList<Volume>, Volume?> find, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < ShowsWithin)
        {
            if ((await market.VolumesAsync(cancellationToken)).TryGet(out var all, out _) && find(all) is { } found)
                return found;
            await Task.Delay(LookAgain, time, cancellationToken);
        }

        return null;
    }

    private void Write(string account, VolumeActKind kind, string? id, string? name, string by, string detail) =>
        journal.AppendVolumeAct(account, new VolumeAct(time.GetUtcNow(), kind, id, name, by, detail));
}
