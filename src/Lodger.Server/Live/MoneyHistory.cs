using Lodger.Domain.Jobs;
using Lodger.Domain.Money;
using Lodger.Engine.Journal;
using Lodger.Server.Api;

namespace Lodger.Server.Live;

/// <summary>What all rentals billed over time, from the journals' meter readings: read once, and from then on only what is new.</summary>
internal sealed class MoneyHistory(JournalStore journal, Func<string, string?> projectOf)
{
    /// <summary>A chart is no finer than that.</summary>
    public const int Stretches = 240;

    private const int EntriesAtOnce = 2000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, (decimal Gpu, decimal Disk)> rates = new(StringComparer.Ordinal);

    /// <summary>From then on so much more, or less, bills. In order of the journal.</summary>
    private readonly List<(DateTimeOffset At, decimal Gpu, decimal Disk, string? Project)> changes = [];
    private long read;

    /// <param name="project">What its rentals billed alone; null: all.</param>
    public MoneyHistoryView Of(string? project, TimeSpan back, DateTimeOffset now)
    {
        lock (gate)
        {
            ReadOn();
            return Averages(project, now - back, now);
        }
    }

    private void ReadOn()
    {
        while (journal.ReadMoney(read, EntriesAtOnce) is { Count: > 0 } entries)
        {
            foreach (var (number, job, _, entry) in entries)
            {
                switch (entry.Event)
                {
                    case MeterRead e:
                        Change(entry.At, job, e.RentalId, e.Rates);
                        break;
                    case DestroyConfirmed e:
                        Change(entry.At, job, e.RentalId, null);
                        break;
                    case RentalVanished e:
                        Change(entry.At, job, e.RentalId, null);
                        break;
                }

                read = number;
            }
        }
    }

    private void Change(DateTimeOffset at, string job, string rental, Rates? now)
    {
        // Asked first: whatever goes wrong there leaves no change half taken in.
        var project = projectOf(job);
        var before = rates.GetValueOrDefault(rental);
        var after = now is null ? (0, 0) : (now.GpuUsdPerHour, now.DiskUsdPerHour);
        if (now is null)
            rates.Remove(rental);
        else
            rates[rental] = after;
        if (after != before)
            changes.Add((at, after.Item1 - before.Gpu, after.Item2 - before.Disk, project));
    }

    /// <summary>Each change counts from its moment to the end: in its own stretch in part, in those after it wholly.</summary>
    private MoneyHistoryView Averages(string? project, DateTimeOffset from, DateTimeOffset to)
    {
        var (gpu, disk) = (new decimal[Stretches], new decimal[Stretches]);
        var length = (to - from) / Stretches;
        foreach (var change in changes.Where(c => project is null || c.Project == project))
        {
            var at = Math.Max(0, (change.At - from) / length);
            if (at >= Stretches)
                continue;
            var first = (int)at;
            var part = (decimal)(first + 1 - at);
            (gpu[first], disk[first]) = (gpu[first] + (change.Gpu * part), disk[first] + (change.Disk * part));
            if (first + 1 < Stretches)
                (gpu[first + 1], disk[first + 1]) = (gpu[first + 1] + (change.Gpu * (1 - part)), disk[first + 1] + (change.Disk * (1 - part)));
        }

        return new(from, to, Sums(gpu), Sums(disk));
    }

    /// <summary>Rounding apart, what bills is never below nothing.</summary>
    private static decimal[] Sums(decimal[] steps)
    {
        var sum = 0m;
        return [.. steps.Select(s => Math.Max(0, Math.Round(sum += s, 6)))];
    }
}
