using System.Globalization;
using System.Text.RegularExpressions;

namespace Lodger.Domain.Doctor;

/// <summary>Which CUDA an image brings, as far as its name says.</summary>
public static partial class ImageCuda
{
    /// <summary>Null when the name does not say.</summary>
    /// <param name="image">For example <c>pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime</c>, <c>rocker/ml:cu124</c>, <c>nvidia/cuda:12.4.1-base</c>.</param>
    public static decimal? Of(string image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var match = Dotted().Match(image);
        if (!match.Success)
            match = Joined().Match(image);
        if (!match.Success)
            match = OfNvidia().Match(image);
        return match.Success ? decimal.Parse($"{match.Groups["major"].Value}.{(match.Groups["minor"].Value is { Length: > 0 } minor ? minor : "0")}", CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"cuda[-_]?(?<major>[0-9]{1,2})(\.(?<minor>[0-9]))?(?![0-9])", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 20_000)]
    private static partial Regex Dotted();

    [GeneratedRegex(@"(?<![A-Za-z])cu(?<major>1[0-9])(?<minor>[0-9])(?![0-9])", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 20_000)]
    private static partial Regex Joined();

    [GeneratedRegex(@"(^|/)cuda:(?<major>[0-9]{1,2})\.(?<minor>[0-9])", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 20_000)]
    private static partial Regex OfNvidia();
}
