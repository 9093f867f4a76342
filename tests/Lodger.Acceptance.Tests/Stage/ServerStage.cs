using System.Diagnostics;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Client;
using Lodger.Tests.Shared;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>The real server as a process of its own, against a <see cref="MarketStage"/>, to be killed at will.</summary>
internal sealed class ServerStage : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(5);

    private readonly string state;
    private readonly MarketStage market;
    private readonly string key;
    private IReadOnlyDictionary<string, string> environment = new Dictionary<string, string>();
    private Process? server;

    private ServerStage(string root, MarketStage market, string? apiKey)
    {
        key = apiKey ?? market.Access.ApiKey;
        Root = root;
        this.market = market;
        state = Path.Combine(root, "state");
        Client = new ServerClient(Path.Combine(state, "server.sock"));
    }

    public string Root { get; }

    public MarketStage Market => market;

    public ServerClient Client { get; }

    /// <summary>A disk that the server has and that can be filled; null: it was not asked for.</summary>
    public SmallDisk? Small { get; private init; }

    /// <param name="smallDiskBytes">Of a disk for the server that can be filled; 0: none.</param>
    /// <param name="environment">Of the server, besides the stage's; null: none.</param>
    public static async Task<ServerStage> StartAsync(string? apiKey = null, long smallDiskBytes = 0, IReadOnlyDictionary<string, string>? environment = null)
    {
        var root = Directory.CreateTempSubdirectory("lodger-kill-").FullName;
        var small = smallDiskBytes == 0 ? null : await SmallDisk.StartAsync(Directory.CreateDirectory(Path.Combine(root, "small")).FullName, smallDiskBytes);
        var stage = new ServerStage(root, await MarketStage.StartAsync(root), apiKey) { Small = small, environment = environment ?? new Dictionary<string, string>() };
        await stage.StartServerAsync();
        return stage;
    }

    /// <summary>Returns when it answers.</summary>
    public async Task StartServerAsync()
    {
        var start = Command(["server", "run", "--brisk", "--parent-pid", $"{Environment.ProcessId}"]);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        if (Small is not null)
        {
            string[] whole = [.. Small.Join, start.FileName, .. start.ArgumentList];
            start.FileName = whole[0];
            start.ArgumentList.Clear();
            foreach (var word in whole.Skip(1))
                start.ArgumentList.Add(word);
        }

        server = Process.Start(start)!;
        server.OutputDataReceived += static (_, _) => { };
        server.ErrorDataReceived += static (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        var end = DateTimeOffset.UtcNow + StartLimit;
        while (!(await Client.ServerAsync(CancellationToken.None)).IsOk)
        {
            if (server.HasExited || DateTimeOffset.UtcNow > end)
                throw new InvalidOperationException("The server did not start.");
            await Task.Delay(20);
        }
    }

    /// <summary>Runs the command in a directory of its own, with no terminal and nobody to ask.</summary>
    /// <param name="jobYaml">Written there first; null for none.</param>
    public Task<(int ExitCode, string Text)> LodgerAsync(string? jobYaml, params string[] arguments) =>
        LodgerAtAsync(Directory.CreateDirectory(Path.Combine(Root, "work")).FullName, new Dictionary<string, string?>(), jobYaml, arguments);

    /// <summary>The same as somebody else, perhaps at another machine.</summary>
    /// <param name="environment">Besides the stage's; null takes one away.</param>
    public async Task<(int ExitCode, string Text)> LodgerAtAsync(string directory, IReadOnlyDictionary<string, string?> environment, string? jobYaml, params string[] arguments)
    {
        if (jobYaml is not null)
            await File.WriteAllTextAsync(Path.Combine(directory, "job.yaml"), jobYaml);
        var start = Command([.. arguments]);
        start.WorkingDirectory = directory;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(CommandLimit);
        try
        {
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            await PublishedJson.ShouldHoldAsync(arguments, texts[0], process.ExitCode != 0);
            return (process.ExitCode, string.Concat(texts));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>An agent that has <c>lodger mcp</c>, in the directory of <see cref="LodgerAsync"/>.</summary>
    public async Task<AgentClient> AgentAsync(string name)
    {
        var start = Command(["mcp"]);
        start.WorkingDirectory = Directory.CreateDirectory(Path.Combine(Root, "work")).FullName;
        start.RedirectStandardInput = true;
        return await AgentClient.StartAsync(start, name);
    }

    public async Task<IReadOnlyList<Offer>> OffersAsync() =>
        (await Client.OffersAsync("vastai", "num_gpus=1", 10, anyOffer: false, CancellationToken.None)).Value.Offers;

    private ProcessStartInfo Command(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "lodger.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Short lives: a second compilation of what is called often would be a third of what they do.
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        start.Environment["LODGER_STATE_DIR"] = state;
        // A server that is killed leaves its temporary files: they go with the stage.
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(Root, "tmp")).FullName;
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Root, "config");
        start.Environment["LODGER_ACCOUNT"] = "vastai";
        start.Environment["VAST_URL"] = market.Access.Url;
        start.Environment["VAST_API_KEY"] = key;
        return start;
    }

    /// <summary>SIGKILL: no notice, nothing flushed.</summary>
    public async Task KillServerAsync()
    {
        server!.Kill();
        await server.WaitForExitAsync().WaitAsync(StartLimit);
        server.Dispose();
        server = null;
    }

    /// <param name="cheaper">So many cheaper offers are left to other jobs, whose rents may not have come through yet.</param>
    /// <param name="results">Null: below the stage's own directory.</param>
    /// <param name="project">Null: the default one.</param>
    public async Task<string> SubmitAsync(JobSpec spec, int cheaper = 0, string? results = null, string? project = null)
    {
        var offer = (await OffersAsync()).OrderBy(o => o.GpuUsdPerHour).ElementAt(cheaper);
        var submitted = await Client.SubmitAsync(
            new SubmitRequest(spec, "vastai", offer, 1m, results ?? Path.Combine(Root, "results", spec.Name), "test", new Dictionary<string, string>(), Project: project), CancellationToken.None);
        return submitted.Value.Id;
    }

    /// <summary>A job of about six seconds that leaves one result and needs nobody's yes.</summary>
    public static JobSpec SixSteps(string name) => new()
    {
        Name = name,
        Image = "python:3.12-slim",
        Gpu = new GpuRequest([], 1, null),
        DiskGb = 10,
        Run = "mkdir -p out; for i in 1 2 3 4 5 6; do echo step $i/6; sleep 1; done; echo '{\"done\": true}' > out/metrics.json",
        Results = ["out"],
        Teardown = TeardownMode.WhenVerified,
    };

    public Task<JobView> UntilAsync(string job, JobPhase phase) => UntilAsync(job, seen => seen.Phase == phase);

    public async Task<JobView> UntilAsync(string job, Func<JobView, bool> wanted)
    {
        var end = DateTimeOffset.UtcNow + CommandLimit;
        while (DateTimeOffset.UtcNow < end)
        {
            if (await Client.JobAsync(job, CancellationToken.None) is { IsOk: true, Value: { } seen } && wanted(seen))
                return seen;
            await Task.Delay(100);
        }

        throw new TimeoutException(await StoryAsync(job));
    }

    /// <summary>The job's journal, for a failure's message.</summary>
    /// <param name="seed">Of the random choices of the test.</param>
    public async Task<string> StoryAsync(string job, int? seed = null) =>
        (seed is null ? "" : $"seed {seed}\n") + string.Join('\n', (await Client.EventsAsync(job, 1, CancellationToken.None)).Value.Select(e => $"{e.At:mm:ss.fff} {e.Event}"));

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await KillServerAsync();
        Client.Dispose();
        await market.DisposeAsync();
        if (Small is not null)
            await Small.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}
