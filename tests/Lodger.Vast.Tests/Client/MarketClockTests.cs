using System.Globalization;
using System.Net.Http.Headers;
using Lodger.Vast.Http;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

public sealed class MarketClockTests
{
    private const long Start = 1_900_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Before_the_first_answer_it_is_our_own_clock()
    {
        var time = new JumpingTime();
        var (client, _) = ScriptedServer.Start(time);

        client.MarketNow.ShouldBe(time.GetUtcNow());
    }

    [Fact]
    public async Task A_market_that_keeps_its_own_time_is_followed_at_its_own_speed()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time);
        server.Then(200, Answers.User, ("X-Market-Time", "1900000000.5"), ("X-Market-Scale", "60"));

        await client.UserAsync(Token);
        time.Advance(TimeSpan.FromSeconds(10));

        client.MarketNow.ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(1900000000.5 + 600));
    }

    [Theory]
    [InlineData(-7200)]
    [InlineData(300)]
    public async Task A_clock_of_ours_that_is_wrong_is_set_right_by_the_Date_of_an_answer(int wrongBySeconds)
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time);
        var theirs = time.GetUtcNow().AddSeconds(wrongBySeconds);
        server.Then(200, Answers.User, ("Date", theirs.ToString("R")));

        await client.UserAsync(Token);

        client.MarketNow.ShouldBe(theirs);
    }

    [Fact]
    public async Task A_Date_that_differs_by_its_own_coarseness_changes_nothing()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time);
        server.Then(200, Answers.User, ("Date", time.GetUtcNow().AddSeconds(-1).ToString("R")));

        await client.UserAsync(Token);

        client.MarketNow.ShouldBe(time.GetUtcNow());
    }

    [Fact]
    public void An_answer_that_was_long_under_way_sets_no_clock_back()
    {
        var time = new JumpingTime();
        var clock = new MarketClock(time);
        clock.Observe(At(0), time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(5));
        var sentAt = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(10));
        clock.Observe(At(300), sentAt);
        Seconds(clock).ShouldBe(900, "it was stamped ten seconds ago at sixty a second, for which the clock is right");
    }

    [Fact]
    public void An_answer_to_an_older_question_than_that_of_the_last_says_nothing_new()
    {
        var time = new JumpingTime();
        var clock = new MarketClock(time);
        var older = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(20));
        clock.Observe(At(86_400), time.GetTimestamp());
        clock.Observe(At(0), older);
        Seconds(clock).ShouldBe(86_400, "the market was moved on meanwhile");
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void A_market_whose_clock_is_moved_is_followed(int by)
    {
        var time = new JumpingTime();
        var clock = new MarketClock(time);
        clock.Observe(At(0), time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(1));
        clock.Observe(At(60 + by), time.GetTimestamp());
        Seconds(clock).ShouldBe(60 + by);
    }

    [Fact]
    public void A_Date_that_was_long_under_way_is_no_reason_to_doubt_our_clock()
    {
        var time = new JumpingTime();
        var clock = new MarketClock(time);
        using var answer = new HttpResponseMessage { Headers = { Date = time.GetUtcNow() } };
        var sentAt = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(20));
        clock.Observe(answer.Headers, sentAt);
        clock.Now.ShouldBe(time.GetUtcNow());
    }

    [Fact]
    public void A_clock_that_was_set_right_by_a_Date_is_not_set_back_by_a_slow_one()
    {
        var time = new JumpingTime();
        var clock = new MarketClock(time);
        using var quick = new HttpResponseMessage { Headers = { Date = time.GetUtcNow().AddMinutes(-10) } };
        clock.Observe(quick.Headers, time.GetTimestamp());
        var sentAt = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(25));
        clock.Observe(quick.Headers, sentAt);
        clock.Now.ShouldBe(time.GetUtcNow().AddMinutes(-10));
    }

    private static HttpResponseHeaders At(int marketSeconds) => new HttpResponseMessage
    {
        Headers = { { "X-Market-Time", (Start + marketSeconds).ToString(CultureInfo.InvariantCulture) }, { "X-Market-Scale", "60" } },
    }.Headers;

    private static double Seconds(MarketClock clock) => (clock.Now - DateTimeOffset.UnixEpoch).TotalSeconds - Start;

    [Theory]
    [InlineData("NaN", "1")]
    [InlineData("1e300", "1")]
    [InlineData("-5", "1")]
    [InlineData("soon", "1")]
    [InlineData("253402299999", "1000000")]
    public async Task Nonsense_in_the_headers_breaks_nothing(string marketTime, string scale)
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time);
        server.Then(200, Answers.User, ("X-Market-Time", marketTime), ("X-Market-Scale", scale));

        await client.UserAsync(Token);
        time.Advance(TimeSpan.FromDays(300));

        client.MarketNow.ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
    }
}
