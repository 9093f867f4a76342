using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Client;
using Lodger.Tests.Shared;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>Several real server processes on one real PostgreSQL and one market, to be killed, paused and started again at will.</summary>
internal sealed class ClusterStage : IAsyncDisposable
{
    /// <summary>Of one answer: a node that stands still is not waited for.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(3);

    private readonly string root;
    private readonly string database;
    private readonly int leaseSeconds;

    private ClusterStage(string root, MarketStage market, PostgresServer postgres, string database, int nodes, int leaseSeconds)
    {
        this.root = root;
        this.database = database;
        this.leaseSeconds = leaseSeconds;
        Market = market;
        Postgres = postgres;
        Nodes = [.. Enumerable.Range(1, nodes).Select(i => new Node($"node{i}", Path.Combine(root, $"node{i}"), FreePort.Next()))];
    }

    public MarketStage Market { get; }

    public PostgresServer Postgres { get; }

    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>Of one wait.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Every node answers, and one leads.</summary>
    /// <param name="speed">Of the market's time.</param>
    /// <param name="leaseSeconds">Short where takeovers are to be met often; long where a machine that stands still must not change who leads.</param>
    public static async Task<ClusterStage> StartAsync(int nodes, double speed = 1, int leaseSeconds = 3)
    {
        var directory = Directory.CreateTempSubdirectory("lodger-cluster-").FullName;
        var postgres = await PostgresServer.StartAsync();
        var stage = new ClusterStage(directory, await MarketStage.StartAsync(directory, speed: speed), postgres, await postgres.AddressAsync("lodger"), nodes, leaseSeconds);
        foreach (var node in stage.Nodes)
            stage.Start(node);
        foreach (var node in stage.Nodes)
            await stage.UntilAsync(async () => await node.LookAsync() is { } seen && await node.ListensAsync() ? seen : null, $"{node.Name} does not answer");
        await stage.LeaderAsync();
        return stage;
    }

