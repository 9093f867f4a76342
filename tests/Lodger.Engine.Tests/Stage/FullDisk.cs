using Dapper;
using Lodger.Engine.Journal.Databases;
using Microsoft.Data.Sqlite;

namespace Lodger.Engine.Tests.Stage;

/// <summary>What a database in a file meets on a full disk, and on one that was made read-only.</summary>
internal static class FullDisk
{
    private const int Full = 13;

    /// <summary>No entry fits any more: the last page of what each of them is listed in is full, and there is no other.</summary>
    public static void Fill(this SqliteDatabase database) => database.Do(open =>
    {
        open.Execute("pragma synchronous=off; pragma max_page_count=1;");
        try
        {
            while (true)
                open.Execute("insert into feed (job_id, sequence) values ('', 0)");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == Full)
        {
            return open.Execute("pragma synchronous=full");
        }
    });

    public static void MakeRoom(this SqliteDatabase database) => database.Do(open => open.Execute("pragma max_page_count=100000"));

    public static void OnlyRead(this SqliteDatabase database, bool on) => database.Do(open => open.Execute($"pragma query_only={(on ? "on" : "off")}"));
}
