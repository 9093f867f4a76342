using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Doctor;
using Lodger.Domain.Problems;
using Lodger.Engine.Doctor;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger doctor</c>: what is wrong with a job, or with all, and what to type.</summary>
internal static class DoctorCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = new Argument<string?>("JOB") { Description = "Name or id: looks at the platform and into the machine now. Left out: every open job, as last seen", Arity = ArgumentArity.ZeroOrOne };
        return new Verb("doctor", "Find what goes wrong: each finding with what was seen, its cause and what to type; changes nothing")
        {
            Examples = ["lodger doctor digits", "lodger doctor", "lodger doctor digits --json"],
            Exits = [ExitCode.NotFound, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Findings],
        }
        .With(name)
        .Does((parse, token) => around.WithServerAsync(
            async server =>
            {
                if (parse.GetValue(name) is not { } one)
                    return (await server.DoctorAsync(token)).TryGet(out var all, out var none) ? Show(around, all, isClose: false) : around.Screen.Fail(none);
                if (!(await JobChoice.FindAsync(server, one, token)).TryGet(out var job, out var problem))
                    return around.Screen.Fail(problem);
                return (await server.DoctorAsync(job.Id, token)).TryGet(out var look, out problem) ? Show(around, [look], isClose: true) : around.Screen.Fail(problem);
            },
            token));
    }

    private static ExitCode Show(Surroundings around, CheckUp[] looks, bool isClose)
    {
        var screen = around.Screen;
        if (screen.IsJson)
            screen.Json(looks, ApiJson.Default.CheckUpArray);
        else
            Write(screen, looks, isClose);
        if (looks.Any(l => l.Findings.Any(f => f.Severity > Severity.Note)))
            return ExitCode.Findings;
        return looks.Any(l => l.Unknown.Count > 0) ? ExitCode.Unknown : ExitCode.Ok;
    }

    private static string Bills(decimal? usdPerHour) => usdPerHour switch
    {
        null => "whether it goes on billing is not known",
        0 => "nothing of it bills",
        { } rate => $"goes on billing {Figures.UsdPerHour(rate)}",
    };

    private static void Write(Screen screen, CheckUp[] looks, bool isClose)
    {
        foreach (var look in looks.Where(l => l.Findings.Count > 0 || l.Unknown.Count > 0))
        {
            screen.Line($"[bold]{Shown.Text(look.Job)}[/]  {(look.Rental is { } r ? $"{Shown.Text(r.Id)} {Shown.Text(r.Status.ToString().ToLowerInvariant())}, " : "")}{Bills(look.BillsUsdPerHour)}");
            FindingText.Write(screen, look.Findings);
            foreach (var problem in look.Unknown)
                screen.Hang("  [yellow]unknown[/]  ", problem.Message);
        }

        if (looks.Length == 0)
            screen.Line("No open job.  lodger doctor JOB  looks at a closed one.");
        else if (looks.All(l => l.Findings.Count == 0 && l.Unknown.Count == 0))
            screen.Line(isClose ? $"Nothing is wrong with {Shown.Text(looks[0].Job)}, as far as can be seen{(looks[0].Probe is null ? "" : " from outside and on its machine")}." : $"Nothing is wrong with {Figures.Of(looks.Length, "open job")}, as last seen.");
        if (!isClose && looks.Length > 0)
            screen.Line("  [dim]As last seen.  lodger doctor JOB  looks into the machine now.[/]");
    }
}
