using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger clocks</c>: when what is lost, and what is paid for nothing.</summary>
internal static class ClocksCommand
{
    public static Verb Make(Surroundings around)
    {
        var account = Shared.Account();
        return new Verb("clocks", "When data or money is lost: contract ends, balance, stopped rentals, unused volumes, what waits for you")
        {
            Examples = ["lodger clocks", "lodger clocks --account anna --json"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(account.Market, account.Account)
        .Does(async (parse, token) =>
        {
            string? name = null;
            var named = parse.GetValue(account.Market) is not null || parse.GetValue(account.Account) is not null;
            if (named && !account.Choose(parse, around).TryGet(out name, out var problem))
                return around.Screen.Fail(problem);
            return await around.WithServerAsync(
                async server =>
                {
                    if (!(await server.ClocksAsync(name, latest: false, due: false, token)).TryGet(out var view, out var failed))
                        return around.Screen.Fail(failed);
                    if (around.Screen.IsJson)
                        around.Screen.Json(view, ApiJson.Default.ClocksView);
                    else
                        ClocksText.Write(around.Screen, view, around.Time);
                    return ExitCode.Ok;
                },
                token);
        });
    }
}
