using System.Data.Common;
using Dapper;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Journal.Databases;

/// <summary>What was moved.</summary>
public sealed record MovedJournal(long Jobs, long Entries);

/// <summary>Copies whole journals from one database into another, an empty one: all of it, in one transaction there, or nothing.</summary>
public static class JournalMove
{
    private const int RowsAtOnce = 500;

    /// <summary>In an order in which no row names one that is not there yet.</summary>
    private static readonly (string Table, string[] Columns, string Order)[] Tables =
    [
        ("job", ["id", "name", "submitted_at"], "id"),
        ("journal", ["job_id", "sequence", "at", "event"], "job_id, sequence"),
        ("told", ["key", "at", "tries", "failed"], "key"),
        ("volume_act", ["account", "at", "act"], "sequence"),
        ("account_user", ["account", "user_id", "user_name", "at"], "account"),
        ("access_token", ["id", "name", "scopes", "project", "sha256", "made_at", "made_by", "expires_at", "revoked_at", "last_used_at"], "id"),
        ("audit", ["at", "who", "from_address", "act", "target", "status"], "sequence"),
    ];

    /// <summary>Copies; where exactly this was copied already, as after an answer that got lost, it is done.</summary>
    /// <param name="from">Nobody writes into it meanwhile.</param>
    /// <exception cref="JournalException">One of them does not answer: all of it is in <paramref name="to"/>, or nothing.</exception>
    public static Outcome<MovedJournal> Copy(IDatabase from, IDatabase to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if ((Schema.Bring(from).Problem ?? Schema.Bring(to).Problem) is { } unfit)
            return unfit;
        return from.Do(source => to.Do<Outcome<MovedJournal>>(target =>
        {
            using var transaction = target.BeginTransaction();
            if (to.MigrationLock is { } alone)
                target.Execute(alone, transaction: transaction);
            if (Tables.Any(t => Count(target, t.Table, transaction) > 0))
            {
                if (Tables.All(t => Rows(source, null, t).SequenceEqual(Rows(target, transaction, t), StringComparer.Ordinal)))
                    return new MovedJournal(Count(target, "job", transaction), Count(target, "journal", transaction));
                return new Problem("database-not-empty", $"The database {to.Name} holds journals already; two are never mixed.", "Name an empty database.", ExitCode.BadInput);
            }

            foreach (var (table, columns, order) in Tables)
            {
                Copy(source, target, transaction, table, columns, order);
                if (Count(source, table, null) is var there && Count(target, table, transaction) is var here && here != there)
                    return new Problem("database-copy-differs", $"Of {there} rows of {table} {here} arrived; nothing was kept.", "Try again; if it stays so, tell us.", ExitCode.Defect);
            }

            var moved = new MovedJournal(Count(target, "job", transaction), Count(target, "journal", transaction));
            transaction.Commit();
            return moved;
        }));
    }

    private static IEnumerable<string> Rows(DbConnection connection, DbTransaction? transaction, (string Table, string[] Columns, string Order) t) =>
        connection.Query($"select {string.Join(", ", t.Columns)} from {t.Table} order by {t.Order}", transaction: transaction, buffered: true)
            .Select(row => string.Join('\u001f', ((IDictionary<string, object>)row).Values)).Order(StringComparer.Ordinal);

    private static long Count(DbConnection connection, string table, DbTransaction? transaction) => connection.ExecuteScalar<long>($"select count(*) from {table}", transaction: transaction);

    private static void Copy(DbConnection source, DbConnection target, DbTransaction transaction, string table, string[] columns, string order)
    {
        var names = string.Join(", ", columns);
        var insert = $"insert into {table} ({names}) values ({string.Join(", ", columns.Select(c => "@" + c))})";
        foreach (var rows in source.Query($"select {names} from {table} order by {order}", buffered: false).Chunk(RowsAtOnce))
            target.Execute(insert, rows.Select(row => new DynamicParameters((IDictionary<string, object>)row)), transaction);
    }
}
