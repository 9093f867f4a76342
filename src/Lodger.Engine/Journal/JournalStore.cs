using System.Data;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Lodger.Domain.Jobs;
using Lodger.Domain.Volumes;
using Microsoft.Data.Sqlite;

namespace Lodger.Engine.Journal;

/// <summary>A job as the store lists it.</summary>
public sealed record JobKey(string Id, string Name);

/// <summary>
/// The journals of all jobs: append-only events in SQLite, flushed to disk before an append returns. The unique (job, sequence) key
/// keeps two writers from both acting on the same state.
/// </summary>
public sealed class JournalStore : IDisposable
{
    private const string Schema = """
        create table if not exists job (
          id text primary key,
          name text not null,
          submitted_at text not null
        );
        create table if not exists journal (
          job_id text not null references job(id),
          sequence integer not null,
          at text not null,
          event text not null,
          primary key (job_id, sequence)
        ) without rowid;
        create table if not exists told (
          key text primary key,
          at text not null,
          tries integer not null,
          failed integer not null
        ) without rowid;
        create table if not exists volume_act (
          sequence integer primary key autoincrement,
          account text not null,
          at text not null,
          act text not null
        );
        """;

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    /// <param name="path">Database file; made when it does not exist.</param>
    public JournalStore(string path)
    {
        CloseToOthers(path);
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        connection.Execute("pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on; pragma busy_timeout=5000;");
        connection.Execute(Schema);
    }

    /// <summary>Begins a job's journal with its first event.</summary>
    public void Create(string jobId, string name, JournalEntry first)
    {
        ArgumentNullException.ThrowIfNull(first);
        lock (gate)
        {
            using var transaction = connection.BeginTransaction(IsolationLevel.Serializable);
            connection.Execute("insert into job (id, name, submitted_at) values (@jobId, @name, @at)", new { jobId, name, at = Text(first.At) }, transaction);
            Insert(jobId, first, transaction);
            transaction.Commit();
        }
    }

    /// <summary>Appends one event; throws when that sequence is taken, because then somebody else acted on the job.</summary>
    public void Append(string jobId, JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (gate)
            Insert(jobId, entry, transaction: null);
    }

    /// <summary>In order, from the event after <paramref name="after"/>.</summary>
    public IReadOnlyList<JournalEntry> Read(string jobId, long after = 0)
    {
        lock (gate)
        {
            return
            [
                .. connection.Query<(long Sequence, string At, string Event)>(
                    "select sequence, at, event from journal where job_id = @jobId and sequence > @after order by sequence", new { jobId, after })
                    .Select(r => new JournalEntry(
                        r.Sequence,
                        DateTimeOffset.Parse(r.At, CultureInfo.InvariantCulture),
                        JsonSerializer.Deserialize(r.Event, JournalJson.Default.JobEvent) ?? throw new InvalidDataException($"Journal of {jobId}, {r.Sequence}: empty."))),
            ];
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JobKey> Jobs()
    {
        lock (gate)
            return [.. connection.Query<(string Id, string Name)>("select id, name from job order by submitted_at desc, id").Select(r => new JobKey(r.Id, r.Name))];
    }

    /// <summary>Appends to an account's record of its volumes, flushed before it returns.</summary>
    public void AppendVolumeAct(string account, VolumeAct act)
    {
        ArgumentNullException.ThrowIfNull(act);
        lock (gate)
            connection.Execute("insert into volume_act (account, at, act) values (@account, @at, @json)", new { account, at = Text(act.At), json = JsonSerializer.Serialize(act, JournalJson.Default.VolumeAct) });
    }

    /// <summary>In order.</summary>
    public IReadOnlyList<VolumeAct> VolumeActsOf(string account)
    {
        lock (gate)
        {
            return
            [
                .. connection.Query<string>("select act from volume_act where account = @account order by sequence", new { account })
                    .Select(json => JsonSerializer.Deserialize(json, JournalJson.Default.VolumeAct) ?? throw new InvalidDataException($"Record of {account}'s volumes: empty.")),
            ];
        }
    }

    /// <summary>Accounts on which volumes were made here that nothing says are gone: they bill, whether or not a job runs.</summary>
    public IReadOnlyList<string> VolumeAccounts()
    {
        lock (gate)
        {
            return [.. connection.Query<string>("select distinct account from volume_act order by account").Where(account => VolumeActs.HasLeft(VolumeActsOf(account)))];
        }
    }

    /// <summary>Notices that were tried, by their keys: how often, and whether the last try failed.</summary>
    public IReadOnlyDictionary<string, (long Tries, bool Failed)> Told()
    {
        lock (gate)
        {
            return connection.Query<(string Key, long Tries, long Failed)>("select key, tries, failed from told")
                .ToDictionary(r => r.Key, r => (r.Tries, r.Failed != 0), StringComparer.Ordinal);
        }
    }

    /// <summary>Flushed before the notice is passed on: it counts as told unless <see cref="TellingFailed"/> says otherwise.</summary>
    public void BeginTelling(string key, DateTimeOffset at)
    {
        lock (gate)
        {
            connection.Execute(
                "insert into told (key, at, tries, failed) values (@key, @at, 1, 0) on conflict (key) do update set at = @at, tries = tries + 1, failed = 0", new { key, at = Text(at) });
        }
    }

    public void TellingFailed(string key)
    {
        lock (gate)
            connection.Execute("update told set failed = 1 where key = @key", new { key });
    }

    public void ForgetTold(string key)
    {
        lock (gate)
            connection.Execute("delete from told where key = @key", new { key });
    }

    public void Dispose() => connection.Dispose();

    /// <summary>Before SQLite makes it by the umask; its write-ahead files take their mode from it.</summary>
    private static void CloseToOthers(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!File.Exists(path))
            new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = owner }).Dispose();
        else if ((File.GetUnixFileMode(path) & ~owner) != UnixFileMode.None)
            File.SetUnixFileMode(path, owner);
    }

    private void Insert(string jobId, JournalEntry entry, IDbTransaction? transaction) =>
        connection.Execute(
            "insert into journal (job_id, sequence, at, event) values (@jobId, @Sequence, @at, @json)",
            new { jobId, entry.Sequence, at = Text(entry.At), json = JsonSerializer.Serialize(entry.Event, JournalJson.Default.JobEvent) },
            transaction);

    private static string Text(DateTimeOffset at) => at.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
}
