using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Clocks;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger ps</c>: the jobs, what they do and what they bill.</summary>
internal static class PsCommand
{
    public static Verb Make(Surroundings around)
    {
        var all = new Option<bool>("--all", "-a") { Description = "Closed jobs too" };
        var project = new Option<string?>("--project") { Description = "Only the jobs of this one", HelpName = "NAME" };
        return new Verb("ps", "List jobs: what they do, what bills now and so far")
        {
            Examples = ["lodger ps", "lodger ps --all --json", "lodger ps --project vision"],
            Exits = [ExitCode.ServerUnreachable],
        }
        .With(all, project)
        .Does((parse, token) => around.WithServerAsync(
            server => around.Screen.IsJson
                ? JsonAsync(around.Screen, server, parse.GetValue(all), parse.GetValue(project), token)
                : ListAsync(around.Screen, server, parse.GetValue(all), parse.GetValue(project), token),
            token));
    }

    private static async Task<ExitCode> JsonAsync(Screen screen, ServerClient server, bool all, string? project, CancellationToken token)
    {
        if (!(await server.JobsAsync(all, token)).TryGet(out var jobs, out var problem))
            return screen.Fail(problem);
        screen.Json([.. jobs.Where(j => project is null || j.Project == project)], ApiJson.Default.JobViewArray);
        return ExitCode.Ok;
    }

    private static async Task<ExitCode> ListAsync(Screen screen, ServerClient server, bool all, string? project, CancellationToken token)
    {
        // Both at once: with thousands of jobs either takes the server a while.
        var listing = server.JobListAsync(all, token);
        var due = ClocksText.DueAsync(server, null, token);
        var list = await listing;
        var clocks = await due;
        if (!list.TryGet(out var jobs, out var problem))
            return screen.Fail(problem);
        Show(screen, [.. jobs.Where(j => project is null || j.Project == project)], all, clocks);
        return ExitCode.Ok;
    }

    private static void Show(Screen screen, JobLine[] jobs, bool all, IReadOnlyList<Clock> due)
    {
        if (jobs.Length == 0)
        {
            screen.Line(all ? "No job yet.  lodger demo  shows one from beginning to end." : "No open job.  lodger ps --all  shows the closed ones.");
            ClocksText.Warn(screen, due);
            return;
        }

        var isOne = jobs.All(j => j.Project == Domain.Jobs.Projects.Default);
        var table = Listing.Of([.. isOne ? (string[])[] : ["project"], "job", "state", "progress>", "rental", "now>", "so far>", "market"]);
        foreach (var job in jobs)
        {
            table.AddRow([
                .. isOne ? (string[])[] : [Shown.Text(job.Project)],
                Shown.Text(job.Name),
                JobText.StateWord(job.Phase, job.Outcome),
                job.Fraction is { } fraction ? Figures.Percent(fraction) : "",
                Shown.Text(job.Meter.NothingBills ? "" : job.RentalId),
                job.Meter.NothingBills ? "nothing" : Figures.UsdPerHour(job.Meter.GpuUsdPerHour + job.Meter.DiskUsdPerHour),
                JobText.SoFar(job.Meter) ?? "?",
                Shown.Text(job.Market)]);
        }

        screen.Table(table);
        Stopped(screen, [.. jobs.Where(OnlyItsDiskBills)]);
        Findings(screen, jobs);
        var listed = jobs.ToLookup(j => j.Name, StringComparer.Ordinal);
        ClocksText.Warn(screen, [.. due.Where(c => !listed[c.Job ?? ""].Any(j => IsSaid(c, j)))]);
    }

    private static void Stopped(Screen screen, JobLine[] jobs)
    {
        if (jobs.Length == 0)
            return;
        var rate = Figures.UsdPerHour(jobs.Sum(j => j.Meter.DiskUsdPerHour));
        screen.Line();
        screen.Hang("  ", jobs is [var job]
            ? $"{job.Name}: {job.RentalId} is stopped, and its disk goes on billing {rate} until it is destroyed:  {job.Findings?.FirstOrDefault(f => f.Id == "VAST1")?.Fix ?? $"lodger down {job.Name}"}"
            : $"{Alike.Jobs([.. jobs.Select(j => j.Name)])}: their rentals are stopped, and the disks go on billing {rate} in all until they are destroyed, each with  lodger down NAME");
    }

    /// <summary>A hundred jobs that were outbid at once are one line, and one of them as the example.</summary>
    private static void Findings(Screen screen, JobLine[] jobs)
    {
        var findings = jobs.SelectMany(j => (j.Findings ?? []).Where(f => !(f.Id == "VAST1" && OnlyItsDiskBills(j))).Select(f => (Job: j.Name, Finding: f)));
        foreach (var alike in findings.GroupBy(f => (f.Finding.Id, f.Finding.Title)))
        {
            var (job, first) = alike.First();
            string[] names = [.. alike.Select(f => f.Job)];
            screen.Line();
            screen.Hang("  ", names.Length == 1
                ? $"{job}: {FindingText.Short(first)}"
                : $"{Alike.Jobs(names)}: {first.Id}: {first.Title}.  Of {job}: {first.Evidence}.  {first.Fix}   Each of them:  lodger doctor");
        }
    }

    /// <summary>The table, or a line below it, says so already.</summary>
    private static bool IsSaid(Clock clock, JobLine job) => clock.Kind switch
    {
        ClockKind.StoppedAndBilling => OnlyItsDiskBills(job),
        ClockKind.WaitsForYes or ClockKind.NeedsAttention => true,
        _ => false,
    };

    private static bool OnlyItsDiskBills(JobLine job) =>
        job is { RentalStatus: RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited, Meter: { NothingBills: false, DiskUsdPerHour: > 0 } };
}
