using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;

namespace Lodger.Engine.Durable;

/// <summary>What a person has to know before a host copies to a cloud.</summary>
/// <param name="IsDatacenter">Null: the platform does not say.</param>
/// <param name="UploadUsdPerGb">The host's price.</param>
public sealed record HostClouds(string Market, string RentalId, bool? IsDatacenter, decimal UploadUsdPerGb, IReadOnlyList<CloudConnection> Connections);

/// <summary>
/// The platform's own copy from a rental's disk to a cloud, which spares the line at home and works while the rental is stopped. What it says of its success is only a reason to look: the copy
/// counts when it was read back.
/// </summary>
public static class HostCopy
{
    public static async Task<Outcome<HostClouds>> LookAsync(JobState job, OpenAccount account, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(account);
        if (job.IsAdopted)
            return new Problem("not-adopted-copy", $"What {job.Name} was told to save lies all over its machine: its host would copy the whole disk, with keys and all.", $"Copy what was proven:  lodger copy {job.Name} TARGET", ExitCode.BadInput);
        if (job.Current is not { RentalId: { } id, DestroyedAt: null, Vanished: false, Released: null })
            return new Problem("no-rental", $"{job.Name} has no rental whose host could copy anything.", $"Copy from here: lodger copy {job.Name} WHERE", ExitCode.NotFound);
        if (!(await account.Market.ShowAsync(id, cancellationToken)).TryGet(out var rental, out var problem))
            return problem;
        if (rental is null)
            return new Problem("no-rental", $"Rental {id} is gone.", $"Copy from here: lodger copy {job.Name} WHERE", ExitCode.NotFound);
        return (await account.Market.CloudsAsync(cancellationToken)).Then<HostClouds>(clouds => new HostClouds(account.Market.Name, id, rental.IsDatacenter, rental.UploadUsdPerGb, clouds));
    }

    /// <summary>Begins it. The whole workdir is copied, as the platform can do no less.</summary>
    public static async Task<Outcome<Done>> BeginAsync(JobState job, OpenAccount account, string connectionId, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        return (await LookAsync(job, account, cancellationToken)).TryGet(out var seen, out var problem)
            ? await account.Market.CopyToCloudAsync(seen.RentalId, account.WorkdirOf(job.Submission.Spec), connectionId, path, cancellationToken)
            : problem;
    }
}
