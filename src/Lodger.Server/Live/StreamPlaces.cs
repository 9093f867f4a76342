using Lodger.Server.Access;

namespace Lodger.Server.Live;

/// <summary>Who may listen at once: bounded in all, each in number, and with some places that no one from the network gets.</summary>
internal sealed class StreamPlaces
{
    public const int AllMax = 200;

    /// <summary>Of one token, with the browsers that signed in with it: more than a person has open.</summary>
    public const int EachMax = 20;

    /// <summary>For the server's user at the socket.</summary>
    private const int KeptForOwner = 50;

    private readonly Dictionary<string, int> taken = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private int all;

    /// <summary>Null: it is taken, and has to be given back; else why there is none.</summary>
    public string? Take(Principal who)
    {
        lock (gate)
        {
            var own = taken.GetValueOrDefault(who.CountedAs);
            if (!who.IsOwner && own >= EachMax)
                return $"{EachMax} streams of {who.CountedAs} are open already; the server opens no more for it.";
            if (all >= (who.IsOwner ? AllMax : AllMax - KeptForOwner))
                return $"{all} streams are open already; the server opens no more.";
            taken[who.CountedAs] = own + 1;
            all++;
            return null;
        }
    }

    public void GiveBack(Principal who)
    {
        lock (gate)
        {
            all--;
            if (--taken[who.CountedAs] == 0)
                taken.Remove(who.CountedAs);
        }
    }
}
