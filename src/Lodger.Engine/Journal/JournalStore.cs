using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Volumes;
using Lodger.Engine.Journal.Databases;

namespace Lodger.Engine.Journal;

/// <summary>A job as the store lists it.</summary>
public sealed record JobKey(string Id, string Name);

/// <summary>An entry with its place among those of all jobs.</summary>
/// <param name="Number">Rises in the order in which entries can be read; it has gaps, and a database into which journals were moved counts anew.</param>
public sealed record NumberedEntry(long Number, string JobId, string JobName, JournalEntry Entry);

/// <summary>
/// The journals of all jobs: append-only events in a SQL database, flushed to disk before an append returns. The unique (job, sequence) key
/// keeps two writers from both acting on the same state; in a cluster only the node that leads may write.
/// </summary>
/// <remarks>Every method may throw a <see cref="JournalException"/>.</remarks>
public sealed class JournalStore : IDisposable
{
    /// <summary>Many pages of the database, for its indexes and its feed as well.</summary>
    private const int RoomCharacters = 64 << 10;

    private readonly IDatabase database;
    private readonly LeaderLease? lease;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private JournalStore(IDatabase database, LeaderLease? lease)
    {
        this.database = database;
        this.lease = lease;
    }

    /// <summary>The journal of one server process, in a file of its own.</summary>
    /// <param name="path">Made when it does not exist.</param>
    public static Outcome<JournalStore> OpenFile(string path)
    {
        SqliteDatabase? file = null;
        var isOpen = false;
        try
        {
            file = new SqliteDatabase(path);
            var opened = Open(file, null);
            isOpen = opened.IsOk;
            return opened;
        }
        catch (JournalFileException e)
        {
            return Unusable(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable($"The journal {path} cannot be made: {e.Message}");
        }
        finally
        {
            if (!isOpen)
                file?.Dispose();
        }
    }

    private static Problem Unusable(string why) => new("journal-unusable", why, "Then start it again. Jobs go on on their machines meanwhile.", ExitCode.Prerequisite);

    /// <param name="database">Disposed of with the store.</param>
    /// <param name="lease">Without it nothing is written. Null: there are no other nodes.</param>
    public static Outcome<JournalStore> Open(IDatabase database, LeaderLease? lease)
    {
        ArgumentNullException.ThrowIfNull(database);
        return Schema.Bring(database).Then<JournalStore>(_ => new JournalStore(database, lease));
    }

    /// <summary>False: this node may have been replaced as the leader, and begins nothing on rentals any more.</summary>
    public bool MayAct => lease?.IsSure ?? true;

    /// <summary>Asked directly before what costs money or cannot be undone, for a process that slept between deciding and doing.</summary>
    /// <exception cref="LeadershipLostException">Another node may lead since.</exception>
    public void RequireMayAct()
    {
        if (!MayAct)
            throw new LeadershipLostException();
    }

    /// <summary>Returns when the database answers.</summary>
    public void Probe() => Query<long>("select 1");

    /// <summary>Completes with the next entry that this process writes. Taken before a read, it misses nothing that comes after it.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>Begins a job's journal with its first event.</summary>
    public void Create(string jobId, string name, JournalEntry first)
    {
        ArgumentNullException.ThrowIfNull(first);
        Write((connection, transaction) =>
        {
            connection.Execute("insert into job (id, name, submitted_at) values (@jobId, @name, @at)", new { jobId, name, at = Text(first.At) }, transaction);
            Insert(jobId, first, connection, transaction);
        });
        SayNext();
    }

    /// <summary>Appends one event.</summary>
    /// <exception cref="SequenceTakenException">Somebody else acted on the job, or an answer got lost.</exception>
    public void Append(string jobId, JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Write((connection, transaction) => Insert(jobId, entry, connection, transaction));
        SayNext();
    }

    /// <summary>Writes as much as an append of that entry would, and more, beside the journals, and takes it away again. When it returns, there is room for the entry.</summary>
    public void MakeSureOfRoom(string jobId, JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        // No account's name begins so.
        var key = $" room/{jobId}";
        // In two transactions, since what is taken away before it is committed is never written; and in pages of its own, since what still fits into those that are there says nothing about the next entry.
        Execute(
            "insert into told (key, at, tries, failed) values (@key, @text, 0, 0) on conflict (key) do update set at = excluded.at",
            new { key, text = JsonSerializer.Serialize(entry.Event, JournalJson.Default.JobEvent) + new string(' ', RoomCharacters) });
        ForgetTold(key);
    }

    /// <summary>In order, from the event after <paramref name="after"/>; empty when there is no such job.</summary>
    public IReadOnlyList<JournalEntry> Read(string jobId, long after = 0) =>
    [
        .. Query<(long Sequence, string At, string Event)>("select sequence, at, event from journal where job_id = @jobId and sequence > @after order by sequence", new { jobId, after })
            .Select(r => Entry(jobId, r.Sequence, r.At, r.Event)),
    ];

    /// <summary>Of all jobs, in the order of their numbers, from the one after <paramref name="after"/>.</summary>
    public IReadOnlyList<NumberedEntry> ReadAll(long after, int max) => ReadAll(after, max, "");

    /// <summary>The same, of what says what is billed: readings of meters, and ends of rentals.</summary>
    public IReadOnlyList<NumberedEntry> ReadMoney(long after, int max) =>
        ReadAll(after, max, """and (j.event like '{"kind":"meter-read"%' or j.event like '{"kind":"destroy-confirmed"%' or j.event like '{"kind":"rental-vanished"%')""");

    private IReadOnlyList<NumberedEntry> ReadAll(long after, int max, string only) =>
    [
        .. Query<(long Number, string Job, string Name, long Sequence, string At, string Event)>(
                $"""
                select f.number, f.job_id, b.name, f.sequence, j.at, j.event
                from feed f join journal j on j.job_id = f.job_id and j.sequence = f.sequence join job b on b.id = f.job_id
                where f.number > @after {only} order by f.number limit @max
                """,
                new { after, max })
            .Select(r => new NumberedEntry(r.Number, r.Job, r.Name, Entry(r.Job, r.Sequence, r.At, r.Event))),
    ];

    /// <summary>Of the newest entry of all jobs; 0: there is none.</summary>
    public long LastNumber() => Query<long?>("select max(number) from feed")[0] ?? 0;

    /// <summary>When the newest entry of all jobs was written, by the clock of whoever wrote it; null: there is none.</summary>
    public DateTimeOffset? LastAt() =>
        Query<string>("select j.at from feed f join journal j on j.job_id = f.job_id and j.sequence = f.sequence where f.number = @last", new { last = LastNumber() })
            .Select(at => DateTimeOffset.Parse(at, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)).Cast<DateTimeOffset?>().FirstOrDefault();

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JobKey> Jobs() =>
        [.. Query<(string Id, string Name)>("select id, name from job order by submitted_at desc, id").Select(r => new JobKey(r.Id, r.Name))];

    /// <summary>Appends to an account's record of its volumes, flushed before it returns.</summary>
    public void AppendVolumeAct(string account, VolumeAct act)
    {
        ArgumentNullException.ThrowIfNull(act);
        Execute("insert into volume_act (account, at, act) values (@account, @at, @json)", new { account, at = Text(act.At), json = JsonSerializer.Serialize(act, JournalJson.Default.VolumeAct) });
    }

    /// <summary>In order.</summary>
    public IReadOnlyList<VolumeAct> VolumeActsOf(string account) =>
    [
        .. Query<string>("select act from volume_act where account = @account order by sequence", new { account })
            .Select(json => JsonSerializer.Deserialize(json, JournalJson.Default.VolumeAct) ?? throw new InvalidDataException($"Record of {account}'s volumes: empty.")),
    ];

    /// <summary>Accounts on which volumes were made here that nothing says are gone: they bill, whether or not a job runs.</summary>
    public IReadOnlyList<string> VolumeAccounts() =>
        [.. Query<string>("select distinct account from volume_act order by account").Where(account => VolumeActs.HasLeft(VolumeActsOf(account)))];

    /// <summary>Null: none was seen yet.</summary>
    public StoredUser? UserOf(string account) =>
        Query<(string Id, string Name)>("select user_id, user_name from account_user where account = @account", new { account }).Select(r => new StoredUser(r.Id, r.Name)).FirstOrDefault();

    public void KeepUser(string account, StoredUser user, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(user);
        Execute(
            "insert into account_user (account, user_id, user_name, at) values (@account, @UserId, @UserName, @at) on conflict (account) do update set user_id = excluded.user_id, user_name = excluded.user_name, at = excluded.at",
            new { account, user.UserId, user.UserName, at = Text(at) });
    }

    /// <summary>Notices that were tried, by their keys: how often, and whether the last try failed.</summary>
    public IReadOnlyDictionary<string, (long Tries, bool Failed)> Told() =>
        Query<(string Key, long Tries, long Failed)>("select key, tries, failed from told").ToDictionary(r => r.Key, r => (r.Tries, r.Failed != 0), StringComparer.Ordinal);

    /// <summary>Flushed before the notice is passed on: it counts as told unless <see cref="TellingFailed"/> says otherwise.</summary>
    public void BeginTelling(string key, DateTimeOffset at) => Execute(
        "insert into told (key, at, tries, failed) values (@key, @at, 1, 0) on conflict (key) do update set at = excluded.at, tries = told.tries + 1, failed = 0", new { key, at = Text(at) });

    public void TellingFailed(string key) => Execute("update told set failed = 1 where key = @key", new { key });

    /// <summary>Every access token that was ever made, the oldest first.</summary>
    public IReadOnlyList<StoredToken> Tokens() =>
    [
        .. Query<(string Id, string Name, string Scopes, string? Project, string Sha256, string MadeAt, string MadeBy, string? ExpiresAt, string? RevokedAt, string? LastUsedAt)>(
                "select id, name, scopes, project, sha256, made_at, made_by, expires_at, revoked_at, last_used_at from access_token order by made_at, id")
            .Select(r => new StoredToken(r.Id, r.Name, r.Scopes, r.Project, r.Sha256, Time(r.MadeAt)!.Value, r.MadeBy, Time(r.ExpiresAt), Time(r.RevokedAt), Time(r.LastUsedAt))),
    ];

    public void AddToken(StoredToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        Execute(
            "insert into access_token (id, name, scopes, project, sha256, made_at, made_by, expires_at) values (@Id, @Name, @Scopes, @Project, @Sha256, @madeAt, @MadeBy, @expiresAt)",
            new { token.Id, token.Name, token.Scopes, token.Project, token.Sha256, madeAt = Text(token.MadeAt), token.MadeBy, expiresAt = token.ExpiresAt is { } at ? Text(at) : null });
    }

    public void RevokeToken(string id, DateTimeOffset at) => Execute("update access_token set revoked_at = @at where id = @id and revoked_at is null", new { id, at = Text(at) });

    public void TokenUsed(string id, DateTimeOffset at) => Execute("update access_token set last_used_at = @at where id = @id", new { id, at = Text(at) });

    /// <summary>So many entries of the record of who asked for what are kept, the newest: tens of megabytes.</summary>
    public const int AuditKept = 100_000;

    /// <summary>Appends to the record of who asked for what.</summary>
    /// <param name="kept">With it; older ones are removed.</param>
    public void AppendAudit(AuditEntry entry, int kept = AuditKept)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Write((connection, transaction) =>
        {
            connection.Execute(
                "insert into audit (at, who, from_address, act, target, status) values (@at, @Who, @From, @Act, @Target, @Status)",
                new { at = Text(entry.At), entry.Who, entry.From, entry.Act, entry.Target, entry.Status },
                transaction);
            connection.Execute("delete from audit where sequence <= (select max(sequence) from audit) - @kept", new { kept }, transaction);
        });
    }

