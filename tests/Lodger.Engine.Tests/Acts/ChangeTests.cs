using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>A call waits for its turn and is tried again; meanwhile another node may have taken over.</summary>
public sealed class ChangeTests
{
    public static TheoryData<string, JobAction> Changes => new()
    {
        { nameof(IMarket.StopAsync), new StopRental(1, "r1", "no work") },
        { nameof(IMarket.StartAsync), new StartRental(1, "r1", "it goes on") },
        { nameof(IMarket.ChangeBidAsync), new RaiseBid(1, "r1", 0.2m, 0.3m, "raise", []) },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Whether_a_rental_may_still_be_changed_is_asked_when_the_call_has_its_turn(string call, JobAction change)
    {
        bool? may = null;
        await using var job = await PlayedJob.StartAsync(new()
        {
            History = Histories.Running,
            Rentals = [Histories.Shown(1)],
            Market =
            [
                (call, args =>
                {
                    may = ((Func<bool>)args[^1]!)();
                    return Task.FromResult(Done.Ok);
                }),
            ],
        });
        await job.CarryOutAsync(change);
        may.ShouldBe(true);
    }
}
