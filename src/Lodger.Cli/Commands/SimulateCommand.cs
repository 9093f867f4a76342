using System.CommandLine;
using System.Globalization;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Policy.Deadlines;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger simulate</c>: deadline policies on recorded spot availability; works alone, without a server, and rents nothing.</summary>
internal static class SimulateCommand
{
    private const int StartsMost = 100_000;
    private const long TraceBytesMost = 500_000_000;
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(150);

    public static Verb Make(Surroundings around)
    {
        var options = new SimulateOptions();
        return new Verb("simulate", "Replay deadline policies on recorded spot availability: what each pays, and what it misses; rents nothing")
        {
            Examples =
            [
                "lodger simulate --trace zone-a.json zone-b.json --work 48h --deadline 52h --restart 12m",
                "lodger simulate --trace zone-a.json --work 10h --deadline 14h --policy lodger,greedy --plot costs.svg",
                "lodger simulate --trace zone-a.json --work 10h --deadline 14h --available-when 0 --starts 200 --seed 7 --json",
            ],
            Exits = [ExitCode.NotFound],
        }
        .With(options.Trace, options.Work, options.Deadline, options.Restart, options.Policy, options.AvailableWhen, options.Spot, options.OnDemand, options.Starts, options.Seed, options.Plot)
        .Does((parse, token) => SimulateAsync(around, options, parse, token));
    }

    private static async Task<ExitCode> SimulateAsync(Surroundings around, SimulateOptions options, ParseResult parse, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!Terms(options, parse).TryGet(out var terms, out var problem))
            return screen.Fail(problem);
        var traces = new List<SpotTrace>();
        foreach (var file in parse.GetValue(options.Trace)!)
        {
            if (!(await ReadAsync(around, file, parse.GetValue(options.AvailableWhen), cancellationToken)).TryGet(out var trace, out problem))
                return screen.Fail(problem);
            traces.Add(trace);
        }

        if (!DeadlinePolicies.Named(parse.GetValue(options.Policy)!, traces).TryGet(out var policies, out problem))
            return screen.Fail(problem);
        var bar = new ProgressLine(screen, around.Time, DrawEvery);
        var prepared = await Task.Run(() => Backtest.Prepare(terms, traces, terms.Seed is { } seed ? new Random(seed) : null, part => bar.Draw("  hindsight", part), cancellationToken), cancellationToken);
        bar.Clear();
        if (!prepared.TryGet(out var backtest, out problem))
            return screen.Fail(problem);
        var report = await Task.Run(() => backtest.Run(policies), cancellationToken);
        if (parse.GetValue(options.Plot) is { } plot && await WriteAsync(around, plot, BacktestPlot.Of(report), cancellationToken) is { } unwritten)
            return screen.Fail(unwritten);
        if (screen.IsJson)
            screen.Json(SimulatedPolicies.Of(report), CliJson.Default.SimulatedPolicies);
        else
            BacktestText.Write(screen, report, parse.GetValue(options.Plot));
        return ExitCode.Ok;
    }

    private static Outcome<BacktestTerms> Terms(SimulateOptions options, ParseResult parse)
    {
        static Problem Bad(string option, string? value, string wanted) => new("option-wrong", $"{option} {value} is not {wanted}.", "lodger simulate --help", ExitCode.BadInput);
        if (!Quantity.TryParseDuration(parse.GetValue(options.Work), out var work))
            return Bad("--work", parse.GetValue(options.Work), "a duration such as 48h");
        if (!Quantity.TryParseDuration(parse.GetValue(options.Deadline), out var deadline))
            return Bad("--deadline", parse.GetValue(options.Deadline), "a duration such as 52h, from the job's start");
        if (!Quantity.TryParseDuration(parse.GetValue(options.Restart), out var restart))
            return Bad("--restart", parse.GetValue(options.Restart), "a duration such as 12m");
        if (parse.GetValue(options.AvailableWhen) is var when && when is not (0 or 1))
            return Bad("--available-when", when.ToString(CultureInfo.InvariantCulture), "0 or 1");
        if (parse.GetValue(options.Spot) is var spot && spot is not (> 0 and < 1))
            return Bad("--spot", spot.ToString(CultureInfo.InvariantCulture), "between 0 and 1");
        if (parse.GetValue(options.OnDemand) is { } usd && usd is not (> 0 and < 1e6))
            return Bad("--on-demand", usd.ToString(CultureInfo.InvariantCulture), "a price in USD per hour");
        if (parse.GetValue(options.Starts) is var starts && starts is not (>= 1 and <= StartsMost))
            return Bad("--starts", starts.ToString(CultureInfo.InvariantCulture), $"a number from 1 to {StartsMost}");
        return new BacktestTerms(work.TotalHours, deadline.TotalHours, restart.TotalHours, spot, starts, parse.GetValue(options.Seed), parse.GetValue(options.OnDemand));
    }

    private static async Task<Outcome<SpotTrace>> ReadAsync(Surroundings around, string file, int availableWhen, CancellationToken cancellationToken)
    {
        try
        {
            var info = new FileInfo(Path.GetFullPath(file, around.CurrentDirectory));
            if (info is { Exists: true, Length: > TraceBytesMost })
                return new Problem("trace-wrong", $"{file} has {Figures.Bytes(info.Length)}: too large for a trace.", "Name a trace of spot availability.", ExitCode.BadInput);
            return SpotTrace.Read(file, await File.ReadAllBytesAsync(info.FullName, cancellationToken), availableWhen);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("trace-not-found", $"{file} cannot be read: {e.Message}", "Name a file that you can read.", ExitCode.NotFound);
        }
    }

    private static async Task<Problem?> WriteAsync(Surroundings around, string file, string svg, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(Path.GetFullPath(file, around.CurrentDirectory), svg, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("plot-not-written", $"{file} cannot be written: {e.Message}", "Name another file.", ExitCode.BadInput);
        }
    }
}

