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

    private readonly Queue<string> turns = new();
    private readonly Dictionary<string, JobRow> waiting = new(StringComparer.Ordinal);
    private readonly ByteAllowance allowance = new(time, BytesPerSecond);

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

        while (allowance.IsLeft && turns.TryDequeue(out var id))
        {
            if (!waiting.Remove(id, out var row))
                continue;
            now.Add(row);
            allowance.Spend(JsonSerializer.SerializeToUtf8Bytes(row, ApiJson.Default.JobRow).Length);
        }

        return now;
    }
}
