using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Access;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger token</c>: who else may ask the server, over its public address.</summary>
internal static class TokenCommand
{
    public static Verb Make(Surroundings around) => new Verb("token", "Make, list and revoke tokens: with one, others may ask this server over its public address (lodger server start --public)")
    {
        Examples = ["lodger token create ci --scope read,operate --expires 90d", "lodger token list", "lodger token revoke ci"],
    }
    .With(Create(around), List(around), Revoke(around));

    private static Verb Create(Surroundings around)
    {
        var name = new Argument<string>("NAME") { Description = "Who has it; what is done with it stands in the journal as token:NAME" };
        var scope = new Option<string[]>("--scope") { Description = "What it may, several with commas: read, operate, approve (what deletes), admin. None includes another", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "SCOPE" };
        scope.CompletionSources.Add([.. Enum.GetValues<Scope>().Select(Word)]);
        var expires = new Option<string?>("--expires") { Description = "It is worth nothing after so long: 12h, 90d (default: until it is revoked)", HelpName = "DURATION" };
        var project = new Option<string?>("--project") { Description = "It sees and touches the jobs of this project alone (lodger run --project)", HelpName = "NAME" };
        return new Verb("create", "Make a token and print it, this once: only a hash of it is stored")
        {
            Examples = ["lodger token create ci --scope read,operate --expires 90d", "lodger token create anna-phone --scope read,approve", "lodger token create vision --scope read,operate,approve --project vision"],
            Exits = [ExitCode.NotAuthorized, ExitCode.ServerUnreachable],
        }
        .With(name, scope, expires, project)
        .Does(async (parse, token) =>
        {
            if (!Scopes(parse.GetValue(scope)!).TryGet(out var scopes, out var problem) || !Life(parse.GetValue(expires)).TryGet(out var life, out problem))
                return around.Screen.Fail(problem);
            var wish = new TokenRequest(parse.GetValue(name)!, scopes, around.User, life, parse.GetValue(project));
            return await around.WithServerAsync(
                async server =>
                {
                    if (!(await server.MakeTokenAsync(wish, token)).TryGet(out var made, out var failed))
                        return around.Screen.Fail(failed);
                    if (around.Screen.IsJson)
                        around.Screen.Json(made, ApiJson.Default.NewTokenView);
                    around.Screen.Line(Shown.Text(made.Token));
                    around.Screen.Remark($"It may {string.Join(", ", made.View.Scopes.Select(Word))}{(made.View.Project is { } only ? $" in the project {only}" : "")}{(made.View.ExpiresAt is { } until ? $", until {Figures.Moment(until, around.Time)}" : "")}. It is shown this once; lodger token revoke {made.View.Name}  ends it.");
                    return ExitCode.Ok;
                },
                token);
        });
    }

    private static Verb List(Surroundings around)
    {
        var all = new Option<bool>("--all", "-a") { Description = "Also those that were revoked or are over" };
        return new Verb("list", "List the tokens: what each may, and when it was used last, to the hour")
        {
            Examples = ["lodger token list", "lodger token list --all --json"],
            Exits = [ExitCode.NotAuthorized, ExitCode.ServerUnreachable],
        }
        .With(all)
        .Does((parse, token) => around.WithServerAsync(
            async server =>
            {
                if (!(await server.TokensAsync(token)).TryGet(out var tokens, out var failed))
                    return around.Screen.Fail(failed);
                var shown = tokens.Where(t => t.IsValid || parse.GetValue(all)).ToArray();
                return Write(around, shown);
            },
            token));
    }

    private static Verb Revoke(Surroundings around)
    {
        var name = new Argument<string>("NAME") { Description = "As lodger token list shows it" };
        return new Verb("revoke", "End a token, at once, and every browser session that began with it")
        {
            Examples = ["lodger token revoke ci"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.ServerUnreachable],
        }
        .With(name)
        .Does((parse, token) => around.WithServerAsync(
            async server =>
            {
                if (!(await server.RevokeTokenAsync(parse.GetValue(name)!, token)).TryGet(out var was, out var failed))
                    return around.Screen.Fail(failed);
                if (around.Screen.IsJson)
                    around.Screen.Json(was, ApiJson.Default.TokenView);
                around.Screen.Line($"Revoked {Shown.Text(was.Name)}: it lets nobody in any more.");
                return ExitCode.Ok;
            },
            token));
    }

    private static ExitCode Write(Surroundings around, TokenView[] tokens) => ListAnswer.Write(
        around.Screen,
        tokens,
        ApiJson.Default.TokenViewArray,
        "There are no tokens.  lodger token create NAME --scope read",
        ["name", "may", "project", "made", "by", "until", "last used", ""],
        t =>
        [
            Shown.Text(t.Name), string.Join(',', t.Scopes.Select(Word)), Shown.Text(t.Project ?? "all"), Figures.Moment(t.MadeAt, around.Time), Shown.Text(t.MadeBy),
            t.ExpiresAt is { } until ? Figures.Moment(until, around.Time) : "it is revoked",
            t.LastUsedAt is { } used ? Figures.Moment(used, around.Time) : "never",
            t.RevokedAt is { } at ? $"revoked {Figures.Moment(at, around.Time)}" : t.IsValid ? "" : "over",
        ]);

    private static string Word(Scope scope) => scope.ToString().ToLowerInvariant();

    private static Outcome<IReadOnlyList<Scope>> Scopes(string[] typed)
    {
        List<Scope> scopes = [];
        foreach (var word in typed.SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (word.Any(char.IsAsciiDigit) || !Enum.TryParse<Scope>(word, ignoreCase: true, out var scope))
                return new Problem("scope-unknown", $"'{word}' is no scope: read, operate, approve, admin.", "For example  --scope read,operate", ExitCode.BadInput);
            scopes.Add(scope);
        }

        return Outcome<IReadOnlyList<Scope>>.Ok(scopes);
    }

    private static Outcome<TimeSpan?> Life(string? typed)
    {
        if (typed is null)
            return Outcome<TimeSpan?>.Ok(null);
        return Quantity.TryParseDuration(typed, out var life) && life > TimeSpan.Zero
            ? Outcome<TimeSpan?>.Ok(life)
            : new Problem("expires-unreadable", $"'{typed}' is no duration up to a year.", "For example  --expires 90d", ExitCode.BadInput);
    }
}
