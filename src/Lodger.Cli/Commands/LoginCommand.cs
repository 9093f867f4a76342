using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Vast;
using Lodger.Vast.Credentials;

namespace Lodger.Cli.Commands;

/// <summary>What <c>login --json</c> says.</summary>
internal sealed record LoggedIn(string Account, string Market, string User, decimal BalanceUsd, string KeyFile, string SshKey);

/// <summary><c>lodger login</c>: a key that works, stored for its user alone, and Lodger's own ssh key registered before anything is rented.</summary>
internal static class LoginCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = new Argument<string>("NAME") { Description = "What the account is called here", DefaultValueFactory = _ => AccountNames.Official };
        var file = new Option<string?>("--key-file") { Description = "Read the API key from a file (never from an argument: others can read those)", HelpName = "FILE" };
        var keep = new Option<bool>("--keep-default") { Description = "Do not make this the default account" };
        var server = new Option<string?>("--server") { Description = $"Store a token of a Lodger server on another machine instead; commands use it with {RemoteServer.AddressVariable}=URL", HelpName = "URL" };
        return new Verb("login", "Store an API key: checks it and the balance, and registers Lodger's own ssh key")
        {
            Examples = ["lodger login", "lodger login lab --key-file ~/lab.key", "pass vast | lodger login", "lodger login --server https://lab.example.org:8443"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With(name, file, keep, server)
        .Does(async (parse, token) =>
        {
            if (!around.Places().TryGet(out var places, out var problem))
                return around.Screen.Fail(problem);
            if (parse.GetValue(server) is { } address)
                return await ServerLogin.RunAsync(around, places, address, parse.GetValue(file), token);
            var account = parse.GetValue(name)!;
            if (account == AccountNames.Local)
                return around.Screen.Fail(new Problem("local-needs-no-key", "The local marketplace needs no key.", "Use it with  --market local", ExitCode.BadInput));
            if (!(await ReadKeyAsync(around, parse.GetValue(file), token)).TryGet(out var key, out problem))
                return around.Screen.Fail(problem);
            return await StoreAsync(around, places, account, key, makeDefault: !parse.GetValue(keep), token);
        });
    }

    private static async Task<Outcome<ApiKey>> ReadKeyAsync(Surroundings around, string? file, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            var path = Path.GetFullPath(file, around.CurrentDirectory);
            return File.Exists(path)
                ? ApiKeys.Parse(await File.ReadAllTextAsync(path, cancellationToken), file)
                : new Problem("key-file-missing", $"There is no file {file}.", "Name the file that holds the key.", ExitCode.NotFound);
        }

        var text = around.Screen.Traits.InIsTerminal
            ? await around.Screen.PromptHiddenAsync("API key (it is not shown): ", cancellationToken)
            : await around.Input.ReadLineAsync(cancellationToken);
        return ApiKeys.Parse(text ?? "", "standard input");
    }

    private static async Task<ExitCode> StoreAsync(Surroundings around, Places places, string account, ApiKey key, bool makeDefault, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!VastUrl.From(around.Environment).TryGet(out var url, out var problem))
            return screen.Fail(problem);
        using var client = new VastClient(new VastOptions { BaseUrl = url, ApiKey = key }, around.Time);
        var market = new VastMarket(client, $"vast.ai (account {account})");
        if (!(await market.AccountAsync(cancellationToken)).TryGet(out var seen, out problem))
            return screen.Fail(problem);
        if (!(await LodgerKey.EnsureAsync(places, around.Time, cancellationToken)).TryGet(out var publicKey, out problem))
            return screen.Fail(problem);
        if (await market.RegisterSshKeyAsync(publicKey, cancellationToken) is { IsOk: false, Problem: { } notRegistered })
            return screen.Fail(notRegistered);
        if (!ApiKeys.Save(around.Environment, account, key.Reveal(), url).TryGet(out var stored, out problem))
            return screen.Fail(problem);
        if (makeDefault && AccountNames.SetDefault(places, account) is { IsOk: false, Problem: { } notDefault })
            return screen.Fail(notDefault);
        if (screen.IsJson)
            screen.Json(new LoggedIn(account, market.Name, seen.Name, seen.BalanceUsd, stored.Source, places.SshKey), CliJson.Default.LoggedIn);
        screen.Line($"Logged in to {Shown.Text(market.Name)} as {Shown.Text(seen.Name)}, balance {Figures.Usd(seen.BalanceUsd)}.");
        screen.Line($"  key      {Shown.Text(stored.Source)} (readable by you alone)");
        screen.Line($"  ssh key  {Shown.Text(places.SshKey)}, registered with the account");
        if (seen.BalanceUsd <= 0)
            screen.Line("  [yellow]There is no balance: nothing can be rented until you add credit.[/]");
        if (makeDefault)
            screen.Line($"  Commands use this account now; the free local marketplace is  --market local");
        return ExitCode.Ok;
    }
}
