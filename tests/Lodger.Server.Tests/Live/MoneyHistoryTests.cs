using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Domain.Money;
using Lodger.Engine.Journal;
using Lodger.Server.Api;
using Lodger.Server.Live;
using Lodger.Server.Tests.Stage;
using Microsoft.Data.Sqlite;

namespace Lodger.Server.Tests.Live;

/// <summary>What was billed over time, whatever is wrong with a job's journal.</summary>
public sealed class MoneyHistoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_journal_that_cannot_be_read_takes_no_money_out_of_the_history()
    {
        await using var stage = await ServerStage.StartAsync();
        Add(stage);
        await using (var database = new SqliteConnection($"Data Source={stage.Database};Pooling=False"))
        {
            await database.OpenAsync(Token);
            var damage = database.CreateCommand();
            damage.CommandText = "update journal set event = '{' where sequence = 1";
            (await damage.ExecuteNonQueryAsync(Token)).ShouldBe(1);
        }

        var (status, body) = await stage.SendAsync("GET", Routes.MoneyHistory);
        status.ShouldBe(200);
        JsonSerializer.Deserialize(body, ApiJson.Default.MoneyHistoryView)!.GpuUsdPerHour[^1].ShouldBe(0.3m);
    }

    [Fact]
    public async Task What_could_not_be_taken_in_is_taken_in_the_next_time_and_once()
    {
        await using var stage = await ServerStage.StartAsync();
        Add(stage);
        using var journal = JournalStore.OpenFile(stage.Database).Value;
        var asked = 0;
        var history = new MoneyHistory(journal, _ => asked++ == 0 ? throw new InvalidOperationException("not now") : "vision");
        Should.Throw<InvalidOperationException>(() => Now("vision"));
        Now("vision").ShouldBe(0.3m);
        Now("vision").ShouldBe(0.3m);
        Now("speech").ShouldBe(0);

        decimal Now(string project) => history.Of(project, TimeSpan.FromHours(24), DateTimeOffset.UtcNow).GpuUsdPerHour[^1];
    }

    private static void Add(ServerStage stage)
    {
        using var journal = JournalStore.OpenFile(stage.Database).Value;
        var at = DateTimeOffset.UtcNow.AddHours(-2);
        journal.Create("digits.aaaaaa", "digits", new JournalEntry(1, at, new JobSubmitted(ServerStage.Spec, "stub market", "stub", StubMarket.Offer, 0.1m, Path.Combine(stage.Root, "results"), "anna")));
        journal.Append("digits.aaaaaa", new JournalEntry(2, at, new MeterRead(1, "r1", at, null, new Rates(0.3m, 0.01m, 0, 0), GpuUse.Start, null, null)));
    }
}
