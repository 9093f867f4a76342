using System.Globalization;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Doctor;

/// <summary>Values as evidence shows them.</summary>
internal static class Words
{
    public static string Usd(decimal usd) => string.Create(CultureInfo.InvariantCulture, $"${usd:0.00}");

    public static string UsdPerHour(decimal usd) => string.Create(CultureInfo.InvariantCulture, $"${usd:0.000#}/h");

    public static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    public static string Gb(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.#} GB");

    public static string Span(TimeSpan time) => time switch
    {
        { TotalSeconds: < 120 } => Number(Math.Max(0, time.TotalSeconds), "0") + " s",
        { TotalMinutes: < 120 } => Number(time.TotalMinutes, "0") + " min",
        { TotalHours: < 48 } => Number(time.TotalHours, "0.#") + " h",
        _ => Number(time.TotalDays, "0.#") + " d",
    };

    /// <summary>Another host than this one.</summary>
    public static string Elsewhere(Facts f) => f.Offer is { } offer
        ? $"Write into job.yaml:  offers: {(f.Spec.Offers is { Length: > 0 } own ? own + " " : "")}machine_id!={offer.MachineId}   and run it again"
        : "lodger run job.yaml   takes another host";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>The command that ends the job, brings home what there is, and asks before it destroys.</summary>
    public static string Down(Facts f) => $"lodger down {f.Spec.Name}";

    /// <summary>For a rental that the work has left; the job goes on.</summary>
    public static string Gate(JobState job) =>
        $"lodger gate {job.Name}{(job.Submission.Spec.Teardown == TeardownMode.WhenVerified ? "   (Lodger fetches what it holds and destroys it by itself)" : "")}";
}
