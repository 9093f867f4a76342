using System.Globalization;
using System.Text;
using Lodger.Engine.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary><see cref="ServerFigures"/> in Prometheus' text format, version 0.0.4.</summary>
internal static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder app, JobBoard board) =>
        app.MapGet(Routes.Metrics, (Principal who) => Results.Text(Write([.. board.List().Where(s => who.Sees(s.State))], board.Now), "text/plain; version=0.0.4; charset=utf-8"));

    public static string Write(IReadOnlyList<JobSight> sights, DateTimeOffset now)
    {
        var text = new StringBuilder();
        foreach (var (name, help, of) in ServerFigures.All)
        {
            Head(name, help);
            foreach (var figure in of(sights, now))
                Line(name, figure.Label, figure.Of, figure.Value);
        }

        return text.ToString();

        void Head(string name, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");

        void Line(string name, string? label, string of, decimal value) =>
            text.Append(name).Append(label is null ? "" : $"{{{label}=\"{Escape(of)}\"}}").Append(' ').Append(value.ToString("0.######", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
