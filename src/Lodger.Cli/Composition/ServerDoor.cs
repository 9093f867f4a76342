using System.Diagnostics;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Composition;

/// <summary>The way to the server: connects to the one that runs, starts one when none does, replaces an idle one of another build.</summary>
internal sealed class ServerDoor(Surroundings around, Places places)
{
    private const string Silence = "server-silent";

    private static readonly TimeSpan HelloMax = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    /// <summary>Who holds it may wait for a server that ends, and then for the one that it starts.</summary>
    private static readonly TimeSpan StartLockMax = (StartMax * 2) + HelloMax;

    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(30);

    /// <summary>Added to the command line when one has to be started.</summary>
    public IReadOnlyList<string> StartArguments { get; init; } = [];

    /// <summary>Told of a server's process as soon as there is one, long before it answers.</summary>
    public Action<LiveProcess>? OnStarted { get; init; }

    /// <summary>A server that answers, whatever it takes within a minute.</summary>
    public async Task<Outcome<ServerClient>> OpenAsync(CancellationToken cancellationToken)
    {
        if (places.Prepare() is { IsOk: false, Problem: { } unusable })
            return unusable;
        var client = new ServerClient(places.Socket) { Agent = around.Agent, Blocks = around.IsAlone };
        var opened = await OpenAsync(client, cancellationToken);
        if (opened.IsOk)
            return client;
        client.Dispose();
        return opened.Problem;
    }

    /// <summary>The server that runs, null when none does; a problem when one lives and does not answer. Starts nothing; waits for one that is starting.</summary>
    public async Task<Outcome<ServerView?>> LookAsync(CancellationToken cancellationToken)
    {
        using var client = new ServerClient(places.Socket) { Agent = around.Agent, Blocks = around.IsAlone };
        if (File.Exists(places.Socket))
        {
            if ((await HelloAsync(client, cancellationToken)).TryGet(out var view, out var unreached))
                return view;
            if (IsAliveAndSilent(unreached))
                return unreached;
        }

        if (!ServerIsAlive())
            return Outcome<ServerView?>.Ok(null);
        around.Screen.Remark("The server is starting or ending. Waiting for it, a minute at most.");
        if (!(await WaitForOtherAsync(client, cancellationToken)).TryGet(out var answers, out var silent))
            return silent;
        return answers && (await HelloAsync(client, cancellationToken)).TryGet(out var started, out _) ? started : Outcome<ServerView?>.Ok(null);
    }

    /// <summary>Asks a server to end and waits until its process is gone.</summary>
    public async Task<Outcome<Done>> StopAsync(ServerView running, CancellationToken cancellationToken)
    {
        var process = LiveProcess.Find(running.ProcessId);
        using var client = new ServerClient(places.Socket) { Agent = around.Agent, Blocks = around.IsAlone };
        var asked = await client.StopServerAsync(cancellationToken);
        if (!asked.IsOk && process is { IsAlive: true })
            return asked.Problem;
        return process is null || await process.WaitGoneAsync(StopMax, around.Time)
            ? Done.Ok
            : new Problem("server-lingers", $"The server (process {running.ProcessId}) did not end within {StopMax.TotalSeconds:0} s.", "It may be in the middle of a step; look again with  lodger server status", ExitCode.TimedOut, MayRetry: true);
    }

    private async Task<Outcome<Done>> OpenAsync(ServerClient client, CancellationToken cancellationToken)
    {
        if (!File.Exists(places.Socket))
            return await StartOnceAsync(client, cancellationToken);
        if ((await HelloAsync(client, cancellationToken)).TryGet(out var running, out var unreached))
        {
            // A node of a cluster is its operator's to replace.
            if (running.Build == around.Program.Build || running.Cluster is not null)
                return Done.Ok;
            if (running.OpenJobs > 0)
            {
                around.Screen.Remark($"The server (process {running.ProcessId}) is of another build and works on {Figures.Of(running.OpenJobs, "job")}, so it stays; it is replaced when nothing is open.");
                return Done.Ok;
            }

            around.Screen.Remark("Replacing the idle server of another build.");
            if (await StopAsync(running, cancellationToken) is { IsOk: false, Problem: { } stays })
                return stays;
        }
        else if (IsAliveAndSilent(unreached))
        {
            // Busy for a while, or hanging: nobody can tell, and two must never look after the same jobs.
            around.Screen.Remark($"{unreached} Waiting for it, a minute at most.");
            if (!(await WaitForOtherAsync(client, cancellationToken)).TryGet(out var answers, out var hangs))
                return hangs;
            if (answers)
                return Done.Ok;
        }

        return await StartOnceAsync(client, cancellationToken);
    }

