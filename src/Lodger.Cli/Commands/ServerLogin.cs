using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary>What <c>login --server --json</c> says.</summary>
internal sealed record LoggedInToServer(Uri Server, string Name, IReadOnlyList<Scope> Scopes, string? Project, string TokenFile);

/// <summary><c>lodger login --server</c>: a token that works, stored for its user alone.</summary>
internal static class ServerLogin
{
    public static async Task<ExitCode> RunAsync(Surroundings around, Places places, string address, string? tokenFile, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!RemoteServer.Parse(address).TryGet(out var server, out var problem) || !(await ReadAsync(around, tokenFile, cancellationToken)).TryGet(out var token, out problem))
            return screen.Fail(problem);
        using var client = new ServerClient(server, token);
        if (!(await client.SessionAsync(cancellationToken)).TryGet(out var who, out problem))
            return screen.Fail(problem);
        if (!RemoteServer.Keep(places, server, token).TryGet(out var kept, out problem))
            return screen.Fail(problem);
        if (screen.IsJson)
            screen.Json(new LoggedInToServer(server, who.Name, who.Scopes, who.Project, kept), CliJson.Default.LoggedInToServer);
        screen.Line($"{Shown.Text(server.ToString())} knows you as {Shown.Text(who.Name)}: you may {string.Join(", ", who.Scopes.Select(s => s.ToString().ToLowerInvariant()))}{(who.Project is { } only ? $" in the project {Shown.Text(only)}" : "")}.");
        screen.Line($"  token  {Shown.Text(kept)} (readable by you alone)");
        screen.Line($"  next   {RemoteServer.AddressVariable}={Shown.Text(server.ToString().TrimEnd('/'))} lodger ps");
        return ExitCode.Ok;
    }

    private static async Task<Outcome<string>> ReadAsync(Surroundings around, string? file, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            var path = Path.GetFullPath(file, around.CurrentDirectory);
            return File.Exists(path)
                ? RemoteServer.Token(await File.ReadAllTextAsync(path, cancellationToken), file)
                : new Problem("key-file-missing", $"There is no file {file}.", "Name the file that holds the token.", ExitCode.NotFound);
        }

        var text = around.Screen.Traits.InIsTerminal
            ? await around.Screen.PromptHiddenAsync("Token (it is not shown): ", cancellationToken)
            : await around.Input.ReadLineAsync(cancellationToken);
        return RemoteServer.Token(text ?? "", "standard input");
    }
}
