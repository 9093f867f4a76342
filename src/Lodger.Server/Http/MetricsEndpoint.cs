using System.Globalization;
using System.Text;
using Lodger.Domain.Jobs;
using Lodger.Engine.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>What a monitoring system draws: jobs, money that burns, how old the newest look at each account is. In Prometheus' text format, version 0.0.4; nobody is asked for it.</summary>
internal static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder app, JobBoard board) =>
        app.MapGet(Routes.Metrics, (Principal who) => Results.Text(Write([.. board.List().Where(s => who.Sees(s.State))], board.Now), "text/plain; version=0.0.4; charset=utf-8"));

    public static string Write(IReadOnlyList<JobSight> sights, DateTimeOffset now)
    {
        var text = new StringBuilder();
        Head("lodger_jobs", "Jobs by phase; closed ones are not counted.");
        foreach (var phase in Enum.GetValues<JobPhase>().Where(p => p != JobPhase.Closed))
            Line("lodger_jobs", "phase", phase.ToString(), sights.Count(s => s.State.Phase == phase));
        var open = sights.Where(s => s.State.Phase != JobPhase.Closed).Select(s => JobViews.Of(s, now)).ToList();
        Head("lodger_burn_usd_per_hour", "What the rentals of open jobs bill an hour, as last seen.");
        Line("lodger_burn_usd_per_hour", "what", "gpu", open.Sum(v => v.Meter.GpuUsdPerHour));
        Line("lodger_burn_usd_per_hour", "what", "disk", open.Sum(v => v.Meter.DiskUsdPerHour));
        Head("lodger_rentals_waiting_for_yes", "Rentals whose results are home and that only a person's yes is missing for.");
        Line("lodger_rentals_waiting_for_yes", null, "", open.Sum(v => v.WaitForYes.Count));
        Head("lodger_listing_age_seconds", "Since the newest listing of an account's rentals that its jobs were seen in was asked for.");
        foreach (var account in sights.Where(s => s.State.Phase != JobPhase.Closed && s.SeenAt > DateTimeOffset.UnixEpoch).GroupBy(s => s.State.Submission.Account).OrderBy(g => g.Key, StringComparer.Ordinal))
            Line("lodger_listing_age_seconds", "account", account.Key, (decimal)Math.Max(0, (now - account.Max(s => s.SeenAt)).TotalSeconds));
        return text.ToString();

        void Head(string name, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");

        void Line(string name, string? label, string of, decimal value) =>
            text.Append(name).Append(label is null ? "" : $"{{{label}=\"{Escape(of)}\"}}").Append(' ').Append(value.ToString("0.######", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
