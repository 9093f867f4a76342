using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>What the platform charged: asked once for all jobs, and waited for by none.</summary>
public sealed class ChargesTests
{
    private const int Jobs = 12;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_question_serves_all_jobs_and_none_of_them_waits_for_its_answer()
    {
        await using var stage = await ServerStage.StartAsync(change: (_, options) => options with { ChargesEvery = TimeSpan.FromMilliseconds(100) });
        var answer = new TaskCompletionSource();
        stage.Market.ChargesAnswer = answer.Task;
        for (var i = 0; i < Jobs; i++)
            (await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = $"digits{i}" }) with { ResultsDirectory = Path.Combine(stage.Root, $"results{i}") }, Token)).IsOk.ShouldBeTrue();

        // The platform says nothing of money, and everything is rented.
        while (stage.Market.Rents < Jobs || stage.Market.ChargesAsked == 0)
            await Task.Delay(20, Token);
        stage.Market.ChargesAsked.ShouldBe(1);

        // An answer that is a defect ends no more than itself.
        stage.Market.ChargesAnswer = Task.FromException(new InvalidOperationException("no answer that can be read"));
        answer.SetException(new InvalidOperationException("no answer that can be read"));
        while (stage.Market.ChargesAsked == 1)
            await Task.Delay(20, Token);
        stage.Market.ChargesAnswer = Task.CompletedTask;
        while ((await stage.Client.JobsAsync(all: true, Token)).Value.Any(j => j.Meter.SoFar is not { TotalUsd: 0.01m }))
            await Task.Delay(20, Token);
    }
}
