using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Client;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>A submission that is said again because no answer came.</summary>
public sealed class RepeatedSubmissionTests
{
    private const string Key = "00000000-0000-4000-8000-000000000001";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_its_key_it_is_the_same_job_at_once_later_and_at_the_next_server()
    {
        await using var stage = await ServerStage.StartAsync();
        var wish = stage.Submission() with { Key = Key };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => stage.Client.SubmitAsync(wish, Token))));
        var id = answers.Select(a => a.Value.Id).Distinct().ShouldHaveSingleItem();
        (await stage.Client.SubmitAsync(wish, Token)).Value.Id.ShouldBe(id);
        await stage.RestartAsync();
        (await stage.Client.SubmitAsync(wish, Token)).Value.Id.ShouldBe(id);
        (await stage.Client.JobsAsync(all: true, Token)).Value.ShouldHaveSingleItem();

        (await stage.Client.SubmitAsync(wish with { Key = null }, Token)).Problem!.Id.ShouldBe("job-open");
        (await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = "other" }) with { Key = Key }, Token)).Problem!.Id.ShouldBe("key-used");
        (await stage.Client.SubmitAsync(wish with { Project = "speech" }, Token)).Problem!.Id.ShouldBe("job-open", "a key is its project's");
    }

    [Fact]
    public async Task Whose_answer_was_lost_after_it_was_written_makes_one_job_and_rents_once()
    {
        await using var stage = await ServerStage.StartAsync();
        await using var line = new LosingLine(stage.Socket);
        var wish = stage.Submission() with { Key = Key };
        for (var lost = 1; lost <= 3; lost++)
        {
            using var client = new ServerClient(line.Path);
            var problem = (await client.SubmitAsync(wish, Token)).Problem!;
            (problem.Id, problem.MayRetry).ShouldBe(("server-unreachable", true));
            line.Lost.ShouldBe(lost);
            var job = (await stage.Client.JobsAsync(all: true, Token)).Value.ShouldHaveSingleItem();
            (await stage.Client.SubmitAsync(wish, Token)).Value.Id.ShouldBe(job.Id);
        }

        IReadOnlyList<JournalEntry> events = [];
        while (!events.Any(e => e.Event is Rented))
        {
            await Task.Delay(20, Token);
            events = (await stage.Client.EventsAsync("digits", 0, Token)).Value;
        }

        events.Count(e => e.Event is JobSubmitted).ShouldBe(1);
        stage.Market.Rents.ShouldBe(1);
    }

    [Fact]
    public async Task Another_persons_with_the_same_key_is_refused_and_the_key_stands_in_no_journal()
    {
        await using var stage = await ServerStage.StartAsync();
        var wish = stage.Submission() with { Key = Key };
        (await stage.Client.SubmitAsync(wish, Token)).IsOk.ShouldBeTrue();
        (await stage.Client.SubmitAsync(wish with { ApprovedBy = "somebody else" }, Token)).Problem!.Id.ShouldBe("key-used");
        using var visitor = new ServerClient(await stage.OpenDoorAsync(), await stage.TokenAsync("ci", [Scope.Read, Scope.Operate]));
        (await visitor.SubmitAsync(wish with { ResultsDirectory = "" }, Token)).Problem!.Id.ShouldBe("key-used");
        var written = JsonSerializer.Serialize((await stage.Client.EventsAsync("digits", 0, Token)).Value.ToArray(), ApiJson.Default.JournalEntryArray);
        written.ShouldNotContain(Key);
        written.ShouldContain(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key))));
    }

    [Fact]
    public async Task Of_two_that_want_one_name_at_the_same_moment_one_gets_it()
    {
        await using var stage = await ServerStage.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => stage.Client.SubmitAsync(stage.Submission(), Token))));
        answers.Count(a => a.IsOk).ShouldBe(1);
        answers.Where(a => !a.IsOk).ShouldAllBe(a => a.Problem!.Id == "job-open");
    }

    [Theory]
    [InlineData("short")]
    [InlineData("with a space in it, and long")]
    public async Task A_key_that_could_be_anothers_is_refused(string key)
    {
        await using var stage = await ServerStage.StartAsync();
        (await stage.Client.SubmitAsync(stage.Submission() with { Key = key }, Token)).Problem!.Id.ShouldBe("request-malformed");
    }
}
