using System.Globalization;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Spec;

namespace Lodger.Vast.Tests.Local;

/// <summary>A week of the market with everything that changes a bill: Lodger's meter, fed by nothing but the platform's answers, against the market's own ledger.</summary>
public sealed class MarketWeekTests
{
    private const int Jobs = 20;
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    private readonly List<JobState> jobs = [];
    private readonly Dictionary<string, Offer> rented = [];
    private LocalMarket local = null!;
    private DateTimeOffset? agreedAt;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_market_week_the_meter_equals_the_ledger_to_the_cent()
    {
        foreach (var seed in Enumerable.Range(1, Long ? 25 : 1))
            await LiveAsync(new Random(seed), seed);
    }

    private async Task LiveAsync(Random random, int seed)
    {
        jobs.Clear();
        agreedAt = null;
        await using (local = await LocalMarket.StartAsync(speed: 0))
        {
            await local.ControlAsync("balance", """{"balance": 100000}""");
            await RentAllAsync(random);
            var volumes = await RentVolumesAsync();
            for (var hours = 0d; hours < 168;)
            {
                await DisturbAsync(random);
                // What was started boots in real time, and here half a day may lie between two looks: it is up before the first of them.
                await local.ControlAsync("clock/advance", """{"seconds": 0}""");
                await LookAsync();
                var passes = 0.3 + (random.NextDouble() * 6);
                hours += passes;
                await local.ControlAsync("clock/advance", $$"""{"seconds": {{(passes * 3600).ToString(CultureInfo.InvariantCulture)}}}""");
                await LookAsync();
            }

            await CompareAsync(volumes, seed);
        }
    }

    private async Task RentAllAsync(Random random)
    {
        var offers = (await local.Market.SearchAsync("num_gpus=1", 20, false, Token)).Value.Where(o => o is { DiskGb: >= 20, MinBidUsdPerHour: > 0 }).ToList();
        foreach (var offer in offers)
        {
            if (jobs.Count == Jobs)
                break;
            var number = jobs.Count + 1;
            var id = $"week.job{number}";
            decimal? bid = random.Next(2) == 0 ? offer.MinBidUsdPerHour * 1.5m : null;
            var label = JobState.LabelFor(id, 1);
            if (!(await local.Market.RentAsync(Request(offer.Id, label, bid), Token)).TryGet(out var rental, out _))
                continue;
            rented[rental] = offer;
            jobs.Add(JobState.Replay(id, [new(1, local.Market.MarketNow, new JobSubmitted(Spec, "local marketplace", "local", offer, 1, "/results", "anna", bid))]));
            Append(jobs.Count - 1, new RentIntended(1, offer.Id, label, null, bid));
            Append(jobs.Count - 1, new Rented(1, rental, false));
            await LookAsync();
            // Provisioning lasts two seconds, then it boots.
            await local.ControlAsync("clock/advance", """{"seconds": 2}""");
            await LookAsync();
        }

        jobs.Count.ShouldBe(Jobs);
    }

    private async Task<List<string>> RentVolumesAsync()
    {
        List<string> made = [];
        foreach (var machine in rented.Values.Select(o => o.MachineId).Distinct().Take(3))
        {
            using var http = new HttpClient { BaseAddress = new Uri(local.Access.Url), DefaultRequestHeaders = { Authorization = new("Bearer", local.Access.ApiKey) } };
            using var answer = await http.PutAsync("/api/v0/volumes/", new StringContent($$"""{"id": {{60_000_000 + long.Parse(machine, CultureInfo.InvariantCulture)}}, "size": 15, "name": "cache"}"""), Token);
            if (answer.IsSuccessStatusCode)
                made.Add(machine);
        }

        made.ShouldNotBeEmpty();
        return [.. (await local.Market.VolumesAsync(Token)).Value.Select(v => v.Id)];
    }

