using Lodger.Engine.Accounts;

namespace Lodger.Engine.Tests.Accounts;

public sealed class SharedQuestionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Those_who_come_while_it_is_asked_share_the_next_answer_and_none_is_served_with_an_older_one()
    {
        var answers = new[] { new TaskCompletionSource<int>(), new TaskCompletionSource<int>() };
        var asked = 0;
        using var question = new SharedQuestion<int>(_ => answers[asked++].Task, TimeProvider.System);
        var first = question.AskedAfterAsync(TimeProvider.System.GetUtcNow(), Token);
        await Task.Delay(5, Token);
        var moment = TimeProvider.System.GetUtcNow();
        var later = Enumerable.Range(0, 20).Select(_ => question.AskedAfterAsync(moment, Token)).ToList();

        answers[0].SetResult(1);
        (await first).Answer.ShouldBe(1);
        answers[1].SetResult(2);
        foreach (var one in later)
        {
            (await one).Answer.ShouldBe(2);
            (await one).At.ShouldBeGreaterThanOrEqualTo(moment);
        }

        asked.ShouldBe(2);
    }

    [Fact]
    public async Task Who_asks_no_more_leaves_the_question_to_the_next()
    {
        var asked = 0;
        using var question = new SharedQuestion<int>(async token =>
        {
            if (asked++ == 0)
                await Task.Delay(Timeout.Infinite, token);
            return asked;
        }, TimeProvider.System);
        using var gone = new CancellationTokenSource();
        var first = question.AskedAfterAsync(TimeProvider.System.GetUtcNow(), gone.Token);
        var second = question.AskedAfterAsync(TimeProvider.System.GetUtcNow(), Token);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        (await second).Answer.ShouldBe(2);
    }
}