/// <summary>The options of <c>lodger simulate</c>.</summary>
internal sealed class SimulateOptions
{
    public Option<string[]> Trace { get; } = new("--trace")
    {
        Description = "Recorded availability, one zone a file: {\"metadata\": {\"gap_seconds\": 195}, \"data\": [0, 1, ...]}",
        HelpName = "FILE...",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public Option<string> Work { get; } = new("--work") { Description = "Of the job, without restarts: 48h, 10d", HelpName = "DURATION", Required = true };

    public Option<string> Deadline { get; } = new("--deadline") { Description = "From the job's start: 52h", HelpName = "DURATION", Required = true };

    public Option<string> Restart { get; } = new("--restart") { Description = "Paid time that each start costs, boot and rework included", HelpName = "DURATION", DefaultValueFactory = _ => "5m" };

    public Option<string> Policy { get; } = new("--policy") { Description = $"all, or some of: {string.Join(",", DeadlinePolicies.Words)}", HelpName = "NAME,...", DefaultValueFactory = _ => "all" };

    public Option<int> AvailableWhen { get; } = new("--available-when") { Description = "The value in data that means available: 1 or 0, published traces differ", HelpName = "0|1", DefaultValueFactory = _ => 1 };

    public Option<double> Spot { get; } = new("--spot") { Description = "Price of spot as a part of on-demand's, where a trace has no prices", HelpName = "RATIO", DefaultValueFactory = _ => 0.318 };

    public Option<double?> OnDemand { get; } = new("--on-demand") { Description = "Price of on-demand, for traces with prices", HelpName = "USD" };

    public Option<int> Starts { get; } = new("--starts") { Description = "Jobs in each trace", HelpName = "N", DefaultValueFactory = _ => 100 };

    public Option<int?> Seed { get; } = new("--seed") { Description = "Draw the moments of the starts by this seed (default: evenly spaced)", HelpName = "N" };

    public Option<string?> Plot { get; } = new("--plot") { Description = "Also write a picture of the figures", HelpName = "FILE.svg" };
}
