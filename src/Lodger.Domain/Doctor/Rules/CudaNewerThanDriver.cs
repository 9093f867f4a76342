using System.Globalization;
using Lodger.Domain.Jobs;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>The image's CUDA against what the host's driver supports.</summary>
internal sealed class CudaNewerThanDriver : IRule
{
    public string Id => "VAST5";

    public string Sees => "The CUDA in the image's name, in CUDA_VERSION or by nvcc is newer than the offer, or nvidia-smi on the machine, says that the driver supports.";

    public string? Does => "Leaves such offers out of the plan, and checks on the machine before the command starts: CUDA against driver, and torch.cuda.is_available().";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts) => facts.Moment switch
    {
        Moment.Preflight => ImageCuda.Of(facts.Spec.Image) is { } image && facts.Offer is { CudaMax: { } most } offer && image > most
            ? new(Severity.Error, $"{facts.Spec.Image} brings CUDA {Version(image)}, the driver of offer {offer.Id} supports {Version(most)} at most", Other(image))
            : null,
        Moment.Watch => facts.Probe is { ImageCuda: { } image, DriverCuda: { } driver } && image > driver
            ? new(Severity.Error, $"the image has CUDA {Version(image)}, nvidia-smi on {facts.Rental?.Id} says {Version(driver)}", Other(image))
            : null,
        _ => facts.Attempt?.Ended is { Reason: EndReason.Refused } ended
            && (ended.Detail.Contains("has CUDA", StringComparison.Ordinal) || ended.Detail.Contains("is_available() is False", StringComparison.Ordinal))
            ? new(Severity.Error, ended.Detail, ImageCuda.Of(facts.Spec.Image) is { } wanted ? Other(wanted) : "lodger offers 'cuda_max_good>=12.8'")
            : null,
    };

    private static string Other(decimal cuda) => $"lodger offers 'cuda_max_good>={Version(cuda)}'   or an image with an older CUDA";

    private static string Version(decimal cuda) => cuda.ToString("0.0#", CultureInfo.InvariantCulture);
}
