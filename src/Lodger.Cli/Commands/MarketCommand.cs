using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Staging;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Marketplace;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Simulated;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger market</c>: the local marketplace for people who rehearse, and (<c>run</c>) its own process.</summary>
internal static class MarketCommand
{
    private const double AdvanceHoursMax = 366 * 24;
    private const double RateLimitScaleMax = 10;
    private const decimal BalanceMax = 1_000_000;

    public static Verb Make(Surroundings around) => new Verb("market", "Drive the local marketplace: its time, its other tenants, its faults")
    {
        Examples = ["lodger market start --speed 120 --tenants busy", "lodger market status", "lodger market fault outbid 41000101", "lodger market stop"],
    }
    .With(Start(around), Status(around), MarketFaultCommand.Make(around), Advance(around), Stop(around), Run(around));

    /// <summary>The one that runs, or what to write when none does.</summary>
    public static Outcome<MarketDoor> Door(Surroundings around)
    {
        if (!around.Places().TryGet(out var places, out var homeless))
            return homeless;
        return Market(around, places).Look() is { } door
            ? door
            : new Problem("market-not-running", "The local marketplace does not run.", "Start it with  lodger market start", ExitCode.ServerUnreachable);
    }

    private static Verb Start(Surroundings around)
    {
        var speed = new Option<double>("--speed") { Description = "Market seconds in a real second; 0 stands still", DefaultValueFactory = _ => 1 };
        var step = new Option<bool>("--step") { Description = "Time stands still and is moved by  lodger market advance" };
        var tenants = new Option<string>("--tenants") { Description = "How much others stir the market", DefaultValueFactory = _ => "off" };
        tenants.AcceptOnlyFromAmong("off", "calm", "busy");
        var seed = new Option<int?>("--seed") { Description = "Decides machines, offers and prices; a market keeps its seed" };
        var balance = new Option<decimal?>("--balance") { Description = "Money on a new account, USD; a market keeps the accounts that it has" };
        var fixedBids = new Option<bool>("--fixed-bids") { Description = "The bid of a live rental cannot be changed" };
        var rateLimits = RateLimits();
        return new Verb("start", "Start the local marketplace, if none runs")
        {
            Examples = ["lodger market start --speed 120", "lodger market start --step --tenants busy"],
            Exits = [ExitCode.Prerequisite],
        }
        .With(speed, step, tenants, seed, balance, fixedBids, rateLimits)
        .Does(async (parse, token) =>
        {
            if (!around.Places().TryGet(out var places, out var homeless))
                return around.Screen.Fail(homeless);
            if (Market(around, places).Look() is { } running)
                return around.Screen.Fail(new Problem("market-runs", $"The local marketplace runs already (process {running.Pid}).", "To start it anew:  lodger market stop", ExitCode.BadInput));
            if (parse.GetValue(speed) is not (>= 0 and <= 100_000))
                return around.Screen.Fail(new Problem("speed-wrong", "--speed must be from 0 to 100000.", "A market hour in half a minute:  --speed 120", ExitCode.BadInput));
            if (parse.GetValue(rateLimits) is not (>= 0 and <= RateLimitScaleMax))
                return around.Screen.Fail(new Problem("rate-limit-scale-wrong", $"--rate-limit-scale must be from 0 to {RateLimitScaleMax}.", "As the platform documents it:  --rate-limit-scale 1", ExitCode.BadInput));
            if (parse.GetValue(balance) is < 0 or > BalanceMax)
                return around.Screen.Fail(new Problem("balance-wrong", $"--balance must be from 0 to {BalanceMax} (USD).", "For example:  --balance 25", ExitCode.BadInput));
            if (parse.GetValue(seed) is < 0)
                return around.Screen.Fail(new Problem("seed-wrong", $"--seed must be from 0 to {int.MaxValue}.", "For example:  --seed 7", ExitCode.BadInput));
            if (Places.MakePrivate(places.State) is { IsOk: false, Problem: { } unusable })
                return around.Screen.Fail(unusable);
            List<string> arguments = ["--speed", (parse.GetValue(step) ? 0 : parse.GetValue(speed)).ToString(CultureInfo.InvariantCulture), "--tenants", parse.GetValue(tenants)!];
            arguments.AddRange(["--rate-limit-scale", parse.GetValue(rateLimits).ToString(CultureInfo.InvariantCulture)]);
            if (parse.GetValue(seed) is { } number)
                arguments.AddRange(["--seed", number.ToString(CultureInfo.InvariantCulture)]);
            if (parse.GetValue(balance) is { } money)
                arguments.AddRange(["--balance", money.ToString(CultureInfo.InvariantCulture)]);
            if (parse.GetValue(fixedBids))
                arguments.Add("--fixed-bids");
            var market = new EmbeddedMarket(around.Program, places.MarketDirectory, places.MarketLog, around.Environment, around.Time) { StartArguments = arguments, KeepsArguments = true };
            return (await market.EnsureAsync(token)).TryGet(out var door, out var problem) ? await MarketStatus.ShowAsync(around.Screen, door, token) : around.Screen.Fail(problem);
        });
    }

    private static Verb Status(Surroundings around) => new Verb("status", "Say how the local marketplace stands: its time, money, offers and instances")
    {
        Examples = ["lodger market status", "lodger market status --json"],
        Exits = [ExitCode.ServerUnreachable, ExitCode.Unknown],
    }
    .Does(async (_, token) => Door(around).TryGet(out var door, out var closed) ? await MarketStatus.ShowAsync(around.Screen, door, token) : around.Screen.Fail(closed));

