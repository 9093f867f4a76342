using System.Globalization;

namespace Lodger.Domain.Spec;

/// <summary>Durations and sizes as people write them: <c>1d12h</c>, <c>90m</c>, <c>45s</c>; <c>50GB</c>, <c>512MB</c>, <c>2TB</c>.</summary>
public static class Quantity
{
    /// <summary>Longest duration that means anything here.</summary>
    public static readonly TimeSpan DurationMax = TimeSpan.FromDays(366);

    private const long SizeBytesMax = 1_000_000_000_000_000;

    /// <summary>Whole numbers with d, h, m, s, each at most once and in this order; more than nothing, at most a year.</summary>
    public static bool TryParseDuration(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (string.IsNullOrEmpty(text))
            return false;

        const string units = "dhms";
        ReadOnlySpan<long> secondsPerUnit = [86_400, 3_600, 60, 1];
        long seconds = 0;
        int unitsUsed = 0;
        int at = 0;
        while (at < text.Length)
        {
            int digitsEnd = at;
            while (digitsEnd < text.Length && char.IsAsciiDigit(text[digitsEnd]))
                digitsEnd++;

            // Nine digits of seconds are 31 years: more could only overflow.
            if (digitsEnd == at || digitsEnd - at > 9 || digitsEnd == text.Length)
                return false;

            int unit = units.IndexOf(text[digitsEnd], unitsUsed);
            if (unit < 0)
                return false;

            seconds += long.Parse(text.AsSpan(at, digitsEnd - at), NumberStyles.None, CultureInfo.InvariantCulture) * secondsPerUnit[unit];
            unitsUsed = unit + 1;
            at = digitsEnd + 1;
        }

        if (seconds == 0 || seconds > (long)DurationMax.TotalSeconds)
            return false;

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>A number and KB, MB, GB or TB (powers of ten, as the platform bills); a space between is allowed, case does not matter.</summary>
    public static bool TryParseSize(string? text, out long bytes)
    {
        bytes = 0;
        if (text is not { Length: >= 3 })
            return false;

        decimal factor = text[^2..].ToUpperInvariant() switch
        {
            "KB" => 1_000m,
            "MB" => 1_000_000m,
            "GB" => 1_000_000_000m,
            "TB" => 1_000_000_000_000m,
            _ => 0m,
        };
        if (factor == 0m
            || !decimal.TryParse(text[..^2].TrimEnd(' '), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number <= 0m
            || number > SizeBytesMax / factor)
        {
            return false;
        }

        bytes = (long)(number * factor);
        return bytes > 0;
    }

    /// <summary>The shortest form that <see cref="TryParseDuration"/> reads back; parts of a second are dropped.</summary>
    public static string Write(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(1))
            return "0s";

        string text = "";
        if (duration.Days > 0)
            text += $"{duration.Days}d";
        if (duration.Hours > 0)
            text += $"{duration.Hours}h";
        if (duration.Minutes > 0)
            text += $"{duration.Minutes}m";
        if (duration.Seconds > 0)
            text += $"{duration.Seconds}s";
        return text;
    }
}
