using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Vast.Credentials;

namespace Lodger.Cli.Commands;

/// <summary>An account's stored API key, never itself.</summary>
/// <param name="SealedWith">Names the key that it is encrypted with; null: it is readable as it is.</param>
internal sealed record StoredKey(string Account, string? SealedWith);

/// <summary>What <c>keys new --json</c> says.</summary>
/// <param name="Keys">What names each key of the file; the first encrypts.</param>
internal sealed record MadeKey(string File, IReadOnlyList<string> Keys);

/// <summary><c>lodger keys</c>: stored API keys, encrypted with a key of the operator's.</summary>
internal static class KeysCommand
{
    public static Verb Make(Surroundings around) => new Verb("keys", "Encrypt the stored API keys of accounts with a key of your own")
    {
        Examples = ["lodger keys new /etc/lodger/accounts.key", $"{SealingKeys.FileVariable}=/etc/lodger/accounts.key lodger keys seal", "lodger keys list"],
    }
    .With(New(around), Seal(around), List(around));

    private static Verb New(Surroundings around)
    {
        var file = new Argument<string?>("FILE") { Description = $"Where it goes (default: {SealingKeys.FileVariable})", Arity = ArgumentArity.ZeroOrOne };
        return new Verb("new", "Make a key; in a file that has some it comes first, and the others still open what they encrypted")
        {
            Examples = ["lodger keys new /etc/lodger/accounts.key"],
            Exits = [ExitCode.NotAuthorized, ExitCode.Prerequisite],
        }
        .With(file)
        .Does((parse, _) =>
        {
            var screen = around.Screen;
            if ((parse.GetValue(file) ?? around.Variable(SealingKeys.FileVariable)) is not { } named)
                return Task.FromResult(screen.Fail(new Problem("no-key-file", "Where is the key to go?", $"lodger keys new FILE   or set {SealingKeys.FileVariable}", ExitCode.BadInput)));
            var path = Path.GetFullPath(named, around.CurrentDirectory);
            if (!SealingKeys.Add(path).TryGet(out var keys, out var problem))
                return Task.FromResult(screen.Fail(problem));
            if (screen.IsJson)
                screen.Json(new MadeKey(path, keys.Ids), CliJson.Default.MadeKey);
            screen.Hang("", $"Made the key {keys.Ids[0]} in {path}, readable by you alone. Keep a copy where the stored keys are not: without it they cannot be read.");
            screen.Line($"  next: {SealingKeys.FileVariable}={Shown.Text(path)} lodger keys seal");
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Verb Seal(Surroundings around) => new Verb("seal", $"Encrypt every stored API key with the first key of {SealingKeys.FileVariable}: those that are not yet, and those of an older key")
    {
        Examples = ["lodger keys seal", $"{SealingKeys.FileVariable}=/etc/lodger/accounts.key lodger keys seal --json"],
        Exits = [ExitCode.NotAuthorized, ExitCode.Prerequisite],
    }
    .Does((_, _) =>
    {
        var screen = around.Screen;
        var sealedNow = 0;
        foreach (var account in ApiKeys.Accounts(around.Environment))
        {
            if (!ApiKeys.Seal(around.Environment, account).TryGet(out var isNew, out var problem))
                return Task.FromResult(screen.Fail(problem));
            sealedNow += isNew ? 1 : 0;
        }

        if (!SealingKeys.Of(around.Environment).TryGet(out var keys, out var unfit))
            return Task.FromResult(screen.Fail(unfit));
        if (keys is null)
            return Task.FromResult(screen.Fail(new Problem("no-sealing-key", "No key is named that API keys could be encrypted with.", $"Make one: lodger keys new FILE , and set {SealingKeys.FileVariable} to that file.", ExitCode.BadInput)));
        if (screen.IsJson)
            screen.Json(Stored(around), CliJson.Default.StoredKeyArray);
        screen.Hang("", $"{Figures.Of(Stored(around).Length, "stored key")}: {sealedNow} encrypted now with {keys.Ids[0]}{(Stored(around).Length > sealedNow ? ", the rest before" : "")}. {(keys.Ids.Count > 1 ? $"The other lines of {keys.Source} are not needed here any more; backups may need them. " : "")}New ones are encrypted by  lodger login");
        screen.Hang("", $"The server reads them with the same file: set {SealingKeys.FileVariable} where it starts.");
        return Task.FromResult(ExitCode.Ok);
    });

    private static Verb List(Surroundings around) => new Verb("list", "List the accounts with a stored API key, and what each is encrypted with")
    {
        Examples = ["lodger keys list --json"],
    }
    .Does((_, _) =>
    {
        return Task.FromResult(ListAnswer.Write(
            around.Screen,
            Stored(around),
            CliJson.Default.StoredKeyArray,
            "No API key is stored. To store one:  lodger login",
            ["account", "encrypted with"],
            key => [Shown.Text(key.Account), key.SealedWith is { } id ? Shown.Text(id) : "[yellow]nothing[/]"]));
    });

    private static StoredKey[] Stored(Surroundings around) => [.. ApiKeys.Accounts(around.Environment).Select(a => new StoredKey(a, ApiKeys.SealedWith(around.Environment, a)))];
}