    private static Verb Advance(Surroundings around)
    {
        var hours = new Argument<double>("HOURS") { Description = "Market hours to let pass at once" };
        return new Verb("advance", "Let market time pass: everything that falls due happens, each thing at its own second")
        {
            Examples = ["lodger market advance 0.5", "lodger market advance 168"],
            Exits = [ExitCode.ServerUnreachable, ExitCode.Unknown],
        }
        .With(hours)
        .Does(async (parse, token) =>
        {
            if (parse.GetValue(hours) is not (>= 0 and <= AdvanceHoursMax))
                return around.Screen.Fail(new Problem("hours-wrong", $"HOURS must be from 0 to {AdvanceHoursMax}.", "A week:  lodger market advance 168", ExitCode.BadInput));
            if (!Door(around).TryGet(out var door, out var closed))
                return around.Screen.Fail(closed);
            var body = new JsonObject { ["seconds"] = parse.GetValue(hours) * 3600 };
            return (await MarketControl.CallAsync(door, HttpMethod.Post, MarketControl.AdvancePath, body, "", token)).TryGet(out _, out var problem)
                ? await MarketStatus.ShowAsync(around.Screen, door, token)
                : around.Screen.Fail(problem);
        });
    }

    private static Verb Stop(Surroundings around) => new Verb("stop", "End the local marketplace with every machine in it; its ledger and disks stay")
    {
        Examples = ["lodger market stop"],
        Exits = [ExitCode.TimedOut],
    }
    .Does(async (_, _) =>
    {
        if (!around.Places().TryGet(out var places, out var homeless))
            return around.Screen.Fail(homeless);
        var market = Market(around, places);
        if (market.Look() is not { } door)
        {
            around.Screen.Line("The local marketplace does not run.");
            return ExitCode.Ok;
        }

        if (await market.StopAsync() is { IsOk: false, Problem: { } lingers })
            return around.Screen.Fail(lingers);
        around.Screen.Line($"Stopped the local marketplace (process {door.Pid}); its ledger stays in {Shown.Text(places.MarketDirectory)}. While it does not run, nothing bills.");
        return ExitCode.Ok;
    });

    private static EmbeddedMarket Market(Surroundings around, Places places) =>
        new(around.Program, places.MarketDirectory, places.MarketLog, around.Environment, around.Time);

    private static Option<double> RateLimits() =>
        new("--rate-limit-scale") { Description = "Multiplies the platform's spacing between calls: 1 as documented, 0 off", DefaultValueFactory = _ => 0.1 };

    private static Verb Run(Surroundings around)
    {
        var state = new Option<string>("--state") { Description = "Where its ledger and disks live", Required = true };
        var port = new Option<int>("--port") { Description = "Loopback port; 0 for a free one" };
        var seed = new Option<int>("--seed") { Description = "Decides machines, offers and prices", DefaultValueFactory = _ => 1 };
        var speed = new Option<double>("--speed") { Description = "Market seconds in a real second", DefaultValueFactory = _ => 1 };
        var balance = new Option<decimal>("--balance") { Description = "Money on a new account, USD", DefaultValueFactory = _ => 25 };
        var pull = new Option<double>("--pull-factor") { Description = "Multiplies image pull times", DefaultValueFactory = _ => 1 };
        var linger = new Option<double>("--destroy-linger") { Description = "Seconds for which a destroyed instance is still shown", DefaultValueFactory = _ => 5 };
        var parent = new Option<int?>("--parent-pid") { Description = "End with this process" };
        var staged = new Option<string?>("--stage-directory") { Hidden = true };
        var simulated = new Option<bool>("--no-sandbox") { Description = "Instances without a machine behind them" };
        var tenants = new Option<TenantLevel>("--tenants") { Description = "How much others stir the market" };
        var fixedBids = new Option<bool>("--fixed-bids") { Description = "The bid of a live rental cannot be changed" };
        var rateLimits = RateLimits();
        return new Verb("run", "Be the marketplace, in the foreground") { Hidden = true, Exits = [ExitCode.Prerequisite] }
        .With(state, port, seed, speed, balance, pull, linger, parent, staged, simulated, tenants, fixedBids, rateLimits)
        .Does(async (parse, token) =>
        {
            var owner = parse.GetValue(parent) is { } id ? LiveProcess.Find(id) : null;
            var isSimulated = parse.GetValue(simulated);
            var options = new MarketplaceOptions
            {
                StateDirectory = parse.GetValue(state)!,
                SandboxHost = () => isSimulated ? new SimulatedSandboxHost() : new BubblewrapSandboxHost(),
                ForwardTraffic = !isSimulated,
                Port = parse.GetValue(port),
                Seed = parse.GetValue(seed),
                Speed = parse.GetValue(speed),
                Tenants = parse.GetValue(tenants),
                FixedBids = parse.GetValue(fixedBids),
                RateLimitScale = parse.GetValue(rateLimits),
                OpeningBalanceUsd = parse.GetValue(balance),
                ImagePullFactor = parse.GetValue(pull),
                DestroyLinger = TimeSpan.FromSeconds(parse.GetValue(linger)),
                ParentPid = parse.GetValue(parent),
                Time = around.Time,
            };
            // Whoever wanted it has gone: nothing is made anew in a directory that is being removed.
            var exit = options.ParentPid is not null && owner is null ? new MarketplaceExit(0, []) : await MarketplaceServer.RunAsync(options, token);
            foreach (var complaint in exit.Complaints)
                around.Screen.Remark(complaint);
            if (parse.GetValue(staged) is { } directory && owner is not { IsAlive: true })
                await AbandonedStage.RemoveAsync(directory, OwnStage.PlacesIn(directory), around.Time);
            return exit.Code == 0 ? ExitCode.Ok : ExitCode.Prerequisite;
        });
    }
}
