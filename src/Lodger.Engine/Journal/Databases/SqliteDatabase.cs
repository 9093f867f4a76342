using System.Data.Common;
using Dapper;
using Lodger.Domain.Problems;
using Microsoft.Data.Sqlite;

namespace Lodger.Engine.Journal.Databases;

/// <summary>A file in the state directory: for one server process.</summary>
public sealed class SqliteDatabase : IDatabase
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int DiskFailed = 10;
    private const int Damaged = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NoDatabase = 26;
    private const int ConstraintPrimaryKey = 1555;
    private const int ConstraintUnique = 2067;

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    /// <param name="path">Database file; made when it does not exist, for its user alone.</param>
    /// <exception cref="JournalFileException">It cannot be used.</exception>
    public SqliteDatabase(string path)
    {
        Name = path;
        CloseToOthers(path);
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            Do(open =>
            {
                open.Open();
                return open.Execute("pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on; pragma busy_timeout=5000;");
            });
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public string? MigrationLock => null;

    public IReadOnlyList<string> Migrations { get; } =
    [
        """
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
        """,
        """
        create table access_token (
          id text primary key,
          name text not null,
          scopes text not null,
          project text,
          sha256 text not null,
          made_at text not null,
          made_by text not null,
          expires_at text,
          revoked_at text,
          last_used_at text
        );
        """,
        """
        create table audit (
          sequence integer primary key autoincrement,
          at text not null,
          who text not null,
          from_address text not null,
          act text not null,
          target text not null,
          status integer not null
        );
        """,
        """
        create table feed (
          number integer primary key autoincrement,
          job_id text not null,
          sequence integer not null
        );
        insert into feed (job_id, sequence) select job_id, sequence from journal order by at, job_id, sequence;
        create trigger journal_feed after insert on journal begin
          insert into feed (job_id, sequence) values (new.job_id, new.sequence);
        end;
        """,
        """
        create table account_user (
          account text primary key,
          user_id text not null,
          user_name text not null,
          at text not null
        );
        """,
    ];

    public T Do<T>(Func<DbConnection, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (gate)
        {
            try
            {
                return work(connection);
            }
            catch (SqliteException e) when (Why(e.SqliteErrorCode) is { } why)
            {
                throw new JournalFileException(Name, why, e);
            }
        }
    }

    /// <summary>Writes all of it, as it is at one moment, into a new file for its user alone, flushed.</summary>
    public Outcome<Done> CopyTo(string path)
    {
        var part = path + ".part";
        try
        {
            File.Delete(part);
            CloseToOthers(part);
            using (var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = part, Pooling = false }.ToString()))
            {
                copy.Open();
                lock (gate)
                    connection.BackupDatabase(copy);
                copy.Execute("pragma wal_checkpoint(truncate); pragma journal_mode=delete;");
            }

            using (var written = new FileStream(part, FileMode.Open, FileAccess.ReadWrite))
                written.Flush(flushToDisk: true);
            File.Move(part, path, overwrite: false);
            return Done.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            if (File.Exists(part))
                File.Delete(part);
            return new Problem("backup-not-written", $"{path} cannot be written: {e.Message}", "Name a place with room that you may write to.", ExitCode.Prerequisite);
        }
    }

    /// <summary>Everything is in the one file afterwards.</summary>
    public void Settle() => Do(open => open.Execute("pragma wal_checkpoint(truncate)"));

    public bool IsTaken(DbException e) => e is SqliteException { SqliteExtendedErrorCode: ConstraintPrimaryKey or ConstraintUnique };

    public void Dispose() => connection.Dispose();

    /// <summary>What is wrong, and what to do; null: a key is taken, or it is a defect of ours.</summary>
    private static string? Why(int code) => code switch
    {
        Full => "its disk is full; make room on it",
        DiskFailed => "its disk failed, or gives this user no more room; make room, and look at quotas and at the system's log",
        ReadOnly => "it is read-only; make the file, its directory and its disk writable",
        CannotOpen => "it, or a file that belongs beside it, cannot be opened; look at whether its directory is there, writable and has room",
        Busy or Locked => "another program keeps it locked; end what has it open",
        Damaged or NoDatabase => "it is damaged; stop the server and put a copy in its place",
        _ => null,
    };

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
}
