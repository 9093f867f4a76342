using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Engine.Journal;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>Jobs that a server finds in its journal when it begins.</summary>
public sealed class RestartedJobTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_from_the_network_gets_none_of_the_users_secrets_whoever_has_forgotten_its_own()
    {
        await using var stage = await ServerStage.StartAsync();
        var secret = Path.Combine(Directory.CreateDirectory(Path.Combine(stage.Root, "secrets")).FullName, "HF_TOKEN");
        await File.WriteAllTextAsync(secret, "theirs", Token);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        var spec = ServerStage.Spec with { Secrets = ["HF_TOKEN"] };
        Add(stage, spec with { Name = "foreign" }, overNetwork: true);
        Add(stage, spec with { Name = "own" }, overNetwork: false);
        await stage.RestartAsync();
        await UntilAsync(stage, "own", j => j.RentalId is not null);
        await UntilAsync(stage, "foreign", j => j.Waiting.Contains("submit it anew", StringComparison.Ordinal));
        (await stage.Client.JobAsync("foreign", Token)).Value.RentalId.ShouldBeNull();
        (await stage.Client.EventsAsync("foreign", 0, Token)).Value.ShouldNotContain(e => e.Event is RentIntended);
    }

    [Fact]
    public async Task A_job_that_cannot_be_shown_hides_no_other()
    {
        await using var stage = await ServerStage.StartAsync();
        Add(stage, ServerStage.Spec with { Name = "broken", Rent = RentMode.Auto, Deadline = new DeadlineSpec(TimeSpan.MaxValue, null) }, overNetwork: false);
        Add(stage, ServerStage.Spec with { Name = "whole" }, overNetwork: false);
        await stage.RestartAsync();
        var board = JsonSerializer.Deserialize((await stage.SendAsync("GET", Routes.Board)).Body, ApiJson.Default.BoardView)!;
        board.Rows.Select(j => j.Name).ShouldBe(["whole"]);
        var cost = JsonSerializer.Deserialize((await stage.SendAsync("GET", Routes.Cost)).Body, ApiJson.Default.CostView)!;
        cost.Jobs.Select(j => j.Name).ShouldBe(["whole"]);
        cost.Accounts.ShouldHaveSingleItem().Problem!.Id.ShouldBe("cost-unknown");
    }

    [Fact]
    public async Task A_job_that_cannot_be_shown_ends_nobodys_stream_and_a_defect_at_an_account_hides_no_clocks_but_its_own()
    {
        await using var stage = await ServerStage.StartAsync();
        Add(stage, ServerStage.Spec with { Name = "broken", Deadline = new DeadlineSpec(null, null) }, overNetwork: false);
        await stage.RestartAsync();
        using var stream = await EventReader.OpenAsync(stage.Socket, "/v1/events?live=true");
        (await stream.NextAsync(Token))!.Value.Name.ShouldBe("begin");
        await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = "whole" }), Token);
        List<string> shown = [];
        while (shown.Count == 0)
        {
            var (name, data) = (await stream.NextAsync(Token))!.Value;
            if (name == "rows")
                shown.AddRange(JsonSerializer.Deserialize(data, ApiJson.Default.JobRowArray)!.Select(r => r.Name));
        }

        shown.ShouldBe(["whole"]);

        stage.Market.IsBroken = true;
        var clocks = JsonSerializer.Deserialize((await stage.SendAsync("GET", Routes.Clocks)).Body, ApiJson.Default.ClocksView)!;
        clocks.Accounts.ShouldHaveSingleItem().Missing.ShouldHaveSingleItem().ShouldSatisfyAllConditions(m => m.ShouldContain("defect"), m => m.ShouldNotContain("secret-in-an-exception"));
        (await stage.SendAsync("GET", $"{Routes.Clocks}?account=stub")).Status.ShouldBe(500);
        stage.Market.IsBroken = false;
        JsonSerializer.Deserialize((await stage.SendAsync("GET", Routes.Clocks)).Body, ApiJson.Default.ClocksView)!.Accounts.ShouldHaveSingleItem().Missing.ShouldBeEmpty();
    }

    private static void Add(ServerStage stage, JobSpec spec, bool overNetwork)
    {
        using var journal = JournalStore.OpenFile(stage.Database).Value;
        var submitted = new JobSubmitted(spec, "stub market", "stub", StubMarket.Offer, 0.1m, Path.Combine(stage.Root, "shared", spec.Name), "anna", OverNetwork: overNetwork);
        journal.Create($"{spec.Name}.aaaaaa", spec.Name, new JournalEntry(1, DateTimeOffset.UtcNow, submitted));
    }

    private static async Task UntilAsync(ServerStage stage, string name, Func<JobView, bool> wanted)
    {
        for (var i = 0; i < 3000; i++)
        {
            if ((await stage.Client.JobAsync(name, Token)).TryGet(out var job, out _) && wanted(job))
                return;
            await Task.Delay(20, Token);
        }

        throw new TimeoutException("It did not come to that.");
    }
}
