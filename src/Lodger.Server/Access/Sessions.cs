using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Problems;

namespace Lodger.Server.Access;

/// <summary>
/// Browsers that are signed in, and codes with which one can sign in once. Both are 256 random bits, kept hashed and in memory alone: after a restart, or at another node, people sign in again.
/// </summary>
internal sealed class Sessions(AccessTokens tokens, TimeProvider time)
{
    /// <summary>A day's work.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(12);

    /// <summary>From being printed to being opened in a browser.</summary>
    public static readonly TimeSpan CodeLife = TimeSpan.FromMinutes(5);

    private const int SessionsMax = 1000;
    private const int CodesMax = 100;

    /// <summary>Of one token, or the owner: more browsers than a person has.</summary>
    public const int EachMax = 20;

    private const int KeyLength = 64;

    private readonly Dictionary<string, Entry> sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> codes = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>A code that signs one browser in, as whoever asks for it.</summary>
    public (string Code, DateTimeOffset Until) Invite(Bearer who) => Add(codes, CodesMax, CodeLife, who, "");

    /// <summary>Takes a code; it is good for nothing afterwards.</summary>
    public Outcome<Bearer> Accept(string code)
    {
        lock (gate)
        {
            Forget();
            return codes.Remove(Key(code), out var entry) && IsGood(entry)
                ? entry.Who
                : new Problem("code-void", "That code is none, was used already, or is older than five minutes.", "Get another:  lodger dashboard", ExitCode.NotAuthorized);
        }
    }

    /// <summary>The value of the cookie.</summary>
    /// <param name="door">Where it is good; see <see cref="Entrance.SessionDoor"/>.</param>
    public (string Cookie, DateTimeOffset Until) Begin(Bearer who, string door) => Add(sessions, SessionsMax, Life, who, door);

    /// <summary>Null: over, or never was, or is another door's.</summary>
    public (Bearer Who, DateTimeOffset Until)? Find(string cookie, string door)
    {
        if (cookie.Length != KeyLength)
            return null;
        lock (gate)
            return sessions.TryGetValue(Key(cookie), out var entry) && entry.Door == door && IsGood(entry) ? (entry.Who, entry.Until) : null;
    }

    public void End(string cookie)
    {
        lock (gate)
            sessions.Remove(Key(cookie));
    }

    private (string Value, DateTimeOffset Until) Add(Dictionary<string, Entry> to, int most, TimeSpan life, Bearer who, string door)
    {
        var value = RandomNumberGenerator.GetHexString(KeyLength, lowercase: true);
        lock (gate)
        {
            Forget();
            // Whoever begins too many pushes out their own oldest one, and nobody else's.
            var own = to.Where(e => e.Value.Who.TokenId == who.TokenId).ToList();
            if (own.Count >= EachMax)
                to.Remove(own.MinBy(e => e.Value.Until).Key);
            if (to.Count >= most)
                to.Remove(to.MinBy(e => e.Value.Until).Key);
            var until = time.GetUtcNow() + life;
            if (who.ExpiresAt is { } end && end < until)
                until = end;
            to[Key(value)] = new Entry(who, until, door);
            return (value, until);
        }
    }

    private bool IsGood(Entry entry) => entry.Until > time.GetUtcNow() && (entry.Who.TokenId is not { } id || tokens.IsValid(id));

    private void Forget()
    {
        foreach (var from in (Dictionary<string, Entry>[])[sessions, codes])
        {
            foreach (var key in from.Where(e => !IsGood(e.Value)).Select(e => e.Key).ToList())
                from.Remove(key);
        }
    }

    private static string Key(string value) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    private sealed record Entry(Bearer Who, DateTimeOffset Until, string Door);
}
