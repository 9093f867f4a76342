using Lodger.Server.Access;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Tests.Access;

public sealed class HealthTests
{
    [Theory]
    [InlineData("/healthz", true, 200)]
    [InlineData("/healthz", false, 200)]
    [InlineData("/readyz", true, 200)]
    [InlineData("/readyz", false, 503)]
    [InlineData("/healthz/x", true, 418)]
    [InlineData("/v1/jobs", true, 418)]
    public async Task A_process_that_cannot_work_is_alive_and_not_ready(string path, bool isReady, int status) => (await AskAsync(path, () => isReady)).ShouldBe(status);

    [Fact]
    public async Task Whatever_keeps_it_from_saying_yes_is_a_no() => (await AskAsync("/readyz", () => throw new InvalidOperationException())).ShouldBe(503);

    [Fact]
    public async Task However_many_ask_it_looks_once_a_second_and_never_twice_at_once()
    {
        var time = new SetTime();
        using var goOn = new ManualResetEventSlim();
        var looks = 0;
        var answer = Health.Before(
            _ => Task.CompletedTask,
            () =>
            {
                Interlocked.Increment(ref looks);
                goOn.Wait(TestContext.Current.CancellationToken);
                return true;
            },
            time);
        var asked = Enumerable.Range(0, 20).Select(_ => answer(Request("/readyz"))).ToList();
        goOn.Set();
        await Task.WhenAll(asked);
        looks.ShouldBe(1);
        await answer(Request("/readyz"));
        looks.ShouldBe(1);
        time.Pass(TimeSpan.FromSeconds(1));
        await answer(Request("/readyz"));
        looks.ShouldBe(2);
    }

    private static async Task<int> AskAsync(string path, Func<bool> isReady)
    {
        var http = Request(path);
        await Health.Before(
            passed =>
            {
                passed.Response.StatusCode = StatusCodes.Status418ImATeapot;
                return Task.CompletedTask;
            },
            isReady,
            new SetTime())(http);
        return http.Response.StatusCode;
    }

    private static DefaultHttpContext Request(string path)
    {
        var http = new DefaultHttpContext();
        http.Request.Method = "GET";
        http.Request.Path = path;
        return http;
    }
}
