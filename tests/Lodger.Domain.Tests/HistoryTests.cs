using System.Globalization;
using Lodger.Domain.Tests.Simulation;

namespace Lodger.Domain.Tests;

public sealed class HistoryTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    /// <summary>Replays one history: LODGER_SEED=1234 ./test Domain.</summary>
    private static readonly string? OneSeed = Environment.GetEnvironmentVariable("LODGER_SEED");

    [Fact]
    public void In_every_history_nothing_bills_unseen_nothing_is_destroyed_unproven_and_every_job_closes()
    {
        if (OneSeed is not null)
        {
            History.Run(int.Parse(OneSeed, CultureInfo.InvariantCulture));
            return;
        }

        var count = Long ? 200_000 : 2_500;
        var broken = new List<string>();
        var gate = new Lock();
        Parallel.For(0, count, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, (seed, loop) =>
        {
            try
            {
                History.Run(seed);
            }
            catch (Violation v)
            {
                lock (gate)
                    broken.Add(v.Message);
                loop.Stop();
            }
        });
        if (broken.Count > 0)
            Assert.Fail($"A promise was broken; LODGER_SEED=<seed> runs that history alone.\n{string.Join("\n\n", broken)}");
    }
}
