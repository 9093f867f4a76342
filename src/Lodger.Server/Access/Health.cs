using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>
/// What a load balancer or a supervisor asks a public address, without a token: whether the process is alive, and whether it can do its work. The answer is a word; why it cannot is in the log.
/// </summary>
internal static class Health
{
    public const string Alive = "/healthz";
    public const string Ready = "/readyz";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <param name="isReady">May throw, and may take long: then it is not.</param>
    public static RequestDelegate Before(RequestDelegate answer, Func<bool> isReady) => async http =>
    {
        var path = http.Request.Path;
        var asksReady = path == Ready;
        if ((!asksReady && path != Alive) || !SameOrigin.IsRead(http.Request))
        {
            await answer(http);
            return;
        }

        var isWell = !asksReady || await IsReadyAsync(isReady);
        http.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "text/plain";
        await http.Response.WriteAsync(isWell ? "ok\n" : "not ready\n", http.RequestAborted);
    };

    private static async Task<bool> IsReadyAsync(Func<bool> isReady)
    {
        try
        {
            return await Task.Run(isReady).WaitAsync(Limit);
        }
        catch (Exception)
        {
            // Whatever keeps it from saying yes is a no.
            return false;
        }
    }
}
