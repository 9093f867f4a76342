using System.CommandLine;
using System.Globalization;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger audit</c>: who asked the server for what.</summary>
internal static class AuditCommand
{
    public static Verb Make(Surroundings around)
    {
        var max = new Option<int>("--max") { Description = "At most so many, the newest", DefaultValueFactory = _ => 50, HelpName = "NUMBER" };
        return new Verb("audit", "List who asked the server for what, from where, and what came of it: all that changes something, and what was refused")
        {
            Examples = ["lodger audit", "lodger audit --max 1000 --json"],
            Exits = [ExitCode.NotAuthorized, ExitCode.ServerUnreachable],
        }
        .With(max)
        .Does((parse, token) => parse.GetValue(max) is < 1 or > 1000
            ? Task.FromResult(around.Screen.Fail(new Problem("audit-max", "Between 1 and 1000 entries are shown at once.", "For example  --max 200", ExitCode.BadInput)))
            : around.WithServerAsync(
                async server =>
                {
                    if (!(await server.AuditAsync(parse.GetValue(max), token)).TryGet(out var entries, out var failed))
                        return around.Screen.Fail(failed);
                    return Write(around, entries);
                },
                token));
    }

    private static ExitCode Write(Surroundings around, AuditView[] entries) => ListAnswer.Write(
        around.Screen,
        entries,
        ApiJson.Default.AuditViewArray,
        "Nobody asked for anything that changes something yet.",
        ["when", "who", "from", "what", "about", "answer"],
        e => [Figures.Moment(e.At, around.Time), Shown.Text(e.Who), Shown.Text(e.From), Shown.Text(e.Act), Shown.Text(e.Target), Answer(e.Status)]);

    private static string Answer(int status) => status switch
    {
        < 300 => "done",
        401 => "[yellow]no valid token[/]",
        403 => "[yellow]not allowed[/]",
        < 500 => $"refused ({status.ToString(CultureInfo.InvariantCulture)})",
        _ => "[yellow]not known[/]",
    };
}