    public void Start(Node node)
    {
        var start = new ProcessStartInfo("dotnet", [
            Path.Combine(AppContext.BaseDirectory, "lodger.dll"), "serve", "--brisk", "--database", database, "--node", node.Name, "--listen", $"127.0.0.1:{node.Port}",
            "--lease", $"{leaseSeconds}", "--parent-pid", $"{Environment.ProcessId}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        start.Environment["LODGER_STATE_DIR"] = node.State;
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(root, "tmp")).FullName;
        // What the nodes of a cluster share: settings, Lodger's own ssh key, and the directory of the results.
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(root, "config");
        start.Environment["VAST_URL"] = Market.Access.Url;
        start.Environment["VAST_API_KEY"] = Market.Access.ApiKey;
        node.Process = Process.Start(start)!;
        node.Process.OutputDataReceived += (_, said) => node.Hear(said.Data);
        node.Process.ErrorDataReceived += (_, said) => node.Hear(said.Data);
        node.Process.BeginOutputReadLine();
        node.Process.BeginErrorReadLine();
    }

    /// <summary>SIGKILL.</summary>
    public static async Task KillAsync(Node node)
    {
        node.Process!.Kill();
        await node.Process.WaitForExitAsync().WaitAsync(EndLimit);
        node.Process.Dispose();
        node.Process = null;
    }

    /// <summary>SIGSTOP: as a machine that hangs.</summary>
    public static async Task PauseAsync(Node node)
    {
        node.IsPaused = true;
        await SignalAsync(node, "STOP");
    }

    public static async Task WakeAsync(Node node)
    {
        await SignalAsync(node, "CONT");
        node.IsPaused = false;
    }

    private static async Task SignalAsync(Node node, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{node.Process!.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(EndLimit);
    }

    /// <summary>The node that leads, by its own word; waits until one does.</summary>
    /// <param name="other">Not this one.</param>
    public async Task<Node> LeaderAsync(Node? other = null) => await UntilAsync(async () =>
    {
        foreach (var node in Nodes.Where(n => n.IsUp && n != other))
        {
            if ((await node.LookAsync()) is { Cluster.Leads: true })
                return node;
        }

        return null;
    }, "no node leads");

    /// <summary>Asks until it is answered: a node may be gone, and the cluster between two leaders.</summary>
    public async Task<T> AskAsync<T>(Func<ServerClient, CancellationToken, Task<Domain.Problems.Outcome<T>>> ask, Node? of = null)
        where T : class => await UntilAsync(async () =>
    {
        foreach (var node in Nodes.Where(n => n.IsUp && (of is null || n == of)))
        {
            using var limit = new CancellationTokenSource(AnswerLimit);
            try
            {
                if ((await ask(node.Client, limit.Token)).TryGet(out var answer, out _))
                    return answer;
            }
            catch (OperationCanceledException)
            {
                // It is paused, or went away.
            }
        }

        return null;
    }, "nobody answers");

    /// <summary>Says yes to a destroy until somebody answers.</summary>
    /// <returns>Whether it counts; false: by now it is another question.</returns>
    public async Task<bool> ApproveAsync(string job, string token)
    {
        var answer = "";
        await AskAsync<object>(async (client, limit) =>
        {
            var approved = await client.ApproveAsync(job, new ApproveRequest(token, "a person", []), limit);
            answer = approved.Problem?.Id ?? "";
            return approved.IsOk || approved.Problem!.ExitCode == ExitCode.ApprovalNeeded ? answer : approved.Problem!;
        });
        return answer.Length == 0;
    }

    /// <summary>Said to any node that is up, again and again with one key until one answers: it makes one job.</summary>
    /// <param name="cheaper">So many cheaper offers are left to other jobs.</param>
    public async Task<string> SubmitAsync(JobSpec spec, Node? to = null, int cheaper = 0)
    {
        var isBid = spec.Rent == RentMode.Interruptible;
        var offers = await UntilAsync(
            async () => (await AskAsync((c, t) => c.OffersAsync("vastai", "num_gpus=1", 20, anyOffer: false, t), to)).Offers is { Count: > 0 } some ? some : null, "everything is rented");
        var offer = offers.OrderBy(o => isBid ? o.MinBidUsdPerHour : o.GpuUsdPerHour).ElementAt(cheaper % offers.Count);
        var request = new SubmitRequest(
            spec, "vastai", offer, 1m, Path.Combine(root, "results", spec.Name), "test", new Dictionary<string, string>(), BidUsdPerHour: isBid ? offer.MinBidUsdPerHour * 1.2m : null,
            Key: Guid.NewGuid().ToString());
        return (await AskAsync((c, t) => c.SubmitAsync(request, t), to)).Id;
    }

    public async Task<JobView> UntilAsync(string job, Func<JobView, bool> holds) => await UntilAsync(
        async () => await AskAsync((c, t) => c.JobAsync(job, t)) is { } seen && holds(seen) ? seen : null,
        $"{job} did not come so far");

    public async Task<IReadOnlyList<JournalEntry>> EventsAsync(string job) => await AskAsync((c, t) => c.EventsAsync(job, 0, t));

    public async Task<string> StoryAsync(string job, int? seed = null) =>
        $"seed {seed}\n{string.Join('\n', (await EventsAsync(job)).Select(e => $"{e.Sequence} {e.At:mm:ss.fff} {e.Event}"))}\n{string.Join('\n', Nodes.Select(n => n.Said))}";

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes.Where(n => n.Process is not null))
        {
            await WakeAsync(node);
            await KillAsync(node);
        }

        foreach (var node in Nodes)
            node.Client.Dispose();
        await Market.DisposeAsync();
        await Postgres.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    private async Task<T> UntilAsync<T>(Func<Task<T?>> look, string otherwise)
        where T : class
    {
        var end = DateTimeOffset.UtcNow + Limit;
        while (DateTimeOffset.UtcNow < end)
        {
            if (await look() is { } found)
                return found;
            await Task.Delay(200);
        }

        throw new TimeoutException($"{otherwise}\n{string.Join('\n', Nodes.Select(n => n.Said))}");
    }

    internal sealed class Node(string name, string state, int port)
    {
        private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(2);

        private readonly Queue<string> said = new();

        public string Name => name;

        public string State => state;

        public int Port => port;

        public Process? Process { get; set; }

        public bool IsPaused { get; set; }

        public bool IsUp => Process is not null && !IsPaused;

        public ServerClient Client { get; } = new(Path.Combine(state, "server.sock"));

        /// <summary>The end of its log.</summary>
        public string Said
        {
            get
            {
                lock (said)
                    return $"{name}:\n  {string.Join("\n  ", said)}";
            }
        }

        public void Hear(string? line)
        {
            lock (said)
            {
                if (line is not null)
                    said.Enqueue(line);
                if (said.Count > 60)
                    said.Dequeue();
            }
        }

        /// <summary>Null: it does not answer.</summary>
        public async Task<ServerView?> LookAsync()
        {
            using var limit = new CancellationTokenSource(LookLimit);
            try
            {
                return (await Client.ServerAsync(limit.Token)).TryGet(out var view, out _) ? view : null;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        /// <summary>Whether the address that the other nodes use is open.</summary>
        public async Task<bool> ListensAsync()
        {
            using var knock = new TcpClient();
            try
            {
                await knock.ConnectAsync(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
