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

    /// <summary>Tells it line by line, as it comes; reads to the end as well.</summary>
    public static async Task TellAsync(Stream stream, Action<string> tell, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, BytesMax, leaveOpen: true);
        var buffer = new char[BytesMax];
        var (line, told, read) = (new StringBuilder(), 0, 0);
        while ((read = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            foreach (var c in buffer.AsSpan(0, Math.Min(read, BytesMax - told)))
            {
                if (c != '\n') line.Append(c);
                else Tell();
            }

            told = Math.Min(told + read, BytesMax);
        }

        if (line.Length > 0) Tell();

        void Tell()
        {
            tell(line.ToString());
            line.Clear();
        }
    }
}
