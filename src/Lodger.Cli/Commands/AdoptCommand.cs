using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Engine.Adopt;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger adopt</c>: a rental that was made by hand or by another tool, saved, proven, and destroyed through the gate.</summary>
internal static class AdoptCommand
{
    public static Verb Make(Surroundings around)
    {
        var rental = new Argument<string>("RENTAL") { Description = "The rental's id, as the platform's console shows it" };
        var save = new Option<string[]>("--save") { Description = "A file or directory on the machine that has to come home; several: give it again (default: you are asked)", HelpName = "PATH" };
        var name = new Option<string?>("--name") { Description = "By which the job is spoken of (default: rental-RENTAL)", HelpName = "NAME" };
        var into = new Option<string?>("--into") { Description = "Where it goes on this machine (default: ./results/NAME)", HelpName = "DIR" };
        var detach = new Option<bool>("--detach", "-d") { Description = "Take it over and return; lodger show JOB says how it stands" };
        var proxy = new Option<bool>("--over-proxy") { Description = "Agree that the files also come through the platform's slow ssh proxy, when only that reaches the machine" };
        var release = new Option<bool>("--release") { Description = "Let go what was taken over: it is forgotten here, nothing on it is touched, and it goes on billing" };
        var yes = Shared.Yes("Say yes to letting Lodger's ssh key in and to taking it over (the destroy is still asked for)");
        var account = Shared.Account();
        return new Verb("adopt", "Take over a rental that was started by hand or by another tool: save what you name, prove it, ask, destroy")
        {
            Examples = ["lodger adopt 20481234", "lodger adopt 20481234 --save /workspace/out --save /root/model.safetensors", "lodger adopt 20481234 --save /workspace/out --yes --detach --json", "lodger adopt --release 20481234"],
            Exits =
            [
                ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.RentalUnusable, ExitCode.NotVerified, ExitCode.ApprovalNeeded, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite,
                ExitCode.Cancelled,
            ],
        }
        .With(rental, save, name, into, detach, proxy, release, yes, account.Market, account.Account)
        .Does(async (parse, token) =>
        {
            if (!account.Choose(parse, around).TryGet(out var chosen, out var problem))
                return around.Screen.Fail(problem);
            var wish = new AdoptWish
            {
                Account = chosen,
                RentalId = parse.GetValue(rental)!,
                Paths = parse.GetValue(save) ?? [],
                Name = parse.GetValue(name),
                Into = parse.GetValue(into),
                Yes = parse.GetValue(yes),
                OverProxy = parse.GetValue(proxy),
                Detach = parse.GetValue(detach),
            };
            if (parse.GetValue(release))
            {
                return wish.Paths.Count > 0 || wish.Name is not null || wish.Into is not null
                    ? around.Screen.Fail(new Problem("release-alone", "What is let go is neither saved nor named.", $"lodger adopt --release {wish.RentalId}", ExitCode.BadInput))
                    : await around.WithServerAsync(server => ReleaseAsync(around, server, wish, token), token);
            }

            return await around.WithServerAsync(server => RunAsync(around, server, wish, token), token);
        });
    }

