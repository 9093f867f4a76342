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
            Exits = [ExitCode.NotFound, ExitCode.ServerUnreachable, ExitCode.Prerequisite],
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
        MovedJournal moved;
        try
        {
            using var from = new SqliteDatabase(own);
            using var target = new PostgresDatabase(address);
            if (!JournalMove.Copy(from, target).TryGet(out moved!, out problem))
                return screen.Fail(problem);
        }
        catch (JournalException e)
        {
            return screen.Fail(new Problem("database-unreachable", $"{e.Message} Nothing was moved.", "Look at its address and whether it runs, then try again.", ExitCode.Prerequisite));
        }

        // Its rows are there: from now on a server here would not know of what happens to them.
        var kept = own + ".moved";
        File.Move(own, kept, overwrite: false);
        foreach (var rest in (string[])[own + "-wal", own + "-shm"])
            File.Delete(rest);
        File.WriteAllText(places.ClusterMark, address.Shown + "\n");
        if (screen.IsJson)
            screen.Json(new MovedDatabase(address.Shown, moved.Jobs, moved.Entries, kept), CliJson.Default.MovedDatabase);
        screen.Line($"Moved {Figures.Of(moved.Jobs, "job")}, {moved.Entries} entries of their journals, to {Shown.Text(address.Shown)}.");
        screen.Line($"  kept  {Shown.Text(kept)}");
        screen.Line("  next  lodger serve --database URL   looks after them from there.");
        return ExitCode.Ok;
    }

    private static ExitCode Backup(Surroundings around, string file)
    {
        var screen = around.Screen;
        if (!around.Places().TryGet(out var places, out var problem))
            return screen.Fail(problem);
        var own = Path.Combine(places.State, LodgerServer.DatabaseName);
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
        screen.Line($"  to go back to it: stop the server, and put it in the place of {Shown.Text(own)}");
        return ExitCode.Ok;
    }

    private static Problem None(string own) => new("no-journal", $"There is no journal at {own}: no job was ever run from this state directory, or a cluster has it.", "lodger server status", ExitCode.NotFound);
}
