using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;

namespace Lodger.Acceptance.Tests;

/// <summary>A job with <c>rent: auto</c> and a deadline: on a bid, on on-demand when no bid runs any more, and back to a bid when one does.</summary>
public sealed class WayBackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Of ten hours of work it says that a tenth is done when it ends; on every machine it waits for a file before that, so that it is never over before it was seen.</summary>
    private static readonly string Counts = PreemptionTests.Counts
        .Replace("n/60\"", "n/600\"", StringComparison.Ordinal)
        .Replace("  sleep \"$pause\"", "  [ \"$n\" -lt 58 ] || until [ -e /tmp/go-on ]; do sleep 0.1; done\n  sleep \"$pause\"", StringComparison.Ordinal);

    [Fact]
    public async Task When_no_bid_runs_it_goes_to_on_demand_and_back_to_a_bid_and_each_reason_stands_beside_what_the_other_ways_would_have_cost()
    {
        var time = new MovableTime();
        await using var stage = await EngineStage.StartAsync(PreemptionTests.Brisk with { OffersValid = TimeSpan.FromSeconds(30) }, time: time);
        // Two machines with one GPU each are all that this job may take.
        var alone = (await stage.Adapter.SearchAsync("num_gpus=1", 10, true, Token)).Value.Where(o => o.MinBidUsdPerHour > 0).GroupBy(o => o.MachineId).Where(m => m.Count() == 1).Select(m => m.Single())
            .OrderBy(o => o.GpuUsdPerHour).Take(2).ToList();
        await OutbidForEverAsync(stage, alone[1]);
        var job = await stage.SubmitAsync(
            Counts,
            s => PreemptionTests.Spot(s) with
            {
                Rent = RentMode.Auto,
                Work = TimeSpan.FromHours(10),
                Deadline = new DeadlineSpec(TimeSpan.FromHours(40), null),
                Patience = TimeSpan.FromSeconds(1),
                Offers = $"machine_id in [{alone[0].MachineId},{alone[1].MachineId}]",
            },
            bid: true,
            at: alone[0]);
        var bid = await stage.UntilAsync(job, s => s.Mirrors.Count > 0);

        await stage.Market.ControlAsync($"instances/{bid.Current!.RentalId}/outbid", new { by = 5m });
        var steady = await stage.UntilAsync(job, s => s.Current is { Number: 2, MirroredAt: not null } && s.Attempts[0].DestroyedAt is not null);
        (await stage.Adapter.ShowAsync(steady.Current!.RentalId!, Token)).Value!.Interruptible.ShouldBeFalse(stage.Story(job));

        // On the other machine bids run again, for a third of what they cost; and it has been a while.
        var free = alone.Single(o => o.Id != steady.Current.OfferId);
        await stage.Market.ControlAsync($"offers/{free.Id}/give", new { });
        await stage.Market.ControlAsync($"machines/{free.MachineId}/price", new { factor = 0.3 });
        time.Skip(TimeSpan.FromMinutes(11));
        var back = await stage.UntilAsync(job, s => s.Current is { Number: 3, StartedAt: not null });
        await stage.ExecOnAsync(back.Current!.RentalId!, "touch /tmp/go-on");
        var closed = await stage.ClosedAsync(job);

        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.Select(a => a.BidUsdPerHour is null).ShouldBe([false, true, false], stage.Story(job));
        (closed.Attempts[2].Offer!.Id, closed.Attempts[1].Fenced).ShouldBe((free.Id, true), stage.Story(job));
        var moves = stage.Board.Events(job, 0).Select(e => e.Event).OfType<MoveDecided>().ToList();
        moves.Count.ShouldBe(2, stage.Story(job));
        moves[0].Choice.ShouldContain($"-> on-demand on {steady.Current.OfferId}");
        moves[0].Alternatives.ShouldContain(a => a.StartsWith("wait $", StringComparison.Ordinal), stage.Story(job));
        moves[1].Reason.ShouldBe("A bid has become the cheaper way to the end.");
        moves[1].Choice.ShouldMatch($@"^stay on-demand \$\d+\.\d\d \| move \$\d+\.\d\d -> move to {free.Id} \(bid \$");
        moves[1].Alternatives.ShouldContain(a => a.StartsWith("stay on-demand $", StringComparison.Ordinal));
        stage.Board.Events(job, 0).Select(e => e.Event).OfType<ResumeSeen>().ShouldAllBe(r => !r.FromZero, stage.Story(job));
        (await File.ReadAllTextAsync(stage.AtHome(job, "out/result.json"), Token)).ShouldContain("60");
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    /// <summary>Somebody holds it with a bid that no other passes; on-demand takes it all the same.</summary>
    private static async Task OutbidForEverAsync(EngineStage stage, Offer offer)
    {
        var mine = (await stage.Adapter.RentAsync(
            new RentRequest { OfferId = offer.Id, Image = "python:3.12-slim", DiskGb = 10, Label = "nobody", BidUsdPerHour = offer.MinBidUsdPerHour * 1.2m, Onstart = "true", Environment = new Dictionary<string, string>() }, Token)).Value;
        await stage.Market.ControlAsync($"instances/{mine}/outbid", new { by = 5m });
        (await stage.Adapter.DestroyAsync(mine, Token)).IsOk.ShouldBeTrue();
    }
}
