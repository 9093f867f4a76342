using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>Who is limited to a project, over the public address: every endpoint, about their own and about another project's job.</summary>
public sealed class ProjectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_of_another_project_is_seen_or_touched_whatever_the_scopes()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var mine = await SubmitAsync(stage, "mine", "vision");
        var theirs = await SubmitAsync(stage, "theirs", "speech");
        using var vision = new Visitor(door, await stage.TokenAsync("vision", "vision", Enum.GetValues<Scope>()));

        (await vision.SendAsync("GET", Routes.Session)).Session.Project.ShouldBe("vision");
        var before = (await stage.Client.EventsAsync("theirs", 0, Token)).Value.Select(e => e.Event).OfType<CancelRequested>().Count();
        foreach (var ((method, pattern), need) in NeededScopes.Table.Where(e => !e.Value.ForAnyone).OrderBy(e => e.Key.Pattern, StringComparer.Ordinal))
        {
            var what = $"{method} {pattern}";
            var body = method == "POST" ? Bodies.GetValueOrDefault(pattern, "[]") : null;
            // It goes on for ever, and has a test of its own; of a job it is like one about a job.
            if (pattern == Routes.Stream)
            {
                (await vision.SendAsync(method, $"{pattern}?job={theirs}")).Status.ShouldBe(HttpStatusCode.NotFound);
                continue;
            }

            if (!pattern.Contains("{job}", StringComparison.Ordinal))
            {
                var at = pattern.Replace("{account}", "stub", StringComparison.Ordinal).Replace("{volume}", "80", StringComparison.Ordinal).Replace("{token}", "vision", StringComparison.Ordinal);
                var answer = await vision.SendAsync(method, at, body);
                if (need.IsPerProject)
                    answer.Body.ShouldNotContain("theirs", customMessage: what);
                else
                    answer.Problem.Id.ShouldBeOneOf(["project-limited", "owner-only"], what);
                continue;
            }

            foreach (var key in (string[])["theirs", theirs])
            {
                var answer = await vision.SendAsync(method, pattern.Replace("{job}", key, StringComparison.Ordinal), body);
                (answer.Status, answer.Problem.Id).ShouldBe(need.IsOfAccount ? (HttpStatusCode.Forbidden, "project-limited") : (HttpStatusCode.NotFound, "no-such-job"), $"{what} of {key}");
            }

            if (need.IsOfAccount)
                (await vision.SendAsync(method, pattern.Replace("{job}", mine, StringComparison.Ordinal), body)).Problem.Id.ShouldBe("project-limited", what);

            (await vision.SendAsync("GET", $"/v1/jobs/{mine}")).Status.ShouldBe(HttpStatusCode.OK);
        }

        (await stage.Client.EventsAsync("theirs", 0, Token)).Value.Select(e => e.Event).OfType<CancelRequested>().Count().ShouldBe(before);
        (await vision.SendAsync("GET", $"{Routes.Cost}?job=theirs")).Status.ShouldBe(HttpStatusCode.NotFound);
        Jobs(await vision.SendAsync("GET", $"{Routes.Jobs}?all=true")).ShouldBe(["mine"]);
        var cost = JsonSerializer.Deserialize((await vision.SendAsync("GET", Routes.Cost)).Body, ApiJson.Default.CostView)!;
        cost.Jobs.Select(j => j.Name).ShouldBe(["mine"]);
        cost.Accounts.ShouldBeEmpty();
        (await vision.SendAsync("POST", "/v1/jobs/mine/cancel", """{"by":"x"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await stage.Client.EventsAsync("mine", 0, Token)).Value.Select(e => e.Event).OfType<CancelRequested>().Single().By.ShouldBe("token:vision");
    }

    [Fact]
    public async Task A_name_that_another_project_had_later_still_finds_ones_own_job()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var first = await SubmitAsync(stage, "digits", "vision");
        using var vision = new Visitor(door, await stage.TokenAsync("vision", "vision", [Scope.Read, Scope.Operate]));
        var taken = await stage.Client.SubmitAsync(stage.Submission() with { Project = "speech" }, Token);
        taken.Problem!.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("job-open"), p => p.Message.ShouldNotContain(first));
        await UntilAsync(stage, j => j.RentalId is not null);
        (await stage.Client.CancelAsync("digits", "anna", Token)).IsOk.ShouldBeTrue();
        await UntilAsync(stage, j => j.Phase == JobPhase.Closed);
        var second = await SubmitAsync(stage, "digits", "speech");
        (await stage.Client.JobAsync("digits", Token)).Value.Id.ShouldBe(second);
        JsonSerializer.Deserialize((await vision.SendAsync("GET", "/v1/jobs/digits")).Body, ApiJson.Default.JobView)!.Id.ShouldBe(first);
    }

    [Fact]
    public async Task The_board_the_stream_and_the_money_are_those_of_the_project()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var token = await stage.TokenAsync("vision", "vision", [Scope.Read]);
        using var vision = new Visitor(door, token);
        using var stream = await EventReader.OpenAsync(door, token, "/v1/events?live=true&after=0");
        await SubmitAsync(stage, "theirs", "speech");
        var mine = await SubmitAsync(stage, "mine", "vision");
        await UntilAsync(stage, j => j.RentalId is not null, "theirs");
        await UntilAsync(stage, j => j.RentalId is not null, "mine");

        var board = await vision.SendAsync("GET", Routes.Board);
        JsonSerializer.Deserialize(board.Body, ApiJson.Default.BoardView)!.Rows.Select(r => r.Name).ShouldBe(["mine"]);
        board.Body.ShouldNotContain("theirs");
        board.Body.ShouldNotContain("balance", Case.Insensitive);
        // Until the rent of one's own has come: that of the other was before it.
        var (told, rows) = (new List<string>(), new List<string>());
        while (!told.Contains("Rented") || rows.Count == 0)
        {
            var (name, data) = (await stream.NextAsync(Token))!.Value;
            data.ShouldNotContain("theirs");
            if (name == "journal")
            {
                var view = JsonSerializer.Deserialize(data, ApiJson.Default.EventView)!;
                view.Job.ShouldBe(mine);
                told.Add(view.Entry.Event.GetType().Name);
            }
            else if (name == "rows")
            {
                rows.AddRange(JsonSerializer.Deserialize(data, ApiJson.Default.JobRowArray)!.Select(r => r.Name));
            }
        }

        rows.ShouldAllBe(r => r == "mine");
        var (own, both) = (Money((await vision.SendAsync("GET", $"{Routes.MoneyHistory}?hours=1")).Body), Money((await stage.SendAsync("GET", $"{Routes.MoneyHistory}?hours=1")).Body));
        // Both rentals bill the same, the other's for longer; of one's own it was asked before.
        for (var began = Stopwatch.GetTimestamp(); (own == 0 || both <= own * 1.2m) && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2);)
        {
            await Task.Delay(50, Token);
            (own, both) = (Money((await vision.SendAsync("GET", $"{Routes.MoneyHistory}?hours=1")).Body), Money((await stage.SendAsync("GET", $"{Routes.MoneyHistory}?hours=1")).Body));
        }

        own.ShouldBeGreaterThan(0);
        both.ShouldBeGreaterThan(own * 1.2m);

        static decimal Money(string body) => JsonSerializer.Deserialize(body, ApiJson.Default.MoneyHistoryView)!.DiskUsdPerHour.Sum();
    }

    [Fact]
    public async Task What_is_submitted_is_of_their_own_project_and_lies_in_its_own_directory()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        using var vision = new Visitor(door, await stage.TokenAsync("vision", "vision", [Scope.Operate]));
        var good = stage.Submission() with { ResultsDirectory = Path.Combine(stage.Root, "shared", "vision", "digits") };
        (await SubmitAsync(vision, good with { Project = "speech" })).Problem.Id.ShouldBe("project-limited");
        (await SubmitAsync(vision, good with { ResultsDirectory = Path.Combine(stage.Root, "shared", "speech", "digits") })).Problem.Id.ShouldBe("outside-shared");
        (await SubmitAsync(vision, good with { Project = "../x" })).Problem.Id.ShouldBe("request-malformed");
        (await SubmitAsync(vision, good)).Status.ShouldBe(HttpStatusCode.OK);
        (await stage.Client.JobAsync("digits", Token)).Value.Project.ShouldBe("vision");
        (await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = "plain" }), Token)).Value.Project.ShouldBe(Projects.Default);
    }

    [Fact]
    public async Task What_belongs_to_the_whole_account_or_server_is_not_told()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        await SubmitAsync(stage, "theirs", "speech");
        using var vision = new Visitor(door, await stage.TokenAsync("vision", "vision", [Scope.Read, Scope.Operate]));
        var server = JsonSerializer.Deserialize((await vision.SendAsync("GET", Routes.Server)).Body, ApiJson.Default.ServerView)!;
        (server.OpenJobs, server.StateDirectory, server.Cluster).ShouldBe((0, "", null));
        var wish = new PlanRequest(ServerStage.Spec, "stub", false, null, new Domain.Plan.PlanInputs());
        var plan = await PlanAsync(vision, wish);
        plan.Status.ShouldBe(HttpStatusCode.OK, plan.Body);
        plan.Body.ShouldNotContain("balance", Case.Insensitive);
        plan.Body.ShouldNotContain("anna");
        stage.Market.BalanceUsd = 0.0123m;
        var broke = await PlanAsync(vision, wish);
        broke.Problem.Id.ShouldBe("balance-too-low");
        broke.Problem.Message.ShouldNotContain("0.01");
        var onVolume = ServerStage.Spec with { Volume = new Domain.Spec.VolumeSpec("80", "/data") };
        (await PlanAsync(vision, wish with { Spec = onVolume })).Problem.Id.ShouldBe("project-limited");
        var submission = stage.Submission(onVolume) with { ResultsDirectory = Path.Combine(stage.Root, "shared", "vision", "digits") };
        (await SubmitAsync(vision, submission)).Problem.Id.ShouldBe("project-limited");
    }

    private static Task<Answer> PlanAsync(Visitor visitor, PlanRequest wish) => visitor.SendAsync("POST", Routes.Plan, JsonSerializer.Serialize(wish, ApiJson.Default.PlanRequest));

    /// <summary>Whole requests, so that what is refused is refused for the project and not for its form.</summary>
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        [Routes.Cancel] = """{"by":"x"}""",
        [Routes.Drill] = """{"by":"x"}""",
        [Routes.Pull] = """{"by":"x"}""",
        [Routes.Budget] = """{"usd":9,"by":"x"}""",
        [Routes.Approve] = """{"token":"x","by":"x","names":[]}""",
        [Routes.Abandon] = """{"rentalId":"100","by":"x"}""",
        [Routes.Clouds] = """{"connectionId":"1","path":"x","by":"x"}""",
    };

    private static async Task<string> SubmitAsync(ServerStage stage, string name, string project) =>
        (await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = name }) with { Project = project }, Token)).Value.Id;

    private static Task<Answer> SubmitAsync(Visitor visitor, SubmitRequest request) => visitor.SendAsync("POST", Routes.Jobs, JsonSerializer.Serialize(request, ApiJson.Default.SubmitRequest));

    private static async Task UntilAsync(ServerStage stage, Func<JobView, bool> wanted, string name = "digits")
    {
        for (var i = 0; i < 3000; i++)
        {
            if ((await stage.Client.JobAsync(name, Token)).Value is { } job && wanted(job))
                return;
            await Task.Delay(20, Token);
        }

        throw new TimeoutException("It did not come to that.");
    }

    private static IEnumerable<string> Jobs(Answer answer) => JsonSerializer.Deserialize(answer.Body, ApiJson.Default.JobViewArray)!.Select(j => j.Name);
}
