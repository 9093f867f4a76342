using Lodger.Domain.Jobs;
using Lodger.Server.Tests.Stage;
using Microsoft.Data.Sqlite;

namespace Lodger.Server.Tests;

/// <summary>A server that begins with a clock behind what its journal says: the clock was ahead, and somebody set it right.</summary>
public sealed class ClockSetBackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_goes_on_from_the_newest_entry_and_is_ended_as_ever()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        await stage.UntilAsync("digits", j => j.RentalId is not null);
        await stage.RestartAsync(meanwhile: async () =>
        {
            await using var database = new SqliteConnection($"Data Source={stage.Database};Pooling=False");
            await database.OpenAsync(Token);
            var shift = database.CreateCommand();
            shift.CommandText = "update journal set at = strftime('%Y-%m-%dT%H:%M:%f0000+00:00', at, '+3 hours')";
            (await shift.ExecuteNonQueryAsync(Token)).ShouldBeGreaterThan(0);
        });
        var newest = (await stage.Client.EventsAsync("digits", 0, Token)).Value[^1].At;
        newest.ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddHours(2));
        await stage.Client.CancelAsync("digits", "anna", Token);
        await stage.UntilAsync("digits", j => j.Phase == JobPhase.Closed);
        var events = (await stage.Client.EventsAsync("digits", 0, Token)).Value;
        events.Select(e => e.At).ShouldBeInOrder();
        events.Select(e => e.Event).OfType<DestroyConfirmed>().ShouldHaveSingleItem();
        stage.Market.Rents.ShouldBe(1);
    }
}
