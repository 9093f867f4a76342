using System.Text.Json;
using Lodger.Server.Api;

namespace Lodger.Server.Live;

/// <summary>
/// Rows on their way to one listener: news at once, mere progress as far as a fixed rate allows, each job in its turn. Ten thousand jobs that get on cost no more than a few.
/// </summary>
internal sealed class RowQueue(TimeProvider time)
{
    /// <summary>For progress: 60 KB a minute.</summary>
    public const int BytesPerSecond = 1000;

    /// <summary>So much may have been saved up.</summary>
    private const int BytesMax = 10 * BytesPerSecond;

    private readonly Queue<string> turns = new();
    private readonly Dictionary<string, JobRow> waiting = new(StringComparer.Ordinal);
    private long lastAt = time.GetTimestamp();
    private double bytes = BytesMax;

    public bool IsEmpty => waiting.Count == 0;

    /// <summary>What is to be sent now, of what changed and of what waits since before.</summary>
    public IReadOnlyList<JobRow> Take(IReadOnlyList<ChangedRow> changed)
    {
        List<JobRow> now = [];
        foreach (var (row, isNews) in changed)
        {
            if (isNews)
            {
                now.Add(row);
                waiting.Remove(row.Id);
            }
            else if (waiting.TryAdd(row.Id, row))
            {
                turns.Enqueue(row.Id);
            }
            else
            {
                waiting[row.Id] = row;
            }
        }

        bytes = Math.Min(BytesMax, bytes + (time.GetElapsedTime(lastAt).TotalSeconds * BytesPerSecond));
        lastAt = time.GetTimestamp();
        while (bytes > 0 && turns.TryDequeue(out var id))
        {
            if (!waiting.Remove(id, out var row))
                continue;
            now.Add(row);
            bytes -= JsonSerializer.SerializeToUtf8Bytes(row, ApiJson.Default.JobRow).Length;
        }

        return now;
    }
}
