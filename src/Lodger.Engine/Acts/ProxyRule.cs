using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>What goes over the slow ssh proxy.</summary>
internal enum ProxyLoad
{
    /// <summary>Code, and what the job resumes from.</summary>
    Sent,

    /// <summary>Checkpoints of a running job.</summary>
    Copied,

    /// <summary>Results.</summary>
    Pulled,
}

/// <summary>More than the platform advises goes over its proxy only after a person's yes, given at submission or with the pull, to an estimate.</summary>
internal static class ProxyRule
{
    public const string ProblemId = "proxy-too-slow";

    /// <summary>What a throttled line may carry: what it would cost is known, how long it would take only by example.</summary>
    private const double ExampleBytesPerSecond = 1e6;

    /// <summary>Why so many bytes may not go this way; null when they may.</summary>
    public static Problem? Refusal(JobRunner job, OpenAccount account, BoxAddress address, long bytes, ProxyLoad load)
    {
        var limit = account.Profile.ProxyTransferMaxBytes;
        if (!address.IsProxy || job.State.MayUseProxy || bytes <= limit)
            return null;
        var cost = TransferForecast.CostUsd(bytes, PriceOf(job, address.RentalId, load)) is { } usd ? $" for ${usd:0.00}" : "";
        var what = load switch
        {
            ProxyLoad.Sent => "are to be sent there",
            ProxyLoad.Copied => "of checkpoints are to be copied from there",
            ProxyLoad.Pulled => "are to come home",
            _ => throw new ArgumentOutOfRangeException(nameof(load), load, null),
        };
        return new Problem(
            ProblemId,
            string.Create(CultureInfo.InvariantCulture, $"Only the slow ssh proxy reaches {address.RentalId} just now, and {bytes / 1e9m:0.0} GB {what}; the platform advises it for at most {limit / 1e9m:0.0} GB. They would go{cost}, at 1 MB/s in {bytes / ExampleBytesPerSecond / 3600:0.0} h."),
            load == ProxyLoad.Pulled
                ? $"The direct way is tried again by itself. To take the slow one:  lodger pull {job.State.Name} --over-proxy"
                : "The direct way is tried again by itself. Agreed to beforehand, the slow one is taken:  lodger run job.yaml --over-proxy",
            ExitCode.ApprovalNeeded,
            MayRetry: true);
    }

    /// <summary>The host's, USD per 10^9 bytes in that direction; null: the rental is not in the newest listing.</summary>
    public static decimal? PriceOf(JobRunner job, string rentalId, ProxyLoad load) =>
        job.Sight.Listing.Rentals?.WithId(rentalId) is { } rental ? load == ProxyLoad.Sent ? rental.DownloadUsdPerGb : rental.UploadUsdPerGb : null;
}
