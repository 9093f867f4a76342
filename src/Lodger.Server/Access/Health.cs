using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>
/// What a load balancer or a supervisor asks a public address, without a token: whether the process is alive, and whether it can do its work. The answer is a word; why it cannot is in the log.
/// </summary>
internal static class Health
{
    public const string Alive = "/healthz";
    public const string Ready = "/readyz";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);

    /// <param name="isReady">May throw, and may take long: then it is not.</param>
    public static RequestDelegate Before(RequestDelegate answer, Func<bool> isReady, TimeProvider time)
    {
        var readiness = new Readiness(isReady, time);
        return http => AnswerAsync(http, answer, readiness);
    }

    private static async Task AnswerAsync(HttpContext http, RequestDelegate answer, Readiness readiness)
    {
        var path = http.Request.Path;
        var asksReady = path == Ready;
        if ((!asksReady && path != Alive) || !SameOrigin.IsRead(http.Request))
        {
            await answer(http);
            return;
        }

        var isWell = !asksReady || await readiness.AskAsync();
        http.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "text/plain";
        await http.Response.WriteAsync(isWell ? "ok\n" : "not ready\n", http.RequestAborted);
    }

    /// <summary>However many ask: one look at a time, and no more than one a second.</summary>
    private sealed class Readiness(Func<bool> isReady, TimeProvider time)
    {
        private readonly Lock gate = new();
        private Task<bool>? look;
        private long endedAt;

        public async Task<bool> AskAsync()
        {
            Task<bool> current;
            lock (gate)
            {
                if (look is null || (look.IsCompleted && time.GetElapsedTime(Interlocked.Read(ref endedAt)) >= Kept))
                    look = LookAsync();
                current = look;
            }

            try
            {
                return await current.WaitAsync(Limit, time);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        private async Task<bool> LookAsync()
        {
            try
            {
                return await Task.Run(isReady);
            }
            catch (Exception)
            {
                // Whatever keeps it from saying yes is a no.
                return false;
            }
            finally
            {
                Interlocked.Exchange(ref endedAt, time.GetTimestamp());
            }
        }
    }
}
