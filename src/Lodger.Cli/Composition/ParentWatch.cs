namespace Lodger.Cli.Composition;

/// <summary>Ends us when the process that we belong to is gone, however it went.</summary>
internal static class ParentWatch
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    public static async Task RunAsync(int parentId, TimeProvider time, CancellationTokenSource life)
    {
        if (LiveProcess.Find(parentId) is not { } parent)
        {
            await life.CancelAsync();
            return;
        }

        try
        {
            while (parent.IsAlive)
                await Task.Delay(Every, time, life.Token);
            await life.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // We end first: nothing is left to watch.
        }
    }
}
