using Lodger.Domain.Clocks;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;

namespace Lodger.Engine.Clocks;

/// <summary>What was told already, kept beside the journals: a restart tells nothing twice.</summary>
internal sealed class ToldOnce(JournalStore store)
{
    /// <summary>A way that fails is tried so often, a look apart.</summary>
    public const int TriesMax = 5;

    /// <summary>What could not be written down, which this process alone knows: a notice that comes again after a restart is better than one that never comes.</summary>
    private readonly Dictionary<string, (long Tries, bool Failed)> unwritten = new(StringComparer.Ordinal);

    /// <summary>Due, and not told yet.</summary>
    public IReadOnlyList<Clock> Untold(IReadOnlyList<Clock> clocks, TimeSpan lead)
    {
        var told = store.Told();
        return [.. clocks.Where(c => c.IsDue(lead) && !((unwritten.TryGetValue(c.Key, out var known) || told.TryGetValue(c.Key, out known)) && (!known.Failed || known.Tries >= TriesMax)))];
    }

    /// <summary>Written down before it is tried: killed in between, it counts as told. Where that cannot be written, as on a full disk, it is to be told all the same.</summary>
    public void Begin(Clock clock, DateTimeOffset now)
    {
        if (TryWrite(() => store.BeginTelling(clock.Key, now)))
            unwritten.Remove(clock.Key);
        else
            unwritten[clock.Key] = (unwritten.GetValueOrDefault(clock.Key).Tries + 1, false);
    }

    public void Failed(Clock clock)
    {
        if (unwritten.TryGetValue(clock.Key, out var known))
            unwritten[clock.Key] = (known.Tries, true);
        else if (!TryWrite(() => store.TellingFailed(clock.Key)))
            unwritten[clock.Key] = (1, true);
    }

    /// <summary>A clock that no longer runs, or that was put off well beyond the lead, may be told of again when it comes near once more.</summary>
    /// <param name="clocks">All of the account, from looks that were complete.</param>
    public void Rearm(string account, IReadOnlyList<Clock> clocks, TimeSpan lead)
    {
        var near = clocks.Where(c => c.Left is not { } left || left <= lead * 2).Select(c => c.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var key in store.Told().Keys.Concat(unwritten.Keys).Where(k => k.StartsWith(account + "/", StringComparison.Ordinal) && !near.Contains(k)).ToList())
        {
            unwritten.Remove(key);
            TryWrite(() => store.ForgetTold(key));
        }
    }

    /// <summary>Where another node has taken over, that one tells.</summary>
    private static bool TryWrite(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (JournalException e) when (e is not LeadershipLostException)
        {
            return false;
        }
    }
}