    private async Task<Outcome<Done>> StartOnceAsync(ServerClient client, CancellationToken cancellationToken)
    {
        return File.Exists(places.ClusterMark)
            ? new Problem(
                "node-down",
                $"The node of a cluster that works in {places.State} does not run, and its jobs are in the cluster's database.",
                $"Start it again:  lodger serve   (or, to use a journal of its own here again, remove {places.ClusterMark})",
                ExitCode.ServerUnreachable)
            : await StartAsync(client, cancellationToken);
    }

    private async Task<Outcome<Done>> StartAsync(ServerClient client, CancellationToken cancellationToken)
    {
        var locked = await FileLock.TakeAsync(places.StartLock, StartLockMax, around.Time, cancellationToken);
        if (!locked.TryGet(out var held, out var busy))
            return busy;
        using (held)
        {
            // Somebody else may have started one while we waited for the lock.
            if (File.Exists(places.Socket) && (await HelloAsync(client, cancellationToken)).IsOk)
                return Done.Ok;
            if (ServerIsAlive())
            {
                if (!(await WaitForOtherAsync(client, cancellationToken)).TryGet(out var answers, out var hangs))
                    return hangs;
                if (answers)
                    return Done.Ok;
            }

            var started = DetachedProcess.Start(around.Program, ["server", "run", .. StartArguments], places.ServerLog, ChildEnvironment());
            if (!started.TryGet(out var process, out var problem))
                return problem;
            using (process)
            {
                if (LiveProcess.Find(process.Id) is { } alive)
                    OnStarted?.Invoke(alive);
                return await WaitAsync(client, process, cancellationToken);
            }
        }
    }

    private bool IsAliveAndSilent(Problem unreached) => unreached.Id == Silence && ServerIsAlive();

    /// <summary>The server holds its lock before it listens and as long as it lives.</summary>
    private bool ServerIsAlive()
    {
        if (!File.Exists(places.ServerLock))
            return false;
        try
        {
            using var free = FileLock.Try(places.ServerLock);
            return free is null;
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's: it is not a server of this one.
            return false;
        }
    }

    private Dictionary<string, string> ChildEnvironment() => new(around.Environment, StringComparer.Ordinal) { ["LODGER_STATE_DIR"] = places.State };

    /// <summary>Waits for the one that was just started.</summary>
    private async Task<Outcome<Done>> WaitAsync(ServerClient client, Process process, CancellationToken cancellationToken)
    {
        var from = around.Time.GetTimestamp();
        while (around.Time.GetElapsedTime(from) < StartMax)
        {
            if (File.Exists(places.Socket) && (await HelloAsync(client, cancellationToken)).IsOk)
                return Done.Ok;
            if (process.HasExited)
                return NotStarted($"it ended with status {process.ExitCode}");
            await Task.Delay(Poll, around.Time, cancellationToken);
        }

        return NotStarted($"no answer within {StartMax.TotalSeconds:0} s");
    }

    /// <summary>Waits for one that somebody else started, and that may as well be ending.</summary>
    /// <returns>Whether it answers; false: it is gone.</returns>
    private async Task<Outcome<bool>> WaitForOtherAsync(ServerClient client, CancellationToken cancellationToken)
    {
        var from = around.Time.GetTimestamp();
        while (around.Time.GetElapsedTime(from) < StartMax)
        {
            if (File.Exists(places.Socket) && (await HelloAsync(client, cancellationToken)).IsOk)
                return true;
            if (!ServerIsAlive())
                return false;
            await Task.Delay(Poll, around.Time, cancellationToken);
        }

        return File.Exists(places.Socket)
            ? Silent()
            : new Problem(
                "lock-held",
                $"Another process of Lodger has held {places.ServerLock} for {StartMax.TotalSeconds:0} s: a server that starts or ends, or  lodger db move .",
                $"Wait until it is done:  lodger server status   The server's log is {places.ServerLog} .",
                ExitCode.ServerUnreachable,
                MayRetry: true);
    }

    /// <summary>One that lives and does not answer.</summary>
    private Problem Silent()
    {
        var id = File.Exists(places.ServerProcessId) ? File.ReadAllText(places.ServerProcessId).Trim() : "";
        return new(
            Silence,
            $"Lodger's server{(id.Length > 0 ? $" (process {id})" : "")} runs and does not answer.",
            $"It may be busy: try again. If it hangs, end it, which loses nothing; the next command starts another:  kill -9 {(id.Length > 0 ? id : "PID")}   Its log is {places.ServerLog} .",
            ExitCode.ServerUnreachable,
            MayRetry: true);
    }

    private Problem NotStarted(string why)
    {
        var said = DetachedProcess.Tail(places.ServerLog, 5);
        return new(
            "server-not-started",
            $"Lodger's server did not start: {why}.{(said.Length > 0 ? " It said: " + said : "")}",
            $"Its log is {places.ServerLog}",
            ExitCode.ServerUnreachable);
    }

    private async Task<Outcome<ServerView>> HelloAsync(ServerClient client, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(HelloMax);
        try
        {
            return await client.ServerAsync(bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Silent();
        }
    }
}
