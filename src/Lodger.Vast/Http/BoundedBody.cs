namespace Lodger.Vast.Http;

/// <summary>Reads an answer's body up to a limit.</summary>
internal static class BoundedBody
{
    /// <summary>The body, or null when it is longer than <paramref name="bytesMax"/>.</summary>
    public static async Task<byte[]?> ReadAsync(HttpContent content, int bytesMax, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > bytesMax) return null;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (body.Length + read > bytesMax) return null;
            body.Write(chunk, 0, read);
        }

        return body.ToArray();
    }
}
