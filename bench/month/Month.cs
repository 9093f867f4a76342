using System.Globalization;
using Lodger.Domain.Market;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Bench.Month;

/// <summary>What a month cost.</summary>
/// <param name="Missed">Jobs that ended after their deadline, or not.</param>
/// <param name="MissedByHost">Of those, jobs of which an on-demand host failed.</param>
internal sealed record MonthFigures(string Way, decimal Usd, int Missed, int MissedByHost, double LateHoursMost, int Preemptions, int Moves);

/// <summary>A month of one market, with the same jobs under one way of paying.</summary>
internal sealed class Month(int seed, JobTerms[] terms)
{
    public const int DiskGb = 20;

    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMinutes(5);

    private const double Hours = 30 * 24;

    /// <summary>What was left is kept so long, until its results are home and somebody said yes.</summary>
    private static readonly TimeSpan OldKept = TimeSpan.FromHours(1);

    /// <summary>A rental that is lost for good, and not merely paused, is left after this.</summary>
    private static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(15);

    private readonly List<MonthJob> open = [];
    private readonly List<MonthJob> ended = [];
    private readonly List<(string Id, DateTimeOffset At)> leaving = [];
    private StillMarket market = null!;
    private DateTimeOffset now;
    private int attempts;

    public async Task<MonthFigures> LiveAsync(IWay way)
    {
        await using (market = await StillMarket.StartAsync(seed))
        {
            var coming = new Queue<JobTerms>(terms);
            await SeeAsync(TimeSpan.Zero);
            var start = now;
            while ((now - start).TotalHours < Hours && (coming.Count > 0 || open.Count > 0 || leaving.Count > 0))
            {
                while (coming.TryPeek(out var next) && start + TimeSpan.FromHours(next.Begin) <= now)
                    open.Add(new(coming.Dequeue(), now));
                await ActAsync(way);
                // Nothing to look after: on to the next job.
                var pass = open.Count == 0 && leaving.Count == 0 && coming.TryPeek(out var later) ? start + TimeSpan.FromHours(later.Begin) - now : Tick;
                pass = pass < Tick ? Tick : pass;
                await market.PassAsync(pass);
                await SeeAsync(pass);
            }

            var usd = await market.ChargedUsdAsync();
            var late = ended.Select(j => (j.EndedAt!.Value - j.Deadline).TotalHours).Append(0).Max();
            var missed = ended.Where(j => j.EndedAt > j.Deadline).Concat(open).ToList();
            return new(way.Name, usd, missed.Count, missed.Count(j => j.HostLosses > 0), late, ended.Concat(open).Sum(j => j.Preemptions), ended.Concat(open).Sum(j => j.Moves));
        }
    }

    /// <summary>What the market alone asked at every look: the lowest on-demand price and the lowest bid; NaN where there is none.</summary>
    public async Task<(double OnDemand, double Bid)[]> RecordAsync()
    {
        await using (market = await StillMarket.StartAsync(seed))
        {
            var prices = new (double, double)[(int)(Hours / Tick.TotalHours)];
            for (var i = 0; i < prices.Length; i++)
            {
                var offers = await OffersAsync();
                prices[i] = (offers.Select(o => (double)o.GpuUsdPerHour).DefaultIfEmpty(double.NaN).Min(), offers.Where(o => o.MinBidUsdPerHour is not null).Select(o => (double)o.MinBidUsdPerHour!.Value).DefaultIfEmpty(double.NaN).Min());
                await market.PassAsync(Tick);
            }

            return prices;
        }
    }

    /// <summary>Less than anybody could have paid: the lowest bid of the whole market at each moment, moves between machines for nothing, no disk; only starts cost their time.</summary>
    public decimal Hindsight((double OnDemand, double Bid)[] prices)
    {
        var sum = 0d;
        foreach (var job in terms)
        {
            var from = (int)Math.Ceiling(job.Begin / Tick.TotalHours);
            var ticks = Math.Min((int)(job.DeadlineHours / Tick.TotalHours), prices.Length - from);
            var steady = Enumerable.Range(from, ticks).Min(i => prices[i].OnDemand);
            var spot = Enumerable.Range(from, ticks).Select(i => prices[i].Bid / steady).ToArray();
            var job4 = new DeadlineTerms(Tick.TotalHours, ticks, job.WorkHours, MonthJob.Start.TotalHours, 1);
            sum += steady * Domain.Policy.Deadlines.Hindsight.Cost(job4, Array.ConvertAll(spot, s => !double.IsNaN(s)), Array.ConvertAll(spot, s => double.IsNaN(s) ? 1 : s));
        }

        return (decimal)sum;
    }

    private async Task SeeAsync(TimeSpan passed)
    {
        var rentals = (await market.Market.ListAsync(default)).Value.ToDictionary(r => r.Id);
        now = market.Market.MarketNow;
        foreach (var job in open)
            job.See(job.RentalId is { } id ? rentals.GetValueOrDefault(id) : null, now, passed);
        foreach (var job in open.Where(j => j.EndedAt is not null).ToList())
        {
            // Its results go home while it bills; then it is destroyed.
            await market.Market.DestroyAsync(job.RentalId!, default);
            open.Remove(job);
            ended.Add(job);
        }

        foreach (var old in leaving.Where(l => l.At <= now).ToList())
        {
            await market.Market.DestroyAsync(old.Id, default);
            leaving.Remove(old);
        }
    }

    private async Task ActAsync(IWay way)
    {
        IReadOnlyList<Offer>? offers = null;
        foreach (var job in open)
        {
            // Booting, or for a moment out of sight.
            if (job is { RentalId: not null, IsPaused: false, MayYetRun: true, DownSince: { } since } && now - since < LostAfter)
                continue;
            if (job is { RentalId: not null, DownSince: null, Bid: not null } && way is not GreedyWay)
                continue;
            offers ??= await OffersAsync();
            if (way.Next(job, offers, now) is not { } to)
                continue;
            var label = string.Create(CultureInfo.InvariantCulture, $"lodger/month.job{job.Terms.Number}/{++attempts}");
            var old = job.RentalId;
            if (!(await market.Market.RentAsync(Request(to.Offer.Id, label, to.Bid), default)).TryGet(out var id, out _))
                continue;
            job.Rented(id, to.Offer, to.Bid, now);
            offers = null;
            if (old is null)
                continue;
            await market.Market.StopAsync(old, default);
            leaving.Add((old, now + OldKept));
        }
    }

    private async Task<IReadOnlyList<Offer>> OffersAsync() =>
        [.. (await market.Market.SearchAsync("num_gpus=1 gpu_ram>=20", DiskGb, withDefaults: true, default)).Value.Select(o => o with { DlPerf = 0 })];

    private static RentRequest Request(string offer, string label, decimal? bid) => new()
    {
        OfferId = offer,
        BidUsdPerHour = bid,
        Image = "pytorch/pytorch:2.4.0",
        DiskGb = DiskGb,
        Label = label,
        Onstart = "echo",
        Environment = new Dictionary<string, string>(),
    };
}
