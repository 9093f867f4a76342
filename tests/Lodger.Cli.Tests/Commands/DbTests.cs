using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal;

namespace Lodger.Cli.Tests.Commands;

public sealed class DbTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    private string Own => Path.Combine(Path.GetDirectoryName(stage.Socket)!, "lodger.db");

    private void MakeJournal() => JournalStore.OpenFile(Own).Value.Dispose();

    [Fact]
    public async Task A_backup_is_a_journal_that_opens_and_overwrites_nothing()
    {
        MakeJournal();
        var file = Path.Combine(Path.GetDirectoryName(Own)!, "copy.db");
        (await stage.RunAsync("db", "backup", file)).ShouldBe(ExitCode.Ok);
        JournalStore.OpenFile(file).Value.Dispose();
        stage.OutInOneLine.ShouldContain("to go back to it: stop the server");
        (await stage.RunAsync("db", "backup", file)).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("nothing was overwritten");
    }

    [Fact]
    public async Task Where_no_journal_is_there_is_nothing_to_back_up_or_to_move()
    {
        (await stage.RunAsync("db", "backup", "/tmp/x.db")).ShouldBe(ExitCode.NotFound);
        (await stage.RunAsync("db", "move", "--to", "postgres://localhost/lodger")).ShouldBe(ExitCode.NotFound);
        File.Exists(Own).ShouldBeFalse("nothing is made by looking");
    }

    [Theory]
    [InlineData("postgres://lodger:hush@localhost/lodger", "LODGER_DATABASE")]
    [InlineData("sqlite://x", "postgres://")]
    public async Task An_address_that_cannot_be_used_is_refused_before_anything_is_touched(string address, string says)
    {
        MakeJournal();
        (await stage.RunAsync("db", "move", "--to", address)).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain(says);
        stage.Error.ShouldNotContain("hush");
        (await stage.RunAsync("serve", "--database", address)).ShouldBe(ExitCode.BadInput);
        (await stage.RunAsync("serve")).ShouldBe(ExitCode.BadInput);
        File.Exists(Own).ShouldBeTrue();
    }

    [Fact]
    public async Task A_database_that_does_not_answer_leaves_the_journal_where_it_is_and_no_server_beside_what_may_be_there()
    {
        MakeJournal();
        (await stage.RunAsync("db", "move", "--to", "postgres://lodger@127.0.0.1:1/lodger")).ShouldBe(ExitCode.Unknown);
        stage.Error.ShouldContain("not known");
        File.Exists(Own).ShouldBeTrue();
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.ServerUnreachable);
        stage.Error.ShouldContain("lodger serve");
    }
}
