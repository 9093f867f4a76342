using Lodger.Domain.Problems;

namespace Lodger.Server.Http;

/// <summary>Who only looks waits no longer than this for a platform that is silent; then it is said that it is, instead of nothing at all.</summary>
internal static class Patience
{
    /// <summary>Long lists come page by page, at the platform's own pace; a command waits for the server for 150 seconds.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromSeconds(45);

    /// <param name="market">For people.</param>
    public static async Task<Outcome<T>> BoundAsync<T>(string market, TimeSpan max, Func<CancellationToken, Task<Outcome<T>>> ask, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(max);
        try
        {
            return await ask(bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Problem("market-unreachable", $"{market} has not answered within {max.TotalSeconds:0} s.", "Nothing was concluded from it; try again. Jobs go on on their machines.", ExitCode.Unknown, MayRetry: true);
        }
    }
}