    /// <summary>One thing that happens to one rental, as a person, a host, a rival or Lodger would do it.</summary>
    private async Task DisturbAsync(Random random)
    {
        var index = random.Next(jobs.Count);
        if (jobs[index].Current is not { RentalId: { } id, DestroyedAt: null } attempt)
            return;
        var machine = rented[id].MachineId;
        switch (random.Next(12))
        {
            case 0 or 1:
                await local.Market.StopAsync(id, Token);
                break;
            case 2 or 3:
                await local.Market.StartAsync(id, Token);
                break;
            case 4 or 5 when attempt.BidUsdPerHour is not null:
                await local.TryControlAsync($"instances/{id}/outbid", "{}");
                break;
            case 6:
                await local.TryControlAsync($"instances/{id}/release", "{}");
                break;
            case 7:
                await local.ControlAsync($"machines/{machine}/offline", "{}");
                break;
            case 8 or 9:
                foreach (var other in rented.Values.Select(o => o.MachineId).Distinct())
                    await local.TryControlAsync($"machines/{other}/online", "{}");
                break;
            case 10 when attempt.BidUsdPerHour is not null:
                await local.Market.ChangeBidAsync(id, rented[id].MinBidUsdPerHour!.Value * (decimal)(1 + random.NextDouble()), Token);
                break;
            case 11 when random.Next(3) == 0:
                await DestroyAsync(index, id);
                break;
        }
    }

    private async Task DestroyAsync(int index, string id)
    {
        Append(index, new DestroyIntended(1, id, local.Market.MarketNow));
        (await local.Market.DestroyAsync(id, Token)).IsOk.ShouldBeTrue();
        await local.ControlAsync("clock/advance", """{"seconds": 10}""");
        var charges = (await local.Market.ChargesAsync(Token)).Value;
        Append(index, new DestroyConfirmed(1, id, charges.Rentals.GetValueOrDefault(id), local.Market.MarketNow));
    }

    private async Task LookAsync()
    {
        var rentals = new RentalList((await local.Market.ListAsync(Token)).Value);
        var seenAt = local.Market.MarketNow;
        for (var i = 0; i < jobs.Count; i++)
        {
            foreach (var read in Metering.News(jobs[i], rentals, seenAt, agreedAt))
                Append(i, read);
        }

        agreedAt = seenAt;
    }

    private async Task CompareAsync(IReadOnlyList<string> volumes, int seed)
    {
        var ledger = await local.LedgerAsync();
        var now = DateTimeOffset.Parse(ledger["market_now"]!.ToString(), CultureInfo.InvariantCulture);
        var charges = (await local.Market.ChargesAsync(Token)).Value;
        var rentals = (await local.Market.ListAsync(Token)).Value;
        var reckoned = 0m;
        foreach (var job in jobs)
        {
            var cost = JobCost.Of(job, rentals, charges, now, now, 1, now).Rentals.ShouldHaveSingleItem();
            var row = ledger["contracts"]!.AsArray().Single(c => c!["id"]!.ToString() == cost.RentalId)!["charges"]!;
            var why = $"seed {seed}, rental {cost.RentalId}, margin {cost.MarginUsd}";
            cost.Reckoned!.GpuUsd.ShouldBe((decimal)row["gpu_usd"]!, 0.005m, why);
            cost.Reckoned.DiskUsd.ShouldBe((decimal)row["disk_usd"]!, 0.005m, why);
            cost.Agreement.ShouldBe(Agreement.Agrees, why);
            cost.KnowsTraffic.ShouldBeTrue();
            reckoned += cost.Reckoned.TotalUsd;
        }

        var listed = (await local.Market.VolumesAsync(Token)).Value;
        listed.Select(v => v.Id).ShouldBe(volumes);
        var volumeUsd = ledger["volumes"]!.AsArray().Sum(v => (decimal)v!["charged_usd"]!);
        listed.Sum(v => charges.VolumesUsd[v.Id]).ShouldBe(volumeUsd, 0.0001m);
        var charged = (decimal)ledger["accounts"]![0]!["charged_usd"]!;
        (reckoned + volumeUsd).ShouldBe(charged, 0.01m, $"seed {seed}: the whole week");
        charged.ShouldBeGreaterThan(5);
        (await local.Market.AccountAsync(Token)).Value.BalanceUsd.ShouldBe(100_000 - charged, 0.01m);
    }

    private void Append(int index, JobEvent happened) => jobs[index] = jobs[index].Apply(new(jobs[index].LastSequence + 1, local.Market.MarketNow, happened));

    private static JobSpec Spec => new()
    {
        Name = "week",
        Image = "pytorch/pytorch:2.4.0",
        Gpu = new GpuRequest([], 1, null),
        DiskGb = 20,
        Run = "python train.py",
        Results = ["model.safetensors"],
    };

    private static RentRequest Request(string offer, string label, decimal? bid) => new()
    {
        OfferId = offer,
        BidUsdPerHour = bid,
        Image = "pytorch/pytorch:2.4.0",
        DiskGb = 20,
        Label = label,
        Onstart = "echo",
        Environment = new Dictionary<string, string>(),
    };
}
