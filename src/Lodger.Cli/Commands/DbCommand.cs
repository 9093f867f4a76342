using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal.Databases;
using Lodger.Server;

namespace Lodger.Cli.Commands;

/// <summary>What <c>db move --json</c> says.</summary>
/// <param name="Kept">Where the old journal lies now.</param>
internal sealed record MovedDatabase(string To, long Jobs, long Entries, string Kept);

/// <summary>What <c>db backup --json</c> says.</summary>
internal sealed record BackedUpDatabase(string File, long Bytes);

/// <summary><c>lodger db</c>: the journals as a whole.</summary>
internal static class DbCommand
{
    public static Verb Make(Surroundings around) => new Verb("db", "Copy the journals of all jobs to a safe place, or move them to a PostgreSQL of several servers")
    {
        Examples = ["lodger db backup /mnt/nas/lodger.db"],
    }
    .With(Move(around), Backup(around));

    private static Verb Move(Surroundings around)
    {
        var to = new Option<string?>("--to") { Description = $"postgres://USER@HOST:PORT/DATABASE, an empty one (default: {ServeCommand.DatabaseVariable})", HelpName = "URL" };
        return new Verb("move", "Move the journals from this state directory into an empty PostgreSQL database; no server may run here. The old file is kept")
        {
            Examples = ["lodger db move --to postgres://lodger@db.example.org/lodger"],
            Exits = [ExitCode.NotFound, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With(to)
        .Does((parse, _) => Task.FromResult(Move(around, parse.GetValue(to))));
    }

    private static Verb Backup(Surroundings around)
    {
        var file = new Argument<string>("FILE") { Description = "Made anew; one that is there is not overwritten" };
        return new Verb("backup", "Write a copy of the journals of this state directory, whole and readable by itself; a server may run meanwhile")
        {
            Examples = ["lodger db backup /mnt/nas/lodger.db"],
            Exits = [ExitCode.NotFound, ExitCode.Prerequisite],
        }
        .With(file)
        .Does((parse, _) => Task.FromResult(Backup(around, parse.GetValue(file)!)));
    }

    private static ExitCode Move(Surroundings around, string? to)
    {
        var screen = around.Screen;
        if (!around.Places().TryGet(out var places, out var problem) || !ServeCommand.Database(around, to).TryGet(out var address, out problem))
            return screen.Fail(problem);
        var own = Path.Combine(places.State, LodgerServer.DatabaseName);
        if (!File.Exists(own))
            return screen.Fail(None(own));
        using var alone = FileLock.Try(places.ServerLock);
        if (alone is null)
            return screen.Fail(new Problem("server-runs", $"A server works on {own}.", "Stop it, then move:  lodger server stop", ExitCode.ServerUnreachable));
        var kept = own + ".moved";
        if (File.Exists(kept))
            return screen.Fail(new Problem("moved-before", $"{kept} is there already, from an earlier move.", "Put it elsewhere first; it is the old journal.", ExitCode.BadInput));
        // First: from the moment at which the rows may be there, no server of its own is started here, whatever happens to this process.
        var marked = File.Exists(places.ClusterMark);
        File.WriteAllText(places.ClusterMark, address.Shown + "\n");
        MovedJournal moved;
        try
        {
            using var from = new SqliteDatabase(own);
            using var target = new PostgresDatabase(address);
            if (!JournalMove.Copy(from, target).TryGet(out moved!, out problem))
            {
                Unmark();
                return screen.Fail(problem);
            }

            from.Settle();
        }
        catch (DatabaseRefusesException e)
        {
            Unmark();
            return screen.Fail(new Problem("database-refuses", $"{e.Message} Nothing was moved.", "Make the role and the database, or correct the address.", ExitCode.Prerequisite));
        }
        catch (JournalException e)
        {
            return screen.Fail(new Problem(
                "move-unclear", $"{e.Message} Whether the journals were moved is not known, so no server is started here until that is.", "Try the same again: it finds out, and goes on or finishes.", ExitCode.Unknown));
        }

        File.Move(own, kept, overwrite: false);
        if (screen.IsJson)
            screen.Json(new MovedDatabase(address.Shown, moved.Jobs, moved.Entries, kept), CliJson.Default.MovedDatabase);
        screen.Line($"Moved {Figures.Of(moved.Jobs, "job")}, {moved.Entries} entries of their journals, to {Shown.Text(address.Shown)}.");
        screen.Line($"  kept  {Shown.Text(kept)}");
        screen.Line("  next  lodger serve --database URL   looks after them from there.");
        return ExitCode.Ok;

        void Unmark()
        {
            if (!marked)
                File.Delete(places.ClusterMark);
        }
    }

    private static ExitCode Backup(Surroundings around, string file)
    {
        var screen = around.Screen;
        if (!around.Places().TryGet(out var places, out var problem))
            return screen.Fail(problem);
        var own = Path.Combine(places.State, LodgerServer.DatabaseName);
        if (File.Exists(places.ClusterMark))
            return screen.Fail(new Problem("journal-in-database", $"The journals of {places.State} are in {File.ReadAllText(places.ClusterMark).Trim()}.", "pg_dump  copies that database.", ExitCode.BadInput));
        if (!File.Exists(own))
            return screen.Fail(None(own));
        var target = Path.GetFullPath(file, around.CurrentDirectory);
        if (File.Exists(target) || Directory.Exists(target))
            return screen.Fail(new Problem("backup-exists", $"{target} is there already; nothing was overwritten.", "Name another file.", ExitCode.BadInput));
        using (var database = new SqliteDatabase(own))
        {
            if (database.CopyTo(target) is { IsOk: false, Problem: { } failed })
                return screen.Fail(failed);
        }

        var bytes = new FileInfo(target).Length;
        if (screen.IsJson)
            screen.Json(new BackedUpDatabase(target, bytes), CliJson.Default.BackedUpDatabase);
        screen.Line($"The journals of all jobs are in {Shown.Text(target)} too ({Figures.Bytes(bytes)}).");
        screen.Line($"  to go back to it: stop the server, put it in the place of {Shown.Text(own)}, and remove lodger.db-wal and lodger.db-shm beside it");
        return ExitCode.Ok;
    }

    private static Problem None(string own) => new("no-journal", $"There is no journal at {own}: no job was ever run from this state directory, or a cluster has it.", "lodger server status", ExitCode.NotFound);
}
