using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Server.Api;

namespace Lodger.Server.Access;

/// <summary>
/// The access tokens of this server: <c>lodger_ID_SECRET</c>, 256 random bits behind a name by which it is found. Only a hash is stored; a fast one is right for what nobody can guess.
/// </summary>
internal sealed partial class AccessTokens
{
    public const string Prefix = TokenForm.Prefix;

    private const int IdLength = 10;
    private const int SecretLength = 64;
    private const int Length = 7 + IdLength + 1 + SecretLength;
    private const string IdAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>Any more are a mistake of a script's.</summary>
    private const int ValidMax = 1000;

    /// <summary>When a token was used is kept to the hour: enough to see which are not, and hardly a write.</summary>
    private static readonly TimeSpan UseKept = TimeSpan.FromHours(1);

    private static readonly TimeSpan LifeMax = TimeSpan.FromDays(366);

    private readonly JournalStore journal;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<string, Known> byId;
    private readonly Lock changing = new();

    public AccessTokens(JournalStore journal, TimeProvider time)
    {
        this.journal = journal;
        this.time = time;
        byId = new(journal.Tokens().Select(t => KeyValuePair.Create(t.Id, new Known(t))), StringComparer.Ordinal);
    }

    public IReadOnlyList<TokenView> Views
    {
        get
        {
            var now = time.GetUtcNow();
            return [.. byId.Values.Select(k => View(k.Stored, now)).OrderBy(v => v.MadeAt).ThenBy(v => v.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Makes one. Nobody can give what they do not have.</summary>
    public Outcome<NewTokenView> Make(TokenRequest wish, string by, Principal maker)
    {
        if (!TokenName().IsMatch(wish.Name))
            return Bad("token-name", "A token's name has lower-case letters, digits and . _ - between them, at most 40.", "For example  lodger token create ci --scope read");
        if (wish.Scopes.Count == 0)
            return Bad("token-scope", "A token without a scope is good for nothing.", "For example  --scope read,operate");
        if (!wish.Scopes.All(Enum.IsDefined))
            return Bad("token-scope", "There is no such scope.", "For example  --scope read,operate");
        if (wish.Scopes.Any(s => !maker.Has(s)))
            return maker.Refuse(wish.Scopes.First(s => !maker.Has(s)))!;
        if (wish.Project is { } project && Projects.Refuse(project) is { } noProject)
            return Bad("token-project", noProject, "For example  --project vision");
        if (maker.Project is not null && wish.Project != maker.Project)
            return new Problem("project-limited", $"{maker.Name} is limited to a project.", "Ask with a token that is not.", ExitCode.NotAuthorized);
        if (wish.LivesFor is { } life && (life < TimeSpan.FromMinutes(1) || life > LifeMax))
            return Bad("token-life", "A token lives from a minute to a year, or until it is revoked.", "For example  --expires 90d");
        lock (changing)
        {
            var now = time.GetUtcNow();
            var valid = byId.Values.Where(k => k.IsValid(now)).ToList();
            if (valid.Any(k => k.Stored.Name == wish.Name))
                return Bad("token-name-taken", $"There is a token named {wish.Name} already.", $"Choose another name, or revoke it:  lodger token revoke {wish.Name}");
            if (valid.Count >= ValidMax)
                return Bad("tokens-many", $"There are {ValidMax} valid tokens already.", "Revoke those that nobody uses:  lodger token list");
            var id = RandomNumberGenerator.GetString(IdAlphabet, IdLength);
            var token = $"{Prefix}{id}_{RandomNumberGenerator.GetHexString(SecretLength, lowercase: true)}";
            var scopes = string.Join(',', wish.Scopes.Distinct().Order().Select(Principal.Word));
            var stored = new StoredToken(id, wish.Name, scopes, wish.Project, Convert.ToHexStringLower(Hash(token)), now, by, wish.LivesFor is { } until ? now + until : null, null, null);
            journal.AddToken(stored);
            byId[id] = new Known(stored);
            return new NewTokenView(token, View(stored, now));
        }
    }

    /// <summary>From now on it lets nobody in, and sessions that began with it are over.</summary>
    /// <param name="name">Of a valid one.</param>
    public Outcome<TokenView> Revoke(string name)
    {
        lock (changing)
        {
            var now = time.GetUtcNow();
            if (byId.Values.FirstOrDefault(k => k.Stored.Name == name && k.IsValid(now)) is not { } found)
                return new Problem("no-such-token", "There is no valid token of that name.", "lodger token list", ExitCode.NotFound);
            // In memory first: whatever the journal says, it is good for nothing here any more.
            var stored = found.Stored with { RevokedAt = now };
            byId[stored.Id] = new Known(stored);
            journal.RevokeToken(stored.Id, now);
            return View(stored, now);
        }
    }

    /// <summary>Whose token that is; null: nobody's, not any more, or it is none. How long that takes tells nothing about how much of it is right.</summary>
    public Bearer? Find(string shown)
    {
        var now = time.GetUtcNow();
        var known = shown.Length == Length && shown.StartsWith(Prefix, StringComparison.Ordinal) && shown[Prefix.Length + IdLength] == '_'
            ? byId.GetValueOrDefault(shown.Substring(Prefix.Length, IdLength))
            : null;
        var fits = CryptographicOperations.FixedTimeEquals(Hash(shown), known?.Hash ?? Nobody);
        if (known is null || !fits || !known.IsValid(now))
            return null;
        Used(known, now);
        return known.Bearer;
    }

    /// <summary>Still good, for a session that began with it.</summary>
    public bool IsValid(string id) => byId.TryGetValue(id, out var known) && known.IsValid(time.GetUtcNow());

    private void Used(Known known, DateTimeOffset now)
    {
        if (now - known.UsedAt < UseKept)
            return;
        // Before it is written: one request in an hour pays for it, whatever comes of it.
        known.UsedAt = now;
        try
        {
            journal.TokenUsed(known.Stored.Id, now);
        }
        catch (JournalException)
        {
            // Nothing hangs on it.
        }
    }

    private TokenView View(StoredToken t, DateTimeOffset now) => new(
        t.Name, t.Id, ScopesOf(t), t.Project, t.MadeAt, t.MadeBy, t.ExpiresAt, t.RevokedAt, byId.GetValueOrDefault(t.Id)?.UsedAt is { } used && used > DateTimeOffset.MinValue ? used : t.LastUsedAt,
        t.RevokedAt is null && (t.ExpiresAt is not { } end || end > now));

    /// <summary>A scope of a newer program is none here.</summary>
    private static IReadOnlyList<Scope> ScopesOf(StoredToken t) => [.. Enum.GetValues<Scope>().Where(s => t.Scopes.Split(',').Contains(Principal.Word(s), StringComparer.Ordinal))];

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static byte[] Nobody { get; } = new byte[SHA256.HashSizeInBytes];

    private static Problem Bad(string id, string what, string fix) => new(id, what, fix, ExitCode.BadInput);

    [GeneratedRegex("^(?=.{1,40}$)[a-z0-9]+([._-][a-z0-9]+)*\\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex TokenName();

    private sealed class Known(StoredToken stored)
    {
        private long usedAtTicks = (stored.LastUsedAt ?? DateTimeOffset.MinValue).UtcTicks;

        public StoredToken Stored { get; } = stored;

        public byte[] Hash { get; } = Convert.FromHexString(stored.Sha256);

        public Bearer Bearer { get; } = new(stored.Id, $"token:{stored.Name}", ScopesOf(stored).ToHashSet(), stored.Project, stored.ExpiresAt);

        public DateTimeOffset UsedAt
        {
            get => new(Interlocked.Read(ref usedAtTicks), TimeSpan.Zero);
            set => Interlocked.Exchange(ref usedAtTicks, value.UtcTicks);
        }

        public bool IsValid(DateTimeOffset now) => Stored.RevokedAt is null && (Stored.ExpiresAt is not { } end || end > now);
    }
}

/// <summary>Whom a token stands for.</summary>
/// <param name="TokenId">Of the token; null: the owner, for a session of theirs.</param>
/// <param name="Name">What the journal calls them.</param>
internal sealed record Bearer(string? TokenId, string Name, IReadOnlySet<Scope> Scopes, string? Project, DateTimeOffset? ExpiresAt);
