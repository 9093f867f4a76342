using Lodger.Engine.Time;

namespace Lodger.Engine.Tests.Time;

/// <summary>The time of jobs, on a machine whose clock is set, and which sleeps.</summary>
public sealed class SteadyTimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Clock clock = new() { Wall = Noon };

    [Fact]
    public void It_is_the_clocks_time_while_that_goes_forward()
    {
        var time = new SteadyTime(clock, null);
        time.GetUtcNow().ShouldBe(Noon);
        clock.Pass(TimeSpan.FromSeconds(90));
        time.GetUtcNow().ShouldBe(Noon.AddSeconds(90));
        clock.Wall += TimeSpan.FromHours(2);
        time.GetUtcNow().ShouldBe(clock.Wall, "set forward, or asleep");
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_take_it_along_and_every_wait_ends()
    {
        var time = new SteadyTime(clock, null);
        clock.Wall -= TimeSpan.FromHours(3);
        time.GetUtcNow().ShouldBe(Noon);
        clock.Pass(TimeSpan.FromMinutes(16));
        time.GetUtcNow().ShouldBe(Noon.AddMinutes(15), "a sixteenth slower");
    }

    [Fact]
    public void The_clock_catches_up()
    {
        var time = new SteadyTime(clock, null);
        clock.Wall -= TimeSpan.FromHours(1);
        var before = time.GetUtcNow();
        for (var hour = 0; hour < 15; hour++)
        {
            clock.Pass(TimeSpan.FromHours(1));
            time.GetUtcNow().ShouldBeGreaterThan(clock.Wall);
            time.GetUtcNow().ShouldBeGreaterThan(before);
            before = time.GetUtcNow();
        }

        clock.Pass(TimeSpan.FromHours(1));
        time.GetUtcNow().ShouldBe(clock.Wall);
        clock.Pass(TimeSpan.FromHours(1));
        time.GetUtcNow().ShouldBe(clock.Wall);
    }

    [Fact]
    public void A_night_that_the_machine_sleeps_through_passes_though_it_is_ahead()
    {
        var time = new SteadyTime(clock, Noon.AddHours(20));
        clock.Wall += TimeSpan.FromHours(8);
        time.GetUtcNow().ShouldBe(Noon.AddHours(20 + 7.5));
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(0, 0)]
    [InlineData(-3, 0)]
    public void It_begins_no_earlier_than_what_is_written_down(double written, double begins) =>
        new SteadyTime(clock, Noon.AddHours(written)).GetUtcNow().ShouldBe(Noon.AddHours(begins));

    [Fact]
    public void Spans_and_timers_are_the_clocks()
    {
        var time = new SteadyTime(clock, Noon.AddHours(1));
        var from = time.GetTimestamp();
        clock.Pass(TimeSpan.FromSeconds(2));
        time.GetElapsedTime(from).ShouldBe(TimeSpan.FromSeconds(2));
        time.LocalTimeZone.ShouldBe(TimeZoneInfo.Utc);
        time.CreateTimer(_ => { }, null, TimeSpan.Zero, TimeSpan.Zero).ShouldBeNull();
        clock.Timers.ShouldBe(1);
    }

    private sealed class Clock : TimeProvider
    {
        private TimeSpan passed;

        public DateTimeOffset Wall { get; set; }

        public int Timers { get; private set; }

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan span) => (Wall, passed) = (Wall + span, passed + span);

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => passed.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return null!;
        }
    }
}
