using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Journal;
using Lodger.Engine.Profile;
using Lodger.Engine.Secrets;
using Lodger.Engine.Sweep;
using Lodger.Engine.Tests.Stage;
using Lodger.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodger.Engine.Tests.Sweep;

public sealed class AccountSweepTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_look_that_breaks_is_not_the_last()
    {
        var looks = 0;
        var market = Played.Of<IMarket>(Played.Anna, (nameof(IMarket.ListAsync), _ => looks++ == 0 ? throw new InvalidOperationException("a defect") : Task.FromResult(Outcome<IReadOnlyList<Rental>>.Ok([SampleRental.ByHand]))));
        using var pace = new BoxPace();
        var context = new ActContext(new EngineOptions { StateDirectory = "/nonexistent", SecretsDirectory = "/nonexistent", ToolVersion = "test" }, TimeProvider.System, new SecretSource("/nonexistent"), pace);
        var account = new OpenAccount("a", market, null!, ProfileReader.VastAi, new Uri("http://127.0.0.1:1"), "", "") { Hosts = null! };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var looked = new TaskCompletionSource();
        using var journal = JournalStore.OpenFile(Path.Combine(directory.Path, "journal.db")).Value;
        using var user = new AccountUser(account, journal, () => true, TimeProvider.System, NullLogger.Instance);
        using var sweep = new AccountSweep(account, user, context, () => [], () => true, _ => looked.TrySetResult(), NullLogger.Instance);
        // The pause after the first look is over at once.
        sweep.Hurry();

        var running = sweep.RunAsync(stop.Token);

        (await Task.WhenAny(looked.Task, running)).ShouldBe(looked.Task, "the looks have ended");
        sweep.Latest.Listing.Rentals.ShouldNotBeNull().ShouldHaveSingleItem().Id.ShouldBe(SampleRental.ByHand.Id);
        await stop.CancelAsync();
        await running;
    }
}
