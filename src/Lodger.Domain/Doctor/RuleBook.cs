using Lodger.Domain.Doctor.Rules;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor;

/// <summary>Every rule, in the order in which findings of equal weight are shown: what causes something else stands before it.</summary>
public static class RuleBook
{
    public static IReadOnlyList<IRule> All { get; } =
    [
        new SecretInTheOpen(),
        new BalanceRunsOut(),
        new ContractTooShort(),
        new HostVanishes(),
        new WaitsForItsGpu(),
        new CudaNewerThanDriver(),
        new ImageCannotStart(),
        new LoadsForEver(),
        new SshKeyUnfit(),
        new NoHeartbeat(),
        new GpuNotThere(),
        new NameOfSeveralCards(),
        new PreemptedWithoutNotice(),
        new MemoryRanOut(),
        new DiskFull(),
        new WindowsLineEnds(),
        new DataNotFetched(),
        new SetupFailed(),
        new MemoryHeldByTheDead(),
        new CommandFailed(),
        new OnlyOnTheRental(),
        new NoDirectPort(),
        new BandwidthCosts(),
        new PortsMove(),
        new VolumeExpectedToFollow(),
        new ContainersInside(),
        new ResultsNotListed(),
        new HubCacheOnRoot(),
        new DownloadStalled(),
        new ClockWrong(),
        new CopiesStandStill(),
        new DestroyNotFinal(),
        new StoppedAndBilling(),
        new LogFrozen(),
        new LoaderStarves(),
        new FinishedFast(),
        new EnvironmentBuiltThere(),
    ];

    private static readonly IRule[][] ByMoment = [.. Enum.GetValues<Moment>().Select(moment => All.Where(rule => rule.Moments.Contains(moment)).ToArray())];

    /// <summary>Those that look at such a moment, in the order of <see cref="All"/>.</summary>
    internal static IReadOnlyList<IRule> At(Moment moment) => ByMoment[(int)moment];

    /// <summary>Rules that speak of an offer and not of the job: another offer may do.</summary>
    internal static IReadOnlySet<string> OfTheOffer { get; } = new HashSet<string>(["VAST5", "VAST8", "VAST14"], StringComparer.Ordinal);

    /// <summary>Rules that speak of a rental, whoever started the work on it: the others speak of a command, a script or a payload of Lodger's, and have nothing to say of one that was taken over.</summary>
    internal static IReadOnlySet<string> OfTheRental { get; } = new HashSet<string>(["balance", "contract-end", "VAST1", "VAST2", "VAST7", "VAST15"], StringComparer.Ordinal);

    /// <summary>Null: the platform has no such gotcha.</summary>
    public static Gotcha? TextOf(IRule rule, PlatformProfile profile)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(profile);
        return rule.Own ?? profile.Gotchas.FirstOrDefault(g => g.Id == rule.Id);
    }
}
