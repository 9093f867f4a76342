using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Volumes;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger volume</c>: disks that outlive rentals, and bill until they are deleted.</summary>
internal static class VolumeCommand
{
    public static Verb Make(Surroundings around) => new Verb("volume", "Disks on one machine that outlive rentals: find, make, list with who uses them and what they cost, delete through the gate")
    {
        Examples = ["lodger volume list", "lodger volume search gpu_name=RTX_4090 --size 50GB", "lodger volume create 618200312 --size 50GB --name weights", "lodger volume delete 41200999"],
    }
    .With(List(around), Search(around), Create(around), Delete(around));

    private static Verb List(Surroundings around)
    {
        var account = Shared.Account();
        return new Verb("list", "List an account's volumes: who uses each, what it costs, whether what is on it is home")
        {
            Examples = ["lodger volume list", "lodger volume list --account anna --json"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(account.Market, account.Account)
        .Does((parse, token) => WithAccountAsync(around, account, parse, async (server, name) =>
        {
            if (!(await server.VolumesAsync(name, token)).TryGet(out var list, out var problem))
                return around.Screen.Fail(problem);
            if (around.Screen.IsJson)
                around.Screen.Json(list, ApiJson.Default.VolumeList);
            else
                VolumeText.Write(around.Screen, list, around.Time);
            return ExitCode.Ok;
        }, token));
    }

    private static Verb Search(Surroundings around)
    {
        var query = new Argument<string[]>("QUERY") { Description = "For the GPUs that are to work on it, in the platform's grammar; words are joined", Arity = ArgumentArity.ZeroOrMore };
        var size = Size();
        var any = new Option<bool>("--any-offer") { Description = "Drop the safety filters (verified, reliability, direct ports)" };
        var account = Shared.Account();
        return new Verb("search", "List machines with space for a volume and a GPU for rent beside it")
        {
            Examples = ["lodger volume search gpu_name=RTX_4090 --size 50GB", "lodger volume search num_gpus=1 --market local"],
            Exits = [ExitCode.NotAuthorized, ExitCode.NoOffer, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(query, size, any, account.Market, account.Account)
        .Does((parse, token) => WithAccountAsync(around, account, parse, async (server, name) =>
        {
            if (!Gigabytes(parse.GetValue(size)!).TryGet(out var gb, out var problem)
                || !(await server.VolumePlacesAsync(name, string.Join(' ', parse.GetValue(query) ?? []), gb, parse.GetValue(any), token)).TryGet(out var places, out problem))
                return around.Screen.Fail(problem);
            if (around.Screen.IsJson)
                around.Screen.Json(places, ApiJson.Default.VolumePlaces);
            else if (places.Places.Count == 0)
                return around.Screen.Fail(new Problem("no-offer", $"{places.Market} has no machine with {gb} GB for a volume and such a GPU for rent.", "Ask for less, or drop the safety filters with  --any-offer", ExitCode.NoOffer));
            else
                VolumeText.Write(around.Screen, places);
            return ExitCode.Ok;
        }, token));
    }

    private static Verb Create(Surroundings around)
    {
        var offer = new Argument<string>("OFFER") { Description = "Of lodger volume search" };
        var size = Size();
        var label = new Option<string>("--name") { Description = "By which it is found again; no other volume of the account has it", Required = true, HelpName = "NAME" };
        var yes = Shared.Yes("Say yes to what it costs");
        var account = Shared.Account();
        return new Verb("create", "Make a volume on a machine; it bills from then on until it is deleted")
        {
            Examples = ["lodger volume create 618200312 --size 50GB --name weights"],
            Exits = [ExitCode.NotAuthorized, ExitCode.NoMoney, ExitCode.NoOffer, ExitCode.ApprovalNeeded, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(offer, size, label, yes, account.Market, account.Account)
        .Does((parse, token) => WithAccountAsync(around, account, parse, async (server, name) =>
            Gigabytes(parse.GetValue(size)!).TryGet(out var gb, out var problem)
                ? await CreateAsync(around, server, name, new VolumeRequest(parse.GetValue(offer)!, gb, parse.GetValue(label)!, around.User), parse.GetValue(yes), token)
                : around.Screen.Fail(problem), token));
    }

    private static Verb Delete(Surroundings around)
    {
        var id = new Argument<string>("ID") { Description = "Of lodger volume list" };
        var yes = Shared.Yes("Say yes to the delete once the gate allows it");
        var abandon = new Option<bool>("--abandon-data") { Description = "Give up what is on it; asks for the volume's id, typed out" };
        var typed = new Option<string?>("--volume") { Description = "With --abandon-data: the volume's id, for scripts", HelpName = "ID" };
        var account = Shared.Account();
        return new Verb("delete", "Delete a volume for good: only when what jobs made on it is proven home, or given up by name. No flag skips the proof")
        {
            Examples = ["lodger volume delete 41200999", "lodger volume delete 41200999 --abandon-data"],
            Exits = [ExitCode.NotFound, ExitCode.NotVerified, ExitCode.ApprovalNeeded, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(id, yes, abandon, typed, account.Market, account.Account)
        .Does((parse, token) => WithAccountAsync(around, account, parse, async (server, name) =>
        {
            if (!(await server.VolumesAsync(name, token)).TryGet(out var list, out var problem))
                return around.Screen.Fail(problem);
            if (list.Volumes.FirstOrDefault(v => v.Volume.Id == parse.GetValue(id)) is not { } sight)
                return around.Screen.Fail(new Problem("no-such-volume", $"{list.Market} has no volume {parse.GetValue(id)}.", "See what there is: lodger volume list", ExitCode.NotFound));
            return parse.GetValue(abandon)
                ? await AbandonAsync(around, server, name, sight, parse.GetValue(typed), token)
                : await DeleteAsync(around, server, name, sight, parse.GetValue(yes), token);
        }, token));
    }

    private static async Task<ExitCode> CreateAsync(Surroundings around, ServerClient server, string account, VolumeRequest request, bool yes, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        // Its price is what is agreed to: asked for now, with any GPU, because the machine may have none free.
        if (!yes)
        {
            if (!(await server.VolumePlacesAsync(account, "", request.SizeGb, true, cancellationToken)).TryGet(out var places, out var problem))
                return screen.Fail(problem);
            var price = places.Places.FirstOrDefault(p => p.Volume.Id == request.OfferId)?.Volume.StorageUsdPerGbMonth * request.SizeGb;
            screen.Hang("  ", $"A volume of {request.SizeGb} GB from offer {request.OfferId} on {places.Market} bills {(price is { } usd ? $"{Figures.Usd(usd)} a month" : "what its host asks")} from now on until you delete it, whatever becomes of the rentals that use it. It never grows and never leaves its machine.");
            if (!screen.CanAsk)
                return screen.Fail(new Problem("approval-needed", "Making a volume needs a person's yes, and nobody can be asked here.", $"lodger volume create {request.OfferId} --size {request.SizeGb}GB --name {request.Name} --yes", ExitCode.ApprovalNeeded));
            if (!await screen.AskAsync($"Make {request.Name}?", cancellationToken))
            {
                screen.Line("Nothing was made.");
                return ExitCode.ApprovalNeeded;
            }
        }

        if (!(await server.CreateVolumeAsync(account, request, cancellationToken)).TryGet(out var volume, out var failed))
            return screen.Fail(failed);
        if (screen.IsJson)
        {
            screen.Json(volume, ApiJson.Default.Volume);
            return ExitCode.Ok;
        }

        screen.Hang("  ", $"Made {VolumeText.Described(volume)}: {Figures.UsdPerHour(volume.UsdPerHour)}, {Figures.Usd(volume.UsdPerHour * 720)} a month until  lodger volume delete {volume.Id}");
        screen.Line($"  A job works on it with  volume: {Shown.Text(volume.Id)}  in its file.");
        return ExitCode.Ok;
    }

    private static async Task<ExitCode> DeleteAsync(Surroundings around, ServerClient server, string account, VolumeSight sight, bool yes, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        var id = sight.Volume.Id;
        if (!screen.IsJson)
            VolumeText.WriteGate(screen, sight);
        if (sight.Token is not null && !yes)
        {
            if (!screen.CanAsk)
                return screen.Fail(new Problem("approval-needed", $"Deleting volume {id} needs a person's yes, and nobody can be asked here.", $"lodger volume delete {id} --yes", ExitCode.ApprovalNeeded));
            if (!await screen.AskAsync($"Delete {id}?", cancellationToken))
            {
                screen.Line($"Not deleted. It goes on billing {Figures.UsdPerHour(sight.Volume.UsdPerHour)}.");
                return ExitCode.ApprovalNeeded;
            }
        }

        return await FinishAsync(around, server, account, id, new VolumeDeleteRequest(sight.Token, null, around.User), cancellationToken);
    }

    private static async Task<ExitCode> AbandonAsync(Surroundings around, ServerClient server, string account, VolumeSight sight, string? typed, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        var id = sight.Volume.Id;
        if (!screen.IsJson)
        {
            screen.Hang("  [red]Gives up for good[/] ", $"whatever is only on {VolumeText.Described(sight.Volume)}.");
            foreach (var use in sight.Uses)
                screen.Hang("    ", use.Proof is { } proof ? $"{use.Job}: a verified copy of {Figures.Of(proof.Files, "file")} is home." : $"{use.Job}: there is no verified copy of what it made.");
        }

        if (typed is null && screen.CanAsk)
            typed = await screen.PromptAsync($"Type the volume's id ({id}) to give it up: ", cancellationToken);
        if (typed?.Trim() != id)
            return screen.Fail(new Problem("id-not-typed", typed is null ? "Giving up data needs the volume's id." : $"'{typed.Trim()}' is not {id}; nothing was given up.", $"lodger volume delete {id} --abandon-data --volume {id}", ExitCode.ApprovalNeeded));
        return await FinishAsync(around, server, account, id, new VolumeDeleteRequest(null, id, around.User), cancellationToken);
    }

    private static async Task<ExitCode> FinishAsync(Surroundings around, ServerClient server, string account, string id, VolumeDeleteRequest request, CancellationToken cancellationToken)
    {
        if (!(await server.DeleteVolumeAsync(account, id, request, cancellationToken)).TryGet(out var gone, out var problem))
            return around.Screen.Fail(problem);
        if (around.Screen.IsJson)
            around.Screen.Json(gone, ApiJson.Default.VolumeGone);
        else
            around.Screen.Hang("  ", $"{VolumeText.Described(gone.Volume)} is gone and bills no more; the platform was asked. It cost {(gone.ChargedUsd is { } usd ? Figures.Usd(usd) : "what the platform does not say yet")}.");
        return ExitCode.Ok;
    }

    private static Option<string> Size() => new("--size") { Description = "Size of the volume; it never grows", DefaultValueFactory = _ => "50GB", HelpName = "SIZE" };

    private static Outcome<int> Gigabytes(string text) => Quantity.TryParseSize(text, out var bytes) && Math.Ceiling(bytes / 1e9) <= 1_000_000
        ? (int)Math.Ceiling(bytes / 1e9)
        : new Problem("bad-size", $"'{text}' is not a size of a volume.", "Write a number with its unit, for example:  --size 50GB", ExitCode.BadInput);

    private static async Task<ExitCode> WithAccountAsync(Surroundings around, AccountOptions account, ParseResult parse, Func<ServerClient, string, Task<ExitCode>> body, CancellationToken cancellationToken) =>
        account.Choose(parse, around).TryGet(out var name, out var problem)
            ? await around.WithServerAsync(server => body(server, name), cancellationToken)
            : around.Screen.Fail(problem);
}
