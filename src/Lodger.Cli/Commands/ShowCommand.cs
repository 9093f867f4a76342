using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger show</c>: everything about one job at this moment.</summary>
internal static class ShowCommand
{
    /// <summary>A report that is not older is of now: a machine is asked every few seconds.</summary>
    private static readonly TimeSpan Present = TimeSpan.FromSeconds(30);

    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        return new Verb("show", "Show one job: phase, progress, machine, meter, results, next step")
        {
            Examples = ["lodger show digits"],
            Exits = [ExitCode.NotFound, ExitCode.ServerUnreachable],
        }
        .With(name)
        .Does((parse, token) => around.WithJobAsync(parse.GetValue(name), (_, job) => Task.FromResult(Show(around, job)), token));
    }

    private static ExitCode Show(Surroundings around, JobView job)
    {
        var screen = around.Screen;
        if (screen.IsJson)
        {
            screen.Json(job, ApiJson.Default.JobView);
            return ExitCode.Ok;
        }

        var facts = Listing.Facts();
        facts.AddRow("job", $"{Shown.Text(job.Name)}  [dim]{Shown.Text(job.Id)}[/]");
        facts.AddRow("project", job.Project == Domain.Jobs.Projects.Default ? "" : Shown.Text(job.Project));
        facts.AddRow("state", Shown.Text(JobText.StateWord(job)) + (job.Attempt > 0 ? $", attempt {job.Attempt}" : ""));
        facts.AddRow("doing", job.Outcome is null ? JobText.Doing(job, around.Time) : "");
        facts.AddRow("submitted", Figures.Moment(job.SubmittedAt, around.Time));
        facts.AddRow("market", Shown.Text(job.Market));
        if (job.RentalId is { } rental)
            facts.AddRow("rental", $"{Shown.Text(rental)}  {Shown.Text(job.RentalStatus?.ToString().ToLowerInvariant() ?? "gone")}  {Shown.Text($"{job.Offer.GpuCount}x {job.Offer.GpuName}")}");
        if (job.Evidence.Length > 0)
            facts.AddRow("it says", Shown.Text(job.Evidence));
        if (job is { RentalStatus: Domain.Market.RentalStatus.Running, Report: { } report })
            Machine(facts, report, job.ReportAt, around.Time);
        if (job.AtRisk is { } risk)
            facts.AddRow("at risk", RiskText.Of(risk, job.Progress?.Step));
        if (job.Cadence is { } cadence)
            facts.AddRow("cadence", $"a checkpoint every {Figures.Span(cadence.Every)}: {Shown.Text(cadence.Why)}");
        if (job.ExitCode is { } code)
            facts.AddRow("command", $"exited {code}");
        facts.AddRow("meter", JobText.Meter(job.Meter) + (job.Meter.AsOf is { } asOf ? $"  [dim]as of {Figures.Moment(asOf, around.Time)}[/]" : ""));
        if (job.ExpectedUsd is { } expected)
            facts.AddRow("expected", Figures.Usd(expected) + (job.BudgetUsd is { } budget ? $", budget {Figures.Usd(budget)}{(job.Held is null ? "" : " (reached)")}" : ", no budget"));
        facts.AddRow("results", Shown.Text(around.Results(job)));
        if (job.Receipt is { } receipt)
            facts.AddRow("receipt", $"{Shown.Text(EventText.Short(receipt.ReceiptId))}: {Figures.Loading(receipt.Loaded, receipt.Files)}, {Figures.Bytes(receipt.Bytes)}");
        foreach (var finding in job.Findings)
            facts.AddRow("finding", $"{Shown.Text(finding.Path)}: {Shown.Text(finding.Message)}");
        foreach (var finding in job.Doctor)
            facts.AddRow(finding.Severity.ToString().ToLowerInvariant(), Shown.Text(FindingText.Short(finding)));
        if (job.Problem is { } problem)
            facts.AddRow("problem", Shown.Text(problem.ToString()));
        foreach (var left in job.WaitForYes.Where(id => id != job.RentalId))
            facts.AddRow("asks", $"{Shown.Text(left)}, which the work has left, waits for your yes: lodger gate {Shown.Text(job.Name)}");
        if (around.Next(job) is { Length: > 0 } next)
            facts.AddRow("next", Shown.Text(next));
        screen.Table(facts);
        return ExitCode.Ok;
    }

    /// <summary>What a machine said last, which is not what it would say now where nobody has reached it since.</summary>
    private static void Machine(Listing facts, Domain.Box.BoxReport report, DateTimeOffset? saidAt, TimeProvider time)
    {
        var asOf = saidAt is { } at && time.GetUtcNow() - at > Present ? $"  [dim]as of {Figures.Moment(at, time)}[/]" : "";
        foreach (var gpu in report.Gpus)
            facts.AddRow("gpu", Shown.Text($"{gpu.Name}, {gpu.MemoryMb} MiB, {gpu.UtilizationPercent} % busy, driver {gpu.DriverVersion}") + asOf);
        if (report is { DiskFreeBytes: { } free, DiskTotalBytes: { } total })
            facts.AddRow("disk", $"{Figures.Bytes(free)} free of {Figures.Bytes(total)}{asOf}");
        if (report.HeartbeatAge is { } age)
        {
            // Its age was reckoned on the machine; what has gone by here since makes it older.
            var since = saidAt is { } said && time.GetUtcNow() is var now && now > said ? now - said : TimeSpan.Zero;
            facts.AddRow("heartbeat", $"{Figures.Span(age + since)} ago");
        }
    }
}
