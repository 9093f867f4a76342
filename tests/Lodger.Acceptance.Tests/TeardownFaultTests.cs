using System.Globalization;
using Lodger.Acceptance.Tests.Stage;

namespace Lodger.Acceptance.Tests;

/// <summary>
/// Teardowns with whatever goes wrong in one, with the real server as a process: a few in every run, a hundred with <c>./test --long</c>. However it goes, no data is lost that was not
/// given up by typing the rental's id, nothing is destroyed twice or in another's place, and "nothing is billing" is never said while something does.
/// </summary>
public sealed class TeardownFaultTests(ITestOutputHelper output)
{
    private static bool IsLong => Environment.GetEnvironmentVariable("LODGER_LONG") is "1";

    [Fact]
    public async Task However_a_teardown_goes_wrong_no_data_is_lost_nothing_is_destroyed_twice_and_nothing_is_said_that_is_not_so()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("LODGER_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var kinds = Enum.GetValues<Fault>();
        random.Shuffle(kinds);
        var (count, lanes) = IsLong ? (100, 4) : (3, 3);
        await using var stage = await ServerStage.StartAsync(smallDiskBytes: 200_000_000);
        using var over = new CancellationTokenSource();
        var told = new Told();
        var watching = WatchAsync(stage, told, over.Token);
        var attempts = Enumerable.Range(0, count).Select(i => (Number: i, Kind: kinds[i % kinds.Length], Seed: random.Next())).ToList();
        using var killing = new SemaphoreSlim(1, 1);
        using var filling = new SemaphoreSlim(1, 1);
        await Task.WhenAll(Enumerable.Range(0, lanes).Select(async lane =>
        {
            foreach (var (number, kind, own) in attempts.Where(a => a.Number % lanes == lane))
            {
                var attempt = new FaultyTeardown(stage, kind, number, new Random(own), killing, filling);
                try
                {
                    await attempt.LiveAsync(lane);
                    told.Add(kind);
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"seed {seed}, attempt {number}, {kind}: {e.Message}\n{await attempt.StoryAsync()}", e);
                }
            }
        }));
        await over.CancelAsync();
        await watching;
        told.False.ShouldBeEmpty($"seed {seed}");
        told.NothingBills.ShouldBeGreaterThan(0);
        output.WriteLine($"{count} teardowns: {string.Join(", ", told.Done.OrderBy(d => d.Key).Select(d => $"{d.Value} {d.Key}"))}; \"nothing is billing\" held {told.NothingBills} times against the ledger");
    }

    /// <summary>Whenever the server says of a job that nothing bills, the marketplace's own ledger is asked.</summary>
    private static async Task WatchAsync(ServerStage stage, Told told, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if ((await stage.Client.JobsAsync(all: true, CancellationToken.None)) is { IsOk: true, Value: var jobs } && jobs.Where(j => j.Meter.NothingBills).ToList() is { Count: > 0 } quiet)
            {
                var contracts = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().ToList();
                foreach (var job in quiet)
                {
                    told.NothingBills++;
                    if (contracts.Any(c => FaultyTeardown.IsOf(c.GetProperty("label").ToString(), job.Id) && c.GetProperty("destroyed_at").ValueKind == System.Text.Json.JsonValueKind.Null))
                        told.False.Add($"{job.Id} was said to bill nothing");
                }
            }

            await Task.Delay(200, CancellationToken.None);
        }
    }

    private sealed class Told
    {
        private readonly Lock gate = new();

        public Dictionary<Fault, int> Done { get; } = [];

        public List<string> False { get; } = [];

        public int NothingBills { get; set; }

        public void Add(Fault kind)
        {
            lock (gate)
                Done[kind] = Done.GetValueOrDefault(kind) + 1;
        }
    }
}
