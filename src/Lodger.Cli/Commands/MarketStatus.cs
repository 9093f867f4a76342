using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary>How the running marketplace stands, as it says itself.</summary>
internal static class MarketStatus
{
    public static async Task<ExitCode> ShowAsync(Screen screen, MarketDoor door, CancellationToken cancellationToken)
    {
        if (!(await MarketControl.CallAsync(door, HttpMethod.Get, "status", null, "", cancellationToken)).TryGet(out var status, out var problem))
            return screen.Fail(problem);
        status["url"] = door.Url.ToString();
        status["pid"] = door.Pid;
        if (screen.IsJson)
        {
            screen.OutWriter.WriteLine(status.ToJsonString());
            return ExitCode.Ok;
        }

        var now = DateTimeOffset.UnixEpoch.AddSeconds((double)status["market_now"]!);
        var speed = (double)status["speed"]!;
        var pace = speed == 0 ? "stands still (lodger market advance moves it)" : speed == 1 ? "as fast as the clock" : $"{speed.ToString(CultureInfo.InvariantCulture)} market seconds a second";
        screen.Line($"The local marketplace runs: process {door.Pid}, {Shown.Text(door.Url.ToString())}");
        screen.Line($"  time       {now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC, {pace}");
        screen.Line($"  market     seed {status["seed"]}, other tenants {Shown.Text(status["tenants"]?.ToString())}, {status["machines_offline"]} of {status["machines"]} machines offline");
        screen.Line($"  offers     {status["offers_free"]} of {status["offers"]} free on demand");
        foreach (var account in status["accounts"]!.AsArray())
            screen.Line($"  account    {account!["id"]}: {Figures.Usd((decimal)account["balance_usd"]!)}{((bool)account["card_on_file"]! ? ", card on file" : "")}");
        if ((int)status["faults_ordered"]! is > 0 and var ordered)
            screen.Line($"  faults     {ordered} ordered and not yet met");
        Table(screen, status["instances"]!.AsArray());
        return ExitCode.Ok;
    }

    private static void Table(Screen screen, JsonArray instances)
    {
        if (instances.Count == 0)
        {
            screen.Line("  instances  none");
            return;
        }

        var table = Listing.Of("instance", "machine", "gpu", "state", "bid $/h>", "now $/h>", "so far $>", "label");
        foreach (var row in instances)
        {
            var cause = row!["stop_cause"]!.ToString();
            table.AddRow(
                Shown.Text(row["id"]!.ToString()),
                Shown.Text(row["machine_id"]!.ToString()),
                Shown.Text(row["gpu"]!.ToString()),
                Shown.Text(row["phase"] + (cause == "none" ? "" : $" ({cause})")),
                row["bid_usd_per_hour"] is { } bid ? Figures.Number((double)(decimal)bid, "0.000") : "-",
                Figures.Number((double)(decimal)row["usd_per_hour"]!, "0.000"),
                Figures.Number((double)(decimal)row["charged_usd"]!, "0.00"),
                Shown.Text(row["label"]?.ToString() ?? ""));
        }

        screen.Table(table);
    }
}
