using System.Globalization;

namespace Lodger.Server.Words;

/// <summary>Numbers with their units, as people read them.</summary>
public static class Figures
{
    /// <summary><c>$3.10</c>; below a cent two digits that mean something: <c>$0.0031</c>.</summary>
    public static string Usd(decimal amount)
    {
        var size = Math.Abs(amount);
        if (size is > 0 and < 0.00005m)
            return "<$0.0001";
        var format = size switch
        {
            0 => "0.00",
            >= 0.0995m => "0.00",
            >= 0.00995m => "0.000",
            _ => "0.0000",
        };
        return (amount < 0 ? "-$" : "$") + size.ToString(format, CultureInfo.InvariantCulture);
    }

    public static string UsdPerHour(decimal amount) => Usd(amount) + "/h";

    /// <summary>Decimal units: <c>612 MB</c>, <c>1.3 GB</c>.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB"];
        var value = (double)bytes;
        var unit = 0;
        while (Math.Abs(value) >= 999.5 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        var format = unit == 0 || value >= 99.95 ? "0" : "0.#";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>A clock: <c>0:02</c>, <c>1:31</c>, <c>2:05:40</c>, <c>3 d 04:00</c>.</summary>
    public static string Clock(TimeSpan span)
    {
        if (span < TimeSpan.Zero)
            span = TimeSpan.Zero;
        if (span.TotalDays >= 1)
            return string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} d {span.Hours:00}:{span.Minutes:00}");
        return span.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}:{span.Seconds:00}");
    }

    /// <summary>Roughly, in words: <c>20 s</c>, <c>6 min</c>, <c>3.5 h</c>, <c>2 d</c>.</summary>
    public static string Span(TimeSpan span) => span.TotalSeconds switch
    {
        < 90 => Number(span.TotalSeconds, "0") + " s",
        < 5400 => Number(span.TotalMinutes, "0") + " min",
        < 172_800 => Number(span.TotalHours, "0.#") + " h",
        _ => Number(span.TotalDays, "0.#") + " d",
    };

    /// <summary><c>4.2 M</c>, <c>25.6 M</c>, <c>812</c>: counts of parameters.</summary>
    public static string Count(long count) => count switch
    {
        < 1000 => Number(count, "0"),
        < 1_000_000 => Number(count / 1e3, "0.#") + " k",
        < 1_000_000_000 => Number(count / 1e6, "0.#") + " M",
        _ => Number(count / 1e9, "0.#") + " G",
    };

    public static string Percent(double fraction) => Number(Math.Floor(fraction * 100), "0") + " %";

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Local time of day, with the date when it is another day than today's.</summary>
    public static string Moment(DateTimeOffset at, TimeProvider time)
    {
        var local = TimeZoneInfo.ConvertTime(at, time.LocalTimeZone);
        return local.Date == time.GetLocalNow().Date
            ? local.ToString("HH:mm:ss", CultureInfo.InvariantCulture)
            : local.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }

    /// <summary><c>2 of 3 files load</c>, <c>1 of 1 file loads</c>.</summary>
    public static string Loading(long loaded, long files) => $"{loaded} of {Of(files, "file")} {(files == 1 ? "loads" : "load")}";

    /// <summary><c>1 file</c>, <c>84 files</c>.</summary>
    public static string Of(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
