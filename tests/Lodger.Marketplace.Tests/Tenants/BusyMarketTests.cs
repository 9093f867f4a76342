namespace Lodger.Marketplace.Tests.Tenants;

/// <summary>What a renter sees of the others.</summary>
public sealed class BusyMarketTests
{
    [Fact]
    public async Task Offers_come_and_go_prices_drift_and_hosts_fail_and_return()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0, Tenants = TenantLevel.Busy });
        var (seen, offline) = (new List<Dictionary<long, decimal>>(), new List<int>());
        for (var sample = 0; sample < 40; sample++)
        {
            await market.AdvanceAsync(TimeSpan.FromHours(2));
            seen.Add((await market.SearchAsync(new { rentable = new { eq = true }, limit = 1000 })).ToDictionary(o => (long)o!["id"]!, o => (decimal)o!["dph_base"]!));
            offline.Add((int)(await market.SendAsync(HttpMethod.Get, "/control/status", client: market.Control)).Body["machines_offline"]!);
        }

        var everywhere = seen.SelectMany(s => s.Keys).Distinct().ToList();
        everywhere.Count(id => Runs([.. seen.Select(s => s.ContainsKey(id))]) > 1).ShouldBeGreaterThan(10, "offers that were taken and came back");
        everywhere.Count(id => seen.Where(s => s.ContainsKey(id)).Select(s => s[id]).Distinct().Count() > 1).ShouldBeGreaterThan(10, "offers whose price moved");
        offline.Max().ShouldBeGreaterThan(0, "hosts fail");
        offline.Distinct().Count().ShouldBeGreaterThan(1, "and return");
    }

    private static int Runs(bool[] there) => there.Where((now, i) => now && (i == 0 || !there[i - 1])).Count();
}
