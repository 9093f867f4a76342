using Lodger.Domain.Box;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class LineTrialTests
{
    private const long Mb = 1_000_000;

    [Theory]
    [InlineData(10, true)]
    [InlineData(90, true)]
    [InlineData(101, false)]
    [InlineData(600, false)]
    public void A_connection_that_nearly_fills_a_gigabit_line_is_enough(long megabytesPerSecond, bool isSlow)
    {
        var clock = new HandClock();
        var calls = 0;
        var trial = new LineTrial(null, TimeSpan.FromSeconds(1), clock, () => calls++);
        for (var second = 0; second < 4; second++)
        {
            trial.Report(new TransferProgress(second * megabytesPerSecond * Mb, 5_000 * Mb, 0));
            clock.Now += TimeSpan.FromSeconds(1);
        }

        trial.IsSlow.ShouldBe(isSlow);
        calls.ShouldBe(isSlow ? 1 : 0);
    }

    [Fact]
    public void Neither_the_login_nor_the_first_instant_nor_a_pull_that_is_nearly_over_counts()
    {
        var clock = new HandClock();
        var trial = new LineTrial(null, TimeSpan.FromSeconds(1), clock, () => { });
        clock.Now += TimeSpan.FromMinutes(1);
        trial.Report(new TransferProgress(0, 100 * Mb, 0));
        clock.Now += TimeSpan.FromSeconds(0.9);
        trial.Report(new TransferProgress(1 * Mb, 100 * Mb, 0));
        trial.IsSlow.ShouldBeFalse("less than a second");
        clock.Now += TimeSpan.FromSeconds(0.6);
        trial.Report(new TransferProgress(60 * Mb, 100 * Mb, 0));
        trial.IsSlow.ShouldBeFalse("the rest comes in a second");
        clock.Now += TimeSpan.FromSeconds(8);
        trial.Report(new TransferProgress(64 * Mb, 100 * Mb, 0));
        trial.IsSlow.ShouldBeTrue("it has become slow");
    }

    private sealed class HandClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
