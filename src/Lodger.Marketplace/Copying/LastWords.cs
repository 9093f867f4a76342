using System.Text;

namespace Lodger.Marketplace.Copying;

/// <summary>What a program said on its error stream, the first part of it.</summary>
internal static class LastWords
{
    private const int BytesMax = 4096;

    /// <summary>Reads to the end, so that nobody who complains at length has to wait.</summary>
    public static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var words = new byte[BytesMax];
        var length = 0;
        int read;
        while (length < words.Length && (read = await stream.ReadAsync(words.AsMemory(length), cancellationToken)) > 0) length += read;
        if (length == words.Length) await stream.CopyToAsync(Stream.Null, cancellationToken);
        return Encoding.UTF8.GetString(words, 0, length);
    }
}
