using System.Text;
using Lodger.Vast.Http;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

public sealed class SpacingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_threshold_that_a_429_names_is_kept_from_then_on()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time);
        server.Then(200, Answers.User).Then(429, Answers.Throttled).Then(200, Answers.User);

        for (var i = 0; i < 4; i++) (await client.UserAsync(Token)).IsOk.ShouldBeTrue();

        var gaps = Gaps(server);
        gaps[0].ShouldBeLessThan(TimeSpan.FromSeconds(1)); // Nothing was known.
        gaps.Skip(1).ShouldAllBe(gap => gap >= TimeSpan.FromSeconds(3.5));
        gaps.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_429_without_a_figure_widens_the_spacing_all_the_same()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time);
        server.Then(429, "slow down").Then(200, Answers.User);

        (await client.UserAsync(Token)).IsOk.ShouldBeTrue();
        (await client.UserAsync(Token)).IsOk.ShouldBeTrue();

        Gaps(server).ShouldAllBe(gap => gap >= TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task The_platform_itself_gets_its_documented_spacing_from_the_first_call_on()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time, _ => ScriptedServer.Options("https://console.example"));
        server.Then(200, Answers.Show());

        await client.ShowAsync(4711, Token);
        await client.ShowAsync(4711, Token);

        Gaps(server).ShouldHaveSingleItem().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task One_endpoint_does_not_wait_for_another()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time, _ => ScriptedServer.Options(startSpacing: TimeSpan.FromSeconds(10)));
        server.Then(200, Answers.User).Then(200, Answers.List(null, 0));

        await client.UserAsync(Token);
        await client.ListAsync(Token);

        Gaps(server).ShouldHaveSingleItem().ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Callers_go_one_after_the_other_in_the_order_in_which_they_came()
    {
        var time = new HandTime();
        var gate = new EndpointGate(time, TimeSpan.FromSeconds(5));
        var queue = Enumerable.Range(0, 6).Select(_ => gate.EnterAsync(Token)).ToList();

        for (var i = 0; i < queue.Count; i++)
        {
            await queue[i].WaitAsync(TimeSpan.FromMinutes(2), Token);
            queue.Skip(i + 1).ShouldAllBe(behind => !behind.IsCompleted);
            if (i + 1 < queue.Count)
                await time.AdvanceOnceWaitedForAsync(TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task Somebody_who_gives_up_neither_holds_up_nor_lets_through_those_behind()
    {
        var time = new HandTime();
        var gate = new EndpointGate(time, TimeSpan.FromSeconds(5));
        await gate.EnterAsync(Token);
        using var impatient = new CancellationTokenSource();
        var (second, third, fourth) = (gate.EnterAsync(Token), gate.EnterAsync(impatient.Token), gate.EnterAsync(Token));

        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => third);
        (second.IsCompleted, fourth.IsCompleted).ShouldBe((false, false));

        await time.AdvanceOnceWaitedForAsync(TimeSpan.FromSeconds(5));
        await second.WaitAsync(TimeSpan.FromMinutes(2), Token);
        fourth.IsCompleted.ShouldBeFalse();
        await time.AdvanceOnceWaitedForAsync(TimeSpan.FromSeconds(5));
        await fourth.WaitAsync(TimeSpan.FromMinutes(2), Token);
    }

    [Theory]
    [InlineData("""{"detail": "API requests too frequent endpoint threshold=3.5"}""", 3.5)]
    [InlineData("API requests too frequent endpoint threshold = 1", 1.0)]
    [InlineData("""{"msg": "API requests too frequent endpoint threshold=5.5"}""", 5.5)]
    public void The_threshold_is_read_from_every_form_of_the_body(string body, double seconds) =>
        Throttle.Threshold(Encoding.UTF8.GetBytes(body)).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("threshold=")]
    [InlineData("threshold=-1")]
    [InlineData("threshold=0")]
    [InlineData("threshold=999999")]
    [InlineData("threshold=NaN")]
    public void A_threshold_that_makes_no_sense_is_none(string body) => Throttle.Threshold(Encoding.UTF8.GetBytes(body)).ShouldBeNull();

    [Fact]
    public void No_answer_can_stop_us_for_longer_than_a_minute()
    {
        var gate = new EndpointGate(new JumpingTime(), TimeSpan.Zero);
        gate.Learn(TimeSpan.FromHours(5));
        gate.Spacing.ShouldBe(EndpointGate.SpacingMax);
        for (var i = 0; i < 20; i++) gate.Learn(null);
        gate.Spacing.ShouldBe(EndpointGate.SpacingMax);
    }

    [Fact]
    public void A_smaller_threshold_than_the_one_known_does_not_shorten_the_spacing()
    {
        var gate = new EndpointGate(new JumpingTime(), TimeSpan.FromSeconds(4));
        gate.Learn(TimeSpan.FromSeconds(1));
        gate.Spacing.ShouldBe(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_spacing_that_is_no_whole_millisecond_is_waited_for_and_not_spun_for()
    {
        var time = new JumpingTime();
        var gate = new EndpointGate(time, TimeSpan.FromMilliseconds(562.5));
        await gate.EnterAsync(TestContext.Current.CancellationToken);
        var first = time.GetUtcNow();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromMinutes(2));

        await Task.Run(() => gate.EnterAsync(bound.Token), bound.Token);

        (time.GetUtcNow() - first).ShouldBe(TimeSpan.FromMilliseconds(563));
    }

    private static List<TimeSpan> Gaps(ScriptedServer server) =>
        [.. server.Seen.Zip(server.Seen.Skip(1), (first, second) => second.At - first.At)];
}
