using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>Jobs that lose their machines in the same moment.</summary>
public sealed class LostTogetherTests
{
    private const int Jobs = 12;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_goes_on_with_an_offer_of_its_own()
    {
        await using var stage = await ServerStage.StartAsync();
        for (var i = 0; i < Jobs; i++)
        {
            var spec = ServerStage.Spec with { Name = $"digits{i}", Rent = RentMode.Interruptible };
            (await stage.Client.SubmitAsync(stage.Submission(spec) with { ResultsDirectory = Path.Combine(stage.Root, $"results{i}"), BidUsdPerHour = 0.2m }, Token)).IsOk.ShouldBeTrue();
        }

        while (stage.Market.Rents < Jobs)
            await Task.Delay(20, Token);

        // Prices differ, so that by price alone all would choose the same one.
        stage.Market.Others = [.. Enumerable.Range(20, Jobs + 2).Select(i => StubMarket.Offer with { Id = $"{i}", MachineId = $"m{i}", HostId = $"h{i}", MinBidUsdPerHour = 0.1m + (i * 0.001m) })];
        stage.Market.Become(RentalStatus.Preempted);
        while (stage.Market.Rents < 2 * Jobs)
            await Task.Delay(20, Token);

        stage.Market.Had.Order().ShouldBe(Enumerable.Range(20, Jobs).Select(i => $"{i}"));
        stage.Market.Late.ShouldBe(0);
    }
}
