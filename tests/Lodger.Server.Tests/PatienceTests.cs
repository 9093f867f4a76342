using Lodger.Domain.Problems;
using Lodger.Server.Http;

namespace Lodger.Server.Tests;

/// <summary>A platform that is silent is said to be.</summary>
public sealed class PatienceTests
{
    [Fact]
    public async Task An_answer_that_does_not_come_is_a_problem_in_a_sentence()
    {
        var asked = await Patience.BoundAsync<int>(
            "vast.ai (account anna)",
            TimeSpan.FromMilliseconds(50),
            async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return 1;
            },
            TestContext.Current.CancellationToken);
        asked.Problem.ShouldNotBeNull().ShouldSatisfyAllConditions(
            p => p.ExitCode.ShouldBe(ExitCode.Unknown),
            p => p.MayRetry.ShouldBeTrue(),
            p => p.Message.ShouldStartWith("vast.ai (account anna) has not answered within"));
    }

    [Fact]
    public async Task An_answer_that_comes_is_passed_on_and_whoever_gives_up_asks_no_more()
    {
        (await Patience.BoundAsync<int>("m", TimeSpan.FromMinutes(1), _ => Task.FromResult<Outcome<int>>(7), TestContext.Current.CancellationToken)).Value.ShouldBe(7);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Patience.BoundAsync<int>(
            "m",
            TimeSpan.FromMinutes(1),
            async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return 1;
            },
            gone.Token));
    }
}
