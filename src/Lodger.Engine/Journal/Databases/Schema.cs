using System.Data.Common;
using Dapper;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Journal.Databases;

/// <summary>
/// Brings a database to this program's schema: each step in a transaction with its number, so that it may be run twice, from two nodes at once, and be cut off anywhere. A step that only adds
/// leaves <c>oldest</c> as it is: programs that know the schema up to there go on beside newer ones.
/// </summary>
public static class Schema
{
    /// <summary>For another node's step, and for one's own on a table of years: longer than any other statement may take.</summary>
    private const int StepSeconds = 600;

    private const string Versions = "create table if not exists schema_version (version integer primary key, oldest integer not null default 1)";

    /// <exception cref="JournalException">It does not answer, or refuses.</exception>
    public static Outcome<Done> Bring(IDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        var known = database.Migrations.Count;
        while (true)
        {
            var (found, oldest) = database.Do(connection => Step(connection, database));
            if (oldest > known)
            {
                return new Problem(
                    "database-newer",
                    $"The database {database.Name} was made by a newer Lodger: its schema needs a program that knows version {oldest}, this one knows {known}.",
                    "Run the newer version of Lodger, or restore a copy that was made before the upgrade.",
                    ExitCode.Prerequisite);
            }

            if (found >= known)
                return Done.Ok;
        }
    }

    /// <summary>Takes one step, if there is one; returns the version after it, and the oldest that may work with it.</summary>
    private static (int Version, int Oldest) Step(DbConnection connection, IDatabase database)
    {
        using var transaction = connection.BeginTransaction();
        if (database.MigrationLock is { } alone)
            connection.Execute(alone, transaction: transaction, commandTimeout: StepSeconds);
        connection.Execute(Versions, transaction: transaction, commandTimeout: StepSeconds);
        var version = connection.ExecuteScalar<int?>("select max(version) from schema_version", transaction: transaction) ?? 0;
        var oldest = connection.ExecuteScalar<int?>("select max(oldest) from schema_version", transaction: transaction) ?? 1;
        if (version >= database.Migrations.Count)
            return (version, oldest);
        connection.Execute(database.Migrations[version], transaction: transaction, commandTimeout: StepSeconds);
        connection.Execute("insert into schema_version (version) values (@version)", new { version = version + 1 }, transaction);
        transaction.Commit();
        return (version + 1, oldest);
    }
}
