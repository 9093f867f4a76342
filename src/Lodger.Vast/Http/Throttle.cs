using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lodger.Vast.Http;

/// <summary>Reads what a 429 asks for: <c>API requests too frequent endpoint threshold=3.5</c>.</summary>
internal static partial class Throttle
{
    private const int BodyLookedAt = 4096;

    /// <summary>The spacing that the body names, or null when it names none that makes sense.</summary>
    public static TimeSpan? Threshold(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, BodyLookedAt)]);
        var match = Named().Match(text);
        if (!match.Success) return null;
        if (!double.TryParse(match.Groups["seconds"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return null;
        return seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds) : null;
    }

    [GeneratedRegex(@"threshold\s*=\s*(?<seconds>[0-9]{1,6}(\.[0-9]{1,6})?)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex Named();
}
