namespace Lodger.Marketplace.Copying;

/// <summary>Moves bytes from one stream to another and counts them.</summary>
internal static class CopyPump
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Until the source ends, or fails; then the target is closed.</summary>
    /// <exception cref="IOException">It may not go on, or one side has gone.</exception>
    public static async Task RunAsync(Stream from, Stream to, Action<int> count, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (!mayGoOn()) throw new IOException("the copy was ended");
                count(read);
                await SendAsync(to, buffer.AsMemory(0, read), cancellationToken);
            }
        }
        finally
        {
            Close(to);
        }
    }

    private static void Close(Stream stream)
    {
        try
        {
            stream.Close();
        }
        catch (IOException)
        {
            // What was left to flush has nobody left to read it.
        }
    }

    /// <summary>Writes and flushes.</summary>
    public static async Task SendAsync(Stream to, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await to.WriteAsync(bytes, cancellationToken);
        await to.FlushAsync(cancellationToken);
    }
}
