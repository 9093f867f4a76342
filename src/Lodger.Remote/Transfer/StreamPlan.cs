using Lodger.Domain.Box;

namespace Lodger.Remote.Transfer;

/// <summary>What one connection carries.</summary>
/// <param name="IsText">To be compressed.</param>
internal sealed record TransferStream(IReadOnlyList<WantedFile> Files, bool IsText)
{
    public long Bytes => Files.Sum(file => file.Bytes);
}

/// <summary>
/// Divides files among connections. One connection carries at most what ssh lets be on its way at once, 2 MB a round trip, so on a long line several carry several times as much; on
/// a short one they are no slower. Measured: docs/decisions/0010.
/// </summary>
internal static class StreamPlan
{
    /// <summary>Well below the ten unauthenticated connections at which an sshd begins to refuse (<c>MaxStartups</c>).</summary>
    private const int StreamsMax = 4;

    /// <summary>Less than this is not worth a connection of its own.</summary>
    private const long StreamBytesMin = 32 << 20;

    /// <summary>Less text than this travels with the rest, uncompressed.</summary>
    private const long TextBytesMin = 1 << 20;

    /// <summary>How many connections an address bears: the proxy is one slow line.</summary>
    public static int MostFor(BoxAddress address) => address.IsProxy ? 1 : StreamsMax;

    /// <param name="files">Bytes: what is still to travel.</param>
    /// <param name="streamsMax">One for a line that does not bear more.</param>
    /// <returns>Every file once, in at most so many streams and at least one; text and the rest never in the same, if the text is worth it.</returns>
    public static IReadOnlyList<TransferStream> Of(IReadOnlyList<WantedFile> files, int streamsMax)
    {
        var text = files.Where(file => TextFiles.IsText(file.Path)).ToList();
        if (text.Sum(file => file.Bytes) < TextBytesMin)
        {
            return Divide(files, isText: false, streamsMax);
        }

        var rest = files.Except(text).ToList();
        return rest.Count == 0
            ? Divide(text, isText: true, streamsMax)
            : [.. Divide(text, isText: true, 1), .. Divide(rest, isText: false, Math.Max(1, streamsMax - 1))];
    }

    /// <summary>As many streams as are all worth it.</summary>
    private static IReadOnlyList<TransferStream> Divide(IReadOnlyList<WantedFile> files, bool isText, int streamsMax)
    {
        for (var count = Math.Min(streamsMax, files.Count); ; count--)
        {
            var streams = Divide(files, count);
            if (count <= 1 || streams.TrueForAll(stream => stream.Sum(file => file.Bytes) >= StreamBytesMin))
            {
                return [.. streams.Select(stream => new TransferStream(stream, isText))];
            }
        }
    }

    /// <summary>The largest file first, each to the stream that has the least.</summary>
    private static List<List<WantedFile>> Divide(IReadOnlyList<WantedFile> files, int count)
    {
        var streams = Enumerable.Range(0, Math.Max(1, count)).Select(_ => new List<WantedFile>()).ToList();
        var queue = new PriorityQueue<List<WantedFile>, (long Bytes, int At)>(streams.Select((stream, at) => (stream, (0L, at))));
        foreach (var file in files.OrderByDescending(file => file.Bytes).ThenBy(file => file.Path, StringComparer.Ordinal))
        {
            queue.TryDequeue(out var stream, out var load);
            stream!.Add(file);
            queue.Enqueue(stream, (load.Bytes + file.Bytes, load.At));
        }

        return streams;
    }
}