    /// <summary>The newest that there are before <paramref name="before"/>, the oldest of them first.</summary>
    /// <param name="before">A sequence; <see cref="long.MaxValue"/> for the end.</param>
    public IReadOnlyList<AuditEntry> Audit(long before, int max) =>
    [
        .. Query<(long Sequence, string At, string Who, string From, string Act, string Target, long Status)>(
                "select sequence, at, who, from_address, act, target, status from audit where sequence < @before order by sequence desc limit @max", new { before, max })
            .Select(r => new AuditEntry(Time(r.At)!.Value, r.Who, r.From, r.Act, r.Target, (int)r.Status, r.Sequence)).Reverse(),
    ];

    public void ForgetTold(string key) => Execute("delete from told where key = @key", new { key });

    public void Dispose() => database.Dispose();

    private void SayNext() => Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private static JournalEntry Entry(string jobId, long sequence, string at, string text) => new(
        sequence,
        DateTimeOffset.Parse(at, CultureInfo.InvariantCulture),
        JsonSerializer.Deserialize(text, JournalJson.Default.JobEvent) ?? throw new InvalidDataException($"Journal of {jobId}, {sequence}: empty."));

    private List<T> Query<T>(string sql, object? values = null) => database.Do(connection => connection.Query<T>(sql, values).AsList());

    private void Execute(string sql, object values) => Write((connection, transaction) => connection.Execute(sql, values, transaction));

    private void Write(Action<DbConnection, DbTransaction> work) => database.Do(connection =>
    {
        using var transaction = connection.BeginTransaction();
        lease?.Require(connection, transaction);
        work(connection, transaction);
        transaction.Commit();
        return true;
    });

    private void Insert(string jobId, JournalEntry entry, DbConnection connection, DbTransaction transaction)
    {
        try
        {
            connection.Execute(
                "insert into journal (job_id, sequence, at, event) values (@jobId, @Sequence, @at, @json)",
                new { jobId, entry.Sequence, at = Text(entry.At), json = JsonSerializer.Serialize(entry.Event, JournalJson.Default.JobEvent) },
                transaction);
        }
        catch (DbException e) when (database.IsTaken(e))
        {
            throw new SequenceTakenException(jobId, entry.Sequence, e);
        }
    }

    private static DateTimeOffset? Time(string? text) => text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset at) => at.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
}
