using Lodger.Domain.Clocks;
using Lodger.Engine.Journal;

namespace Lodger.Engine.Clocks;

/// <summary>What was told already, kept beside the journals: a restart tells nothing twice.</summary>
internal sealed class ToldOnce(JournalStore store)
{
    /// <summary>A way that fails is tried so often, a look apart.</summary>
    public const int TriesMax = 5;

    /// <summary>Due, and not told yet.</summary>
    public IReadOnlyList<Clock> Untold(IReadOnlyList<Clock> clocks, TimeSpan lead)
    {
        var told = store.Told();
        return [.. clocks.Where(c => c.IsDue(lead) && !(told.TryGetValue(c.Key, out var known) && (!known.Failed || known.Tries >= TriesMax)))];
    }

    /// <summary>Written down before it is tried: killed in between, it counts as told.</summary>
    public void Begin(Clock clock, DateTimeOffset now) => store.BeginTelling(clock.Key, now);

    public void Failed(Clock clock) => store.TellingFailed(clock.Key);

    /// <summary>A clock that no longer runs, or that was put off well beyond the lead, may be told of again when it comes near once more.</summary>
    /// <param name="clocks">All of the account, from looks that were complete.</param>
    public void Rearm(string account, IReadOnlyList<Clock> clocks, TimeSpan lead)
    {
        var near = clocks.Where(c => c.Left is not { } left || left <= lead * 2).Select(c => c.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var key in store.Told().Keys.Where(k => k.StartsWith(account + "/", StringComparison.Ordinal) && !near.Contains(k)))
            store.ForgetTold(key);
    }
}
