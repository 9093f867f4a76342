using System.Data.Common;

namespace Lodger.Engine.Journal.Databases;

/// <summary>The SQL database behind the journals. Both kinds hold the same tables and understand the same statements.</summary>
public interface IDatabase : IDisposable
{
    /// <summary>For people; names no password.</summary>
    string Name { get; }

    /// <summary>Runs <paramref name="work"/> on a connection that nobody else uses meanwhile. What it wrote outside of a transaction is on disk when it returns.</summary>
    /// <exception cref="DatabaseUnreachableException">It did not answer; what was written may be there or not.</exception>
    /// <exception cref="JournalFileException">Its file cannot be written or read.</exception>
    T Do<T>(Func<DbConnection, T> work);

    /// <summary>Whether an insert failed because its key is taken.</summary>
    bool IsTaken(DbException e);

    /// <summary>From the schema of version <c>n - 1</c> to that of <c>n</c>, counted from 1.</summary>
    IReadOnlyList<string> Migrations { get; }

    /// <summary>Taken inside a transaction: one process at a time changes the schema. Null: the transaction itself is enough.</summary>
    string? MigrationLock { get; }
}
