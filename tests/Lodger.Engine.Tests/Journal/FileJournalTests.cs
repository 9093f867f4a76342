using Lodger.Engine.Journal;
using Microsoft.Data.Sqlite;

namespace Lodger.Engine.Tests.Journal;

public sealed class FileJournalTests : JournalStoreTests, IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-journal-").FullName;

    private string Path => System.IO.Path.Combine(directory, "lodger.db");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    protected override JournalStore Open() => JournalStore.OpenFile(Path).Value;

    [Fact]
    public void A_journal_of_a_newer_program_is_refused_and_left_as_it_is()
    {
        Open().Dispose();
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "insert into schema_version (version) values (99)";
            command.ExecuteNonQuery();
        }

        var refused = JournalStore.OpenFile(Path);
        refused.Problem!.Id.ShouldBe("database-newer");
        refused.Problem.Message.ShouldContain("version 99");
        refused.Problem.Fix.ShouldNotBeEmpty();
    }
}
