using System.Diagnostics.Metrics;
using Lodger.Domain.Jobs;
using Lodger.Engine.Jobs;
using Lodger.Server.Http;

namespace Lodger.Server.Telemetry;

/// <summary>One figure at one moment.</summary>
/// <param name="Label">What tells it from the others of its name; null: it is alone.</param>
internal sealed record Figure(string? Label, string Of, decimal Value);

/// <summary>What a monitoring system draws: jobs, money that burns, how old the newest look at each account is. One source, for Prometheus and for OpenTelemetry; nobody is asked for it.</summary>
internal sealed class ServerFigures : IDisposable
{
    public const string MeterName = "Lodger.Server";

    private readonly Meter meter = new(MeterName);

    /// <summary>Names and what they say, in their order.</summary>
    public static IReadOnlyList<(string Name, string Help, Func<IReadOnlyList<JobSight>, DateTimeOffset, IEnumerable<Figure>> Of)> All { get; } =
    [
        ("lodger_jobs", "Jobs by phase; closed ones are not counted.", (sights, _) => Enum.GetValues<JobPhase>().Where(p => p != JobPhase.Closed).Select(p => new Figure("phase", p.ToString(), sights.Count(s => s.State.Phase == p)))),
        ("lodger_burn_usd_per_hour", "What the rentals of open jobs bill an hour, as last seen.", Burn),
        ("lodger_rentals_waiting_for_yes", "Rentals whose results are home and that only a person's yes is missing for.", (sights, now) => [new Figure(null, "", Open(sights, now).Sum(v => v.WaitForYes.Count))]),
        ("lodger_listing_age_seconds", "Since the newest listing of an account's rentals that its jobs were seen in was asked for.", Ages),
    ];

    /// <param name="board">All of its jobs.</param>
    public ServerFigures(JobBoard board)
    {
        foreach (var (name, help, of) in All)
            meter.CreateObservableGauge(name, () => of(board.List(), board.Now).Select(f => f.Label is { } label ? new Measurement<double>((double)f.Value, new KeyValuePair<string, object?>(label, f.Of)) : new Measurement<double>((double)f.Value)), description: help);
    }

    public void Dispose() => meter.Dispose();

    private static IEnumerable<Api.JobView> Open(IReadOnlyList<JobSight> sights, DateTimeOffset now) => sights.Where(s => s.State.Phase != JobPhase.Closed).Select(s => JobViews.Of(s, now));

    private static IEnumerable<Figure> Burn(IReadOnlyList<JobSight> sights, DateTimeOffset now)
    {
        var open = Open(sights, now).ToList();
        return [new Figure("what", "gpu", open.Sum(v => v.Meter.GpuUsdPerHour)), new Figure("what", "disk", open.Sum(v => v.Meter.DiskUsdPerHour))];
    }

    private static IEnumerable<Figure> Ages(IReadOnlyList<JobSight> sights, DateTimeOffset now) =>
        sights.Where(s => s.State.Phase != JobPhase.Closed && s.SeenAt > DateTimeOffset.UnixEpoch).GroupBy(s => s.State.Submission.Account).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(account => new Figure("account", account.Key, (decimal)Math.Max(0, (now - account.Max(s => s.SeenAt)).TotalSeconds)));
}
