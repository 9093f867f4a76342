using System.Globalization;
using System.Runtime.InteropServices;
using Lodger.Marketplace;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Simulated;

const string usage = """
    usage: lodger-marketplace --state DIR [--port N] [--seed N] [--speed X | --step] [--no-sandbox] [--parent-pid N]
                              [--tenants off|calm|busy] [--machines-times N] [--fixed-bids] [--empty-balance-grace HOURS]
                              [--balance USD] [--rate-limit-scale X] [--pull-factor X] [--destroy-linger SECONDS] [--proxy-bytes-per-second N]
    """;

var values = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] is "--no-sandbox" or "--step" or "--fixed-bids")
    {
        values[args[i]] = "";
        continue;
    }

    if (args[i] is not ("--state" or "--port" or "--seed" or "--speed" or "--parent-pid" or "--balance" or "--rate-limit-scale" or "--pull-factor"
        or "--destroy-linger" or "--tenants" or "--empty-balance-grace" or "--machines-times" or "--proxy-bytes-per-second") || i + 1 == args.Length)
        return Refuse($"{args[i]}: not understood, or its value is missing");
    values[args[i]] = args[++i];
}

if (!values.TryGetValue("--state", out var state)) return Refuse("--state is missing");

MarketplaceOptions options;
try
{
    options = new MarketplaceOptions
    {
        StateDirectory = state,
        SandboxHost = () => values.ContainsKey("--no-sandbox") ? new SimulatedSandboxHost() : new BubblewrapSandboxHost(),
        ForwardTraffic = !values.ContainsKey("--no-sandbox"),
        Port = (int)Number("--port", 0, 0, 65_535),
        Seed = (int)Number("--seed", 1, 0, int.MaxValue),
        Speed = values.ContainsKey("--step") ? 0 : Number("--speed", 1, 0, 100_000),
        MachinesTimes = (int)Number("--machines-times", 1, 1, 1000),
        Tenants = Level(),
        FixedBids = values.ContainsKey("--fixed-bids"),
        EmptyBalanceGrace = TimeSpan.FromHours(Number("--empty-balance-grace", 24, 0, 1000)),
        ParentPid = values.ContainsKey("--parent-pid") ? (int)Number("--parent-pid", 0, 1, int.MaxValue) : null,
        OpeningBalanceUsd = (decimal)Number("--balance", 25, 0, 1e6),
        RateLimitScale = Number("--rate-limit-scale", 0.1, 0, 10),
        ImagePullFactor = Number("--pull-factor", 1, 0, 1000),
        DestroyLinger = TimeSpan.FromSeconds(Number("--destroy-linger", 5, 0, 3600)),
        ProxyBytesPerSecond = (long)Number("--proxy-bytes-per-second", 4_000_000, 1000, 10e9),
    };
}
catch (FormatException e)
{
    return Refuse(e.Message);
}

using var ending = new CancellationTokenSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
var exit = await MarketplaceServer.RunAsync(options, ending.Token);
foreach (var complaint in exit.Complaints) await Console.Error.WriteLineAsync(complaint);
return exit.Code;

void End(PosixSignalContext context)
{
    context.Cancel = true;
    ending.Cancel();
}

double Number(string name, double missing, double min, double max)
{
    if (!values.TryGetValue(name, out var text)) return missing;
    if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
    throw new FormatException($"{name}: {text} is not a number from {min} to {max}");
}

TenantLevel Level() => values.GetValueOrDefault("--tenants", "off") switch
{
    "off" => TenantLevel.Off,
    "calm" => TenantLevel.Calm,
    "busy" => TenantLevel.Busy,
    var other => throw new FormatException($"--tenants: {other} is not one of off, calm, busy"),
};

static int Refuse(string why)
{
    Console.Error.WriteLine(why);
    Console.Error.WriteLine(usage);
    return 2;
}
