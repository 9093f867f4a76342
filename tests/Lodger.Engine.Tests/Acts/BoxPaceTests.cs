using Lodger.Domain.Reconcile;
using Lodger.Engine.Acts;

namespace Lodger.Engine.Tests.Acts;

public sealed class BoxPaceTests
{
    private static readonly Waits Usual = new();

    [Theory]
    [InlineData(1, 5, 30)]
    [InlineData(50, 5, 30)]
    [InlineData(100, 10, 60)]
    [InlineData(1_000, 100, 600)]
    [InlineData(10_000, 600, 600)]
    public void Beyond_fifty_jobs_looks_take_turns_and_a_turn_is_never_longer_than_ten_minutes(int jobs, int reportSeconds, int mirrorSeconds)
    {
        using var pace = new BoxPace();
        for (var i = 0; i < jobs; i++)
            pace.Watch(1);
        (pace.Of(Usual).Report, pace.Of(Usual).Mirror).ShouldBe((TimeSpan.FromSeconds(reportSeconds), TimeSpan.FromSeconds(mirrorSeconds)));
        pace.Watch(-jobs);
        pace.Of(Usual).ShouldBe(Usual);
    }

    [Fact]
    public void Transfers_of_one_kind_have_sixteen_places_and_keep_no_other_kind_out()
    {
        using var pace = new BoxPace();
        Enumerable.Range(0, 20).Count(_ => pace.TryBegin(Transfer.BringHome)).ShouldBe(16);
        pace.TryBegin(Transfer.Send).ShouldBeTrue();
        pace.End(Transfer.BringHome);
        pace.TryBegin(Transfer.BringHome).ShouldBeTrue();
        pace.TryBegin(Transfer.BringHome).ShouldBeFalse();
    }

    [Fact]
    public async Task Machines_that_did_not_answer_keep_nobody_else_waiting()
    {
        using var pace = new BoxPace();
        var hangs = new TaskCompletionSource<int>();
        var silent = Enumerable.Range(0, 40).Select(_ => pace.LookAsync(isDoubtful: true, () => hangs.Task, TestContext.Current.CancellationToken)).ToList();
        (await pace.LookAsync(isDoubtful: false, () => Task.FromResult(7), TestContext.Current.CancellationToken)).ShouldBe(7);
        hangs.SetResult(1);
        (await Task.WhenAll(silent)).Sum().ShouldBe(40);
    }
}
