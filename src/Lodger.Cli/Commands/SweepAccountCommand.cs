using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger sweep-account</c>: what bills and belongs to no job. It only looks.</summary>
internal static class SweepAccountCommand
{
    public static Verb Make(Surroundings around)
    {
        var account = Shared.Account();
        return new Verb("sweep-account", "List rentals and volumes of an account that no open job owns, with their cost; changes nothing")
        {
            Examples = ["lodger sweep-account", "lodger sweep-account --account anna --json"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(account.Market, account.Account)
        .Does(async (parse, token) => account.Choose(parse, around).TryGet(out var name, out var problem)
            ? await around.WithServerAsync(
                async server => (await server.SurveyAsync(name, token)).TryGet(out var view, out var failed) ? Show(around.Screen, view) : around.Screen.Fail(failed),
                token)
            : around.Screen.Fail(problem));
    }

    private static ExitCode Show(Screen screen, SurveyView view)
    {
        if (screen.IsJson)
            screen.Json(view, ApiJson.Default.SurveyView);
        else
            SurveyText.Write(screen, view);
        return ExitCode.Ok;
    }
}
