using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Doctor;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger inspect-rental</c>: the platform's state machine for a job's rental, without ssh.</summary>
internal static class InspectRentalCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        return new Verb("inspect-rental", "Show a job's rental as the platform has it now: states read together, ports, prices, dates; no ssh")
        {
            Examples = ["lodger inspect-rental digits", "lodger inspect-rental digits --json"],
            Exits = [ExitCode.NotFound, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(name)
        .Does((parse, token) => around.WithJobAsync(
            parse.GetValue(name),
            async (server, job) =>
            {
                if (!(await server.RentalAsync(job.Id, token)).TryGet(out var view, out var problem))
                    return around.Screen.Fail(problem);
                if (around.Screen.IsJson)
                    around.Screen.Json(view, ApiJson.Default.RentalView);
                else
                    Write(around, view);
                return ExitCode.Ok;
            },
            token));
    }

    private static void Write(Surroundings around, RentalView view)
    {
        var screen = around.Screen;
        var r = view.Rental;
        var facts = Listing.Facts();
        facts.AddRow("rental", $"{Shown.Text(r.Id)}  {Shown.Text(r.Label)}");
        facts.AddRow("state", Shown.Text(r.Status.ToString().ToLowerInvariant()));
        facts.AddRow("it says", Shown.Text(r.Evidence));
        facts.AddRow("means", Shown.Text(StateReading.Of(r.Status)));
        facts.AddRow("machine", $"{Shown.Text(r.MachineId)}, {r.GpuCount}x {Shown.Text(r.GpuName)} with {r.GpuMemoryMb} MiB, disk {r.DiskGb:0} GB, {(r.Interruptible ? "interruptible" : "on demand")}");
        facts.AddRow("bills", $"{Figures.UsdPerHour(r.GpuUsdPerHour)} GPU while running, {Figures.UsdPerHour(r.DiskUsdPerHour)} disk, ${Figures.Number((double)r.DownloadUsdPerGb, "0.000")} a GB in and ${Figures.Number((double)r.UploadUsdPerGb, "0.000")} out");
        facts.AddRow("ssh", Shown.Text($"{(r.DirectSsh is { } direct ? $"direct {direct}" : "no direct port")}{(r.ProxySsh is { } proxy ? $", proxy {proxy}" : "")}"));
        foreach (var (inside, outside) in r.Ports.OrderBy(p => p.Key, StringComparer.Ordinal))
            facts.AddRow("port", Shown.Text($"{outside} -> {inside}"));
        if (r.StartedAt is { } started)
            facts.AddRow("started", Figures.Moment(started, around.Time));
        if (r.ContractEnd is { } end)
            facts.AddRow("ends", $"{Figures.Moment(end, around.Time)}, then stopped for good");
        screen.Table(facts);
        FindingText.Write(screen, view.Findings);
    }
}
