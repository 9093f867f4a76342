using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Demo;
using Lodger.Domain.Problems;
using Lodger.Marketplace;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Simulated;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger market run</c>: the embedded marketplace's process. Started by Lodger itself.</summary>
internal static class MarketCommand
{
    public static Verb Make(Surroundings around) => new Verb("market", "The embedded marketplace") { Hidden = true }.With(Run(around));

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
        var demo = new Option<string?>("--demo-directory") { Hidden = true };
        var simulated = new Option<bool>("--no-sandbox") { Description = "Instances without a machine behind them" };
        return new Verb("run", "Be the marketplace, in the foreground") { Exits = [ExitCode.Prerequisite] }
        .With(state, port, seed, speed, balance, pull, linger, parent, demo, simulated)
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
                OpeningBalanceUsd = parse.GetValue(balance),
                ImagePullFactor = parse.GetValue(pull),
                DestroyLinger = TimeSpan.FromSeconds(parse.GetValue(linger)),
                ParentPid = parse.GetValue(parent),
                Time = around.Time,
            };
            var exit = await MarketplaceServer.RunAsync(options, token);
            foreach (var complaint in exit.Complaints)
                around.Screen.Remark(complaint);
            if (parse.GetValue(demo) is { } directory && owner is not { IsAlive: true })
                await AbandonedStage.RemoveAsync(directory, DemoStage.PlacesIn(directory), around.Time);
            return exit.Code == 0 ? ExitCode.Ok : ExitCode.Prerequisite;
        });
    }
}
