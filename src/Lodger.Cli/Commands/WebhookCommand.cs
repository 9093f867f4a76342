using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger webhook</c>: the platform says that something happened, so that it is seen before the next look. Nothing depends on it.</summary>
internal static class WebhookCommand
{
    public static Verb Make(Surroundings around) => new Verb("webhook", "Have the platform push what happens, so that a preemption is seen sooner; nothing depends on it")
    {
        Examples = ["lodger webhook add https://gpu.example.org/lodger", "lodger webhook status", "lodger webhook remove"],
    }
    .With(Add(around), Status(around), Remove(around));

    private static Verb Add(Surroundings around)
    {
        var address = new Argument<string>("URL") { Description = "Where the platform reaches this machine: https, through a proxy or a tunnel of yours" };
        var listen = new Option<string>("--listen") { Description = "Where it arrives on this machine", DefaultValueFactory = _ => "127.0.0.1:8790", HelpName = "ADDRESS:PORT" };
        var account = Shared.Account();
        return new Verb("add", "Subscribe, in place of what there was; kept only when a test delivery comes all the way")
        {
            Examples = ["lodger webhook add https://gpu.example.org/lodger", "lodger webhook add https://gpu.example.org/lodger --listen 127.0.0.1:9000 --account lab"],
            Exits = [ExitCode.NotAuthorized, ExitCode.RentalUnusable, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With(address, listen, account.Market, account.Account)
        .Does(async (parse, token) =>
        {
            if (!account.Choose(parse, around).TryGet(out var name, out var problem))
                return around.Screen.Fail(problem);
            var wish = new WebhookRequest(parse.GetValue(address)!, parse.GetValue(listen)!);
            return await around.WithServerAsync(
                async server =>
                {
                    if (!(await server.AddWebhookAsync(name, wish, token)).TryGet(out var made, out var failed))
                        return around.Screen.Fail(failed);
                    if (around.Screen.IsJson)
                        around.Screen.Json(made, ApiJson.Default.WebhookView);
                    around.Screen.Line($"The platform pushes what happens to the account {Shown.Text(made.Account)} to {Shown.Text(made.Address)}; a test delivery arrived at {Shown.Text(made.Listen)}.");
                    around.Screen.Line("  Only deliveries that it signed count, and they only make Lodger look sooner.");
                    return ExitCode.Ok;
                },
                token);
        });
    }

    private static Verb Status(Surroundings around) => new Verb("status", "Say which accounts are pushed to, what arrived since the server started, and what was refused")
    {
        Examples = ["lodger webhook status", "lodger webhook status --json"],
        Exits = [ExitCode.ServerUnreachable],
    }
    .Does((_, token) => around.WithServerAsync(
        async server =>
        {
            if (!(await server.WebhooksAsync(token)).TryGet(out var hooks, out var failed))
                return around.Screen.Fail(failed);
            return Write(around, hooks);
        },
        token));

    private static Verb Remove(Surroundings around)
    {
        var account = Shared.Account();
        return new Verb("remove", "End the subscription at the platform and stop listening")
        {
            Examples = ["lodger webhook remove", "lodger webhook remove --account lab"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(account.Market, account.Account)
        .Does(async (parse, token) =>
        {
            if (!account.Choose(parse, around).TryGet(out var name, out var problem))
                return around.Screen.Fail(problem);
            return await around.WithServerAsync(
                async server =>
                {
                    if (!(await server.RemoveWebhookAsync(name, token)).TryGet(out var was, out var failed))
                        return around.Screen.Fail(failed);
                    if (around.Screen.IsJson)
                        around.Screen.Json(was, ApiJson.Default.WebhookView);
                    around.Screen.Line($"The platform no longer pushes to {Shown.Text(was.Address)}.");
                    return ExitCode.Ok;
                },
                token);
        });
    }

    private static ExitCode Write(Surroundings around, WebhookView[] hooks)
    {
        var exit = ListAnswer.Write(
            around.Screen,
            hooks,
            ApiJson.Default.WebhookViewArray,
            "No account is pushed to; rentals are looked at regularly.  lodger webhook add URL",
            ["account", "address", "arrives at", "taken>", "repeats>", "refused>", "last"],
            hook =>
            [
                Shown.Text(hook.Account), Shown.Text(hook.Address), Shown.Text(hook.Listen), Count(hook.Accepted), Count(hook.Repeated), Count(hook.Unsigned + hook.Old),
                hook.LastAt is { } at ? $"{Shown.Text(hook.LastKind ?? "")} {Figures.Moment(at, around.Time)}" : "-",
            ]);
        if (around.Screen.IsJson)
            return exit;
        foreach (var hook in hooks)
        {
            if (hook.Problem is { } wrong)
                around.Screen.Line($"[yellow]{Shown.Text(hook.Account)}: {Shown.Text(wrong.Message)}[/] {Shown.Text(wrong.Fix)}");
            if (hook.Old > 0)
                around.Screen.Line($"[yellow]{Shown.Text(hook.Account)}: {Figures.Of(hook.Old, "event")} refused as too old: is this machine's clock right?[/]");
        }

        return exit;
    }

    private static string Count(long count) => count.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
