using Lodger.Engine.Sweep;

namespace Lodger.Engine.Tests.Sweep;

public sealed class GrowingLimitTests
{
    [Fact]
    public async Task What_turns_out_to_be_longer_is_waited_for()
    {
        using var limit = new CancellationTokenSource();
        var listing = new TaskCompletionSource<int>();
        var askedAgain = new TaskCompletionSource();
        var asked = 0;
        var waiting = GrowingLimit.WithinAsync(listing.Task, Allowed, limit, TimeProvider.System);
        await askedAgain.Task;
        listing.SetResult(7);
        (await waiting).ShouldBe(7);
        limit.IsCancellationRequested.ShouldBeFalse();

        TimeSpan Allowed()
        {
            if (asked++ == 0)
                return TimeSpan.FromMilliseconds(1);
            askedAgain.TrySetResult();
            return TimeSpan.FromHours(1);
        }
    }

    [Fact]
    public async Task What_is_too_long_all_the_same_is_ended()
    {
        using var limit = new CancellationTokenSource();
        var listing = new TaskCompletionSource<int>();
        using var ended = limit.Token.Register(() => listing.SetCanceled(limit.Token));
        await Should.ThrowAsync<OperationCanceledException>(GrowingLimit.WithinAsync(listing.Task, () => TimeSpan.FromMilliseconds(1), limit, TimeProvider.System));
    }
}
