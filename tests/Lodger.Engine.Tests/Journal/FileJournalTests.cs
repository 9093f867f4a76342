using Lodger.Domain.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Engine.Tests.Stage;
using Microsoft.Data.Sqlite;

namespace Lodger.Engine.Tests.Journal;

public sealed class FileJournalTests : JournalStoreTests, IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-journal-").FullName;

    private string Path => System.IO.Path.Combine(directory, "lodger.db");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    protected override JournalStore Open() => JournalStore.OpenFile(Path).Value;

    [Fact]
    public void A_journal_that_a_newer_program_only_added_to_is_used_and_one_that_it_changed_is_refused_and_left_as_it_is()
    {
        Open().Dispose();
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "insert into schema_version (version) values (98)";
            command.ExecuteNonQuery();
            Open().Dispose();
            command.CommandText = "insert into schema_version (version, oldest) values (99, 99)";
            command.ExecuteNonQuery();
        }

        var refused = JournalStore.OpenFile(Path);
        refused.Problem!.Id.ShouldBe("database-newer");
        refused.Problem.Message.ShouldContain("version 99");
        refused.Problem.Fix.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_file_that_takes_nothing_says_so_with_its_name_and_what_to_do_and_can_be_read()
    {
        var database = new SqliteDatabase(Path);
        using var store = JournalStore.Open(database, null).Value;
        store.Create("a.1", "a", First());
        var next = new JournalEntry(2, First().At, new Noted("next"));
        database.Fill();
        Should.Throw<JournalFileException>(() => store.Append("a.1", next)).Message.ShouldBe($"The journal {Path} cannot be written or read: its disk is full; make room on it.");
        Should.Throw<JournalFileException>(() => store.MakeSureOfRoom("a.1", next));
        store.Read("a.1").ShouldHaveSingleItem();
        database.MakeRoom();
        store.MakeSureOfRoom("a.1", next);
        store.Told().ShouldBeEmpty("nothing of it stays");
        database.OnlyRead(true);
        Should.Throw<JournalFileException>(() => store.Append("a.1", next)).Message.ShouldContain("read-only");
        database.OnlyRead(false);
        store.Append("a.1", next);
        store.Read("a.1").Count.ShouldBe(2);
    }

    [Fact]
    public void What_is_no_journal_or_cannot_be_opened_is_a_problem_that_names_it()
    {
        File.WriteAllText(Path, new string('x', 5000));
        JournalStore.OpenFile(Path).Problem!.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("journal-unusable"), p => p.Message.ShouldContain($"{Path} cannot be written or read: it is damaged"));
        File.Delete(Path);
        Directory.CreateDirectory(Path);
        JournalStore.OpenFile(Path).Problem!.Message.ShouldStartWith($"The journal {Path} cannot be made");
        Directory.Delete(Path);
    }

    [Fact]
    public void A_copy_is_whole_by_itself_while_the_journal_is_written_and_overwrites_nothing()
    {
        using var store = Open();
        store.Create("a.1", "a", First());
        store.Append("a.1", new JournalEntry(2, First().At, new Noted("before")));
        var copy = System.IO.Path.Combine(directory, "copy.db");
        using (var reader = new SqliteDatabase(Path))
        {
            reader.CopyTo(copy).IsOk.ShouldBeTrue();
            reader.CopyTo(copy).Problem!.Id.ShouldBe("backup-not-written");
            reader.CopyTo(System.IO.Path.Combine(directory, "no", "such", "place.db")).Problem!.Id.ShouldBe("backup-not-written");
        }

        store.Append("a.1", new JournalEntry(3, First().At, new Noted("after")));
        Directory.GetFiles(directory, "copy.db*").ShouldBe([copy], "nothing beside it is needed");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(copy).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var restored = JournalStore.OpenFile(copy).Value;
        restored.Read("a.1").Select(e => e.Event).Skip(1).ShouldBe([new Noted("before")]);
    }
}