    private static async Task<ExitCode> ReleaseAsync(Surroundings around, ServerClient server, AdoptWish wish, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!(await server.ReleaseAsync(wish.Account, wish.RentalId, around.User, cancellationToken)).TryGet(out var gone, out var problem))
            return screen.Fail(problem);
        if (screen.IsJson)
            screen.Json(gone, ApiJson.Default.RentalLetGo);
        screen.Hang("  ", gone.Said);
        screen.Hang("  ", $"What {gone.Job} saved of it stays where it is:  lodger show {gone.Job}");
        if (gone.LabelLeft is { } label)
            screen.Hang("  ", $"Its label is still {label}: give it another one in the platform's console before another Lodger takes it over.");
        return ExitCode.Ok;
    }

    private static async Task<ExitCode> RunAsync(Surroundings around, ServerClient server, AdoptWish wish, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        var mayLetKeyIn = wish.Yes;
        var looked = await server.LookAtRentalAsync(wish.Account, wish.RentalId, new RentalLookRequest(wish.Paths, mayLetKeyIn), cancellationToken);
        if (looked.Problem is { Id: AdoptDesk.KeyNeeded } noKey && screen.CanAsk)
        {
            screen.Hang("  ", noKey.Message);
            if (!await screen.AskAsync($"Let Lodger's ssh key into {wish.RentalId}? It stays there as long as the rental does.", cancellationToken))
                return Nothing(screen);
            mayLetKeyIn = true;
            looked = await server.LookAtRentalAsync(wish.Account, wish.RentalId, new RentalLookRequest(wish.Paths, mayLetKeyIn), cancellationToken);
        }

        if (!looked.TryGet(out var look, out var problem))
            return screen.Fail(problem);
        if (!screen.IsJson)
            AdoptText.Write(screen, look, around.Time);
        if (wish.Paths.Count == 0)
        {
            if (!screen.CanAsk)
                return Unasked(screen, wish, look);
            wish = wish with { Paths = await AskPathsAsync(screen, look, cancellationToken) };
            if (wish.Paths.Count == 0)
                return Nothing(screen);
            if (!(await server.LookAtRentalAsync(wish.Account, wish.RentalId, new RentalLookRequest(wish.Paths, mayLetKeyIn), cancellationToken)).TryGet(out look, out problem))
                return screen.Fail(problem);
            AdoptText.WriteSaved(screen, look);
        }

        if (!screen.IsJson && !around.IsRemote())
            WriteRoom(screen, wish.ResultsIn(around.CurrentDirectory));
        if (!wish.Yes)
        {
            if (!screen.CanAsk)
                return screen.Fail(new Problem("yes-needed", "Taking a rental over needs a person's yes, and nobody can be asked here.", "Say it beforehand with  --yes", ExitCode.ApprovalNeeded));
            if (!await screen.AskAsync($"Take over rental {wish.RentalId} and bring {Figures.Bytes(look.Bytes)} home?", cancellationToken))
                return Nothing(screen);
        }

        return await new JobRun(around, server).AdoptAsync(wish, cancellationToken);
    }

    /// <summary>A script gets what it can choose from, and a status that says that it has to.</summary>
    private static ExitCode Unasked(Screen screen, AdoptWish wish, RentalLook look)
    {
        if (screen.IsJson)
            screen.Json(look, ApiJson.Default.RentalLook);
        return screen.FailAfterAnswer(new Problem("nothing-to-save", "Nothing was named that has to be saved, and nobody can be asked here.", $"Name it:  lodger adopt {wish.RentalId} --save PATH", ExitCode.BadInput));
    }

    /// <summary>Everything that is shown, or path by path: a name with a space in it is one path.</summary>
    private static async Task<IReadOnlyList<string>> AskPathsAsync(Screen screen, RentalLook look, CancellationToken cancellationToken)
    {
        var suggested = AdoptText.Suggested(look);
        screen.Line();
        foreach (var place in suggested)
            screen.Hang("  place    ", place);
        List<string> named = [];
        while (true)
        {
            var question = named.Count > 0 ? "And? (Enter: that is all) " : suggested.Count > 0 ? "What has to come home? One path, or Enter for all these places: " : "What has to come home? One path: ";
            var typed = await screen.PromptAsync(question, cancellationToken);
            if (string.IsNullOrWhiteSpace(typed))
                return named.Count > 0 ? named : suggested;
            named.Add(typed.Trim());
        }
    }

    private static void WriteRoom(Screen screen, string results)
    {
        if (LocalRoom.FreeBytes(results) is { } free)
            screen.Hang("  room     ", $"{Figures.Bytes(free)} free where {results} lies");
    }

    private static ExitCode Nothing(Screen screen)
    {
        screen.Line("Nothing was taken over.");
        return ExitCode.ApprovalNeeded;
    }
}
