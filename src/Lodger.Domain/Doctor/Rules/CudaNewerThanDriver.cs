using System.Globalization;
using System.Text.RegularExpressions;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>The image's CUDA against what the host's driver supports.</summary>
internal sealed partial class CudaNewerThanDriver : IRule
{
    public string Id => "VAST5";

    public string Sees => "The CUDA in the image's name, in CUDA_VERSION or by nvcc is newer than the offer, or nvidia-smi on the machine, says that the driver supports; or the host's runtime refused the image for it.";

    public string? Does => "Leaves such offers out of the plan, and checks on the machine before the command starts: CUDA against driver, and torch.cuda.is_available().";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts) => facts.Moment switch
    {
        Moment.Preflight => ImageCuda.Of(facts.Spec.Image) is { } image && facts.Offer is { CudaMax: { } most } offer && image > most
            ? new(Severity.Error, $"{facts.Spec.Image} brings CUDA {Version(image)}, the driver of offer {offer.Id} supports {Version(most)} at most", Other(image))
            : null,
        Moment.Watch => facts.Probe is { ImageCuda: { } image, DriverCuda: { } driver } && image > driver
            ? new(Severity.Error, $"the image has CUDA {Version(image)}, nvidia-smi on {facts.Rental?.Id} says {Version(driver)}", Other(image))
            : facts.Rental is { Status: RentalStatus.CannotStart or RentalStatus.Exited } rental && facts.Attempt is { RunningSeenAt: null } ? Refused(rental.Evidence) : null,
        _ => facts.Attempt?.Ended is { Reason: EndReason.Refused } ended
            && (ended.Detail.Contains("has CUDA", StringComparison.Ordinal) || ended.Detail.Contains("is_available() is False", StringComparison.Ordinal))
            ? new(Severity.Error, $"{facts.Spec.Image}: {ended.Detail}", Other(Named(ended.Detail) ?? ImageCuda.Of(facts.Spec.Image)))
            : facts.Attempt?.GivenUp is { Id: "rental-did-not-start" } given ? Refused(given.Message) : null,
    };

    /// <summary>The host's runtime compares what NVIDIA's images demand (NVIDIA_REQUIRE_CUDA) before it starts one, and says so in the platform's message.</summary>
    private static Sighting? Refused(string said) => Condition().Match(said) is { Success: true } match
        ? new(Severity.Error, $"the host's runtime refuses the image: {match.Value}", Other(decimal.Parse(match.Groups["version"].ValueSpan, CultureInfo.InvariantCulture)))
        : null;

    /// <summary>The image's, as the check before the command says it.</summary>
    private static decimal? Named(string detail) => HasCuda().Match(detail) is { Success: true } match ? decimal.Parse(match.Groups["version"].ValueSpan, CultureInfo.InvariantCulture) : null;

    private static string Other(decimal? cuda) =>
        $"Write into job.yaml:  {(cuda is { } known ? $"offers: cuda_max_good>={Version(known)}   or  " : "")}image: one whose CUDA is not newer than the driver's";

    private static string Version(decimal cuda) => cuda.ToString("0.0#", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"has CUDA (?<version>[0-9]{1,2}\.[0-9]{1,2})", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex HasCuda();

    [GeneratedRegex(@"unsatisfied condition: cuda\s?>=\s?(?<version>[0-9]{1,2}\.[0-9]{1,2})", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Condition();
}
