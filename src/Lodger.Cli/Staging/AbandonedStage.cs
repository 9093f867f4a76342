using Lodger.Cli.Composition;

namespace Lodger.Cli.Staging;

/// <summary>
/// The directory of a command that was killed before it could remove it. Its marketplace, which ends because it watches that command, is the last one
/// there and removes it.
/// </summary>
internal static class AbandonedStage
{
    private const int TriesMax = 20;
    private static readonly TimeSpan ServerEndMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits until the stage's server is gone, then removes the directory; gives up quietly, as nobody is left to tell.</summary>
    public static async Task RemoveAsync(string directory, Places places, TimeProvider time)
    {
        if (Directory.Exists(places.State))
        {
            var free = await FileLock.TakeAsync(places.ServerLock, ServerEndMax, time, CancellationToken.None);
            if (!free.TryGet(out var held, out _))
                return;
            await held.DisposeAsync();
        }

        await RemoveAsync(directory, time);
    }

    /// <returns>Why it is still there; null when it is gone.</returns>
    public static async Task<string?> RemoveAsync(string directory, TimeProvider time)
    {
        // A helper process that is just ending may still write a line.
        for (var tries = 1; ; tries++)
        {
            try
            {
                Directory.Delete(directory, recursive: true);
                return null;
            }
            catch (DirectoryNotFoundException) when (!Directory.Exists(directory))
            {
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (tries == TriesMax)
                    return e.Message;
                await Task.Delay(Pause, time);
            }
        }
    }
}
