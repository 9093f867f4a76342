using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Tenants;

namespace Lodger.Marketplace.Tests.Tenants;

/// <summary>The other tenants leave GPUs free, and take them, as long as real spot capacity was free and taken. The figures are those of docs/marketplace.md.</summary>
public class AvailabilityTests
{
    private const int Seeds = 12;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Watched = TimeSpan.FromDays(45);
    private static readonly Lazy<(IReadOnlyList<double> Free, IReadOnlyList<double> Taken, IReadOnlyList<double> Shares)> Runs = new(Watch);

    [Theory]
    [InlineData(0.25, 13, 0.25)]
    [InlineData(0.50, 32, 0.3)]
    [InlineData(0.75, 117, 0.4)]
    [InlineData(0.90, 422, 0.4)]
    [InlineData(0.95, 852, 0.4)]
    public void Free_runs_last_as_in_the_traces(double quantile, double minutes, double off) =>
        Quantile(Runs.Value.Free, quantile).ShouldBeInRange(minutes * (1 - off), minutes * (1 + off));

    [Theory]
    [InlineData(0.25, 13, 0.25)]
    [InlineData(0.50, 29, 0.3)]
    [InlineData(0.75, 104, 0.4)]
    [InlineData(0.90, 263, 0.4)]
    [InlineData(0.95, 432, 0.4)]
    public void Taken_runs_last_as_in_the_traces(double quantile, double minutes, double off) =>
        Quantile(Runs.Value.Taken, quantile).ShouldBeInRange(minutes * (1 - off), minutes * (1 + off));

    [Fact]
    public void GPUs_are_free_for_the_same_share_of_time_and_machines_differ_as_zones_do()
    {
        var shares = Runs.Value.Shares;
        shares.Average().ShouldBeInRange(0.59, 0.74, "64.4 % in the traces");
        Quantile(shares, 0.1).ShouldBeInRange(0.2, 0.55, "16.7 % in the hardest zone");
        Quantile(shares, 0.9).ShouldBeInRange(0.75, 0.97, "90.5 % in the easiest zone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_hazard_falls_with_age(bool free)
    {
        var lengths = free ? Runs.Value.Free : Runs.Value.Taken;
        var hazards = new[] { (10d, 20d), (40d, 80d), (160d, 320d) }.Select(a => Hazard(lengths, a.Item1, a.Item2)).ToArray();
        hazards.ShouldBe([.. hazards.OrderDescending()]);
        (hazards[0] / hazards[2]).ShouldBeGreaterThan(4, "per minute, a run of ten minutes is much likelier to end than one of three hours");
    }

    [Fact]
    public void The_same_seed_and_day_give_the_same_market()
    {
        var machine = SeededCatalog.Machines(5)[0];
        Trace(5).ShouldBe(Trace(5));
        Trace(6).ShouldNotBe(Trace(5));

        string Trace(int seed)
        {
            var fate = new Fate(machine, [machine.GpuIds], TenantLevel.Busy, seed, Start);
            var seen = new List<string>();
            for (var i = 0; i < 50; i++)
            {
                fate.Change();
                seen.Add($"{fate.ChangesAt:O} {fate.IsOnline} {fate.PriceFactor} {fate.Occupant?.BidOverFloor}");
            }

            return string.Join('\n', seen);
        }
    }

    [Fact]
    public void In_a_calm_market_others_come_seldom()
    {
        var machines = SeededCatalog.Machines(1).Where(m => m.GpuIds.Count == 1).ToList();
        (Comings(TenantLevel.Busy) / (double)Comings(TenantLevel.Calm)).ShouldBeGreaterThan(2);

        int Comings(TenantLevel level) => machines.Sum(m => Lengths(new Fate(m, [m.GpuIds], level, 1, Start)).Taken.Count);
    }

    private static double Hazard(IReadOnlyList<double> lengths, double from, double to)
    {
        var reached = lengths.Where(l => l > from).ToList();
        return reached.Count(l => l <= to) / reached.Sum(l => Math.Min(l, to) - from);
    }

    private static double Quantile(IReadOnlyList<double> values, double at) => values.Order().ElementAt((int)(values.Count * at));

    private static (IReadOnlyList<double> Free, IReadOnlyList<double> Taken, IReadOnlyList<double> Shares) Watch()
    {
        var (free, taken, shares) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= Seeds; seed++)
            foreach (var machine in SeededCatalog.Machines(seed).Where(m => m.GpuIds.Count == 1))
            {
                var lengths = Lengths(new Fate(machine, [machine.GpuIds], TenantLevel.Busy, seed, Start));
                free.AddRange(lengths.Free);
                taken.AddRange(lengths.Taken);
                shares.Add(lengths.Free.Sum() / (lengths.Free.Sum() + lengths.Taken.Sum()));
            }

        return (free, taken, shares);
    }

    /// <summary>Whole runs in minutes, without the first, whose beginning was not seen, and the last, which is cut off.</summary>
    private static (List<double> Free, List<double> Taken) Lengths(Fate fate)
    {
        var (free, taken) = (new List<double>(), new List<double>());
        var (wasFree, since, isFirst) = (fate.Occupant is null, Start, true);
        while (fate.ChangesAt < Start + Watched)
        {
            var at = fate.ChangesAt;
            fate.Change();
            var isFree = fate.Occupant is null;
            if (isFree == wasFree) continue;
            if (!isFirst) (wasFree ? free : taken).Add((at - since).TotalMinutes);
            (wasFree, since, isFirst) = (isFree, at, false);
        }

        return (free, taken);
    }
}
