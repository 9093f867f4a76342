using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

public sealed class MarketClockTests
{
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
