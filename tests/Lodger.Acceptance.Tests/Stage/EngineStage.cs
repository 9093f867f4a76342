using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;
using Lodger.Engine;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Profile;
using Lodger.Remote;
using Lodger.Remote.Processes;
using Lodger.Remote.Ssh;
using Lodger.Vast;
using Lodger.Vast.Credentials;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>The real engine with the real adapter, ssh and rsync against a <see cref="MarketStage"/>, all in this process.</summary>
internal sealed class EngineStage : IAccounts, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly OpenAccount account;
    private readonly VastClient client;
    private readonly JournalStore journal;

    private EngineStage(string root, MarketStage market, Waits waits, OpenAccount account, VastClient client)
    {
        Root = root;
        Market = market;
        this.account = account;
        this.client = client;
        var state = Directory.CreateDirectory(Path.Combine(root, "state")).FullName;
        journal = new JournalStore(Path.Combine(state, "lodger.db"));
        Board = new JobBoard(
            this,
            journal,
            new EngineOptions
            {
                StateDirectory = state,
                SecretsDirectory = Path.Combine(root, "secrets"),
                Waits = waits,
                SweepEvery = TimeSpan.FromMilliseconds(300),
                ToolVersion = "test",
            },
            TimeProvider.System,
            Log);
    }

    public string Root { get; }

    public MarketStage Market { get; }

    public JobBoard Board { get; }

    /// <summary>Warnings and defects of the engine.</summary>
    public KeptLog Log { get; } = new();

    public IMarket Adapter => account.Market;

    public static Waits Quick => new()
    {
        Boot = TimeSpan.FromSeconds(15),
        Reach = TimeSpan.FromSeconds(20),
        RentShows = TimeSpan.FromSeconds(3),
        Approval = TimeSpan.FromSeconds(60),
        Report = TimeSpan.FromMilliseconds(500),
        DestroyAgain = TimeSpan.FromSeconds(5),
    };

    public static async Task<EngineStage> StartAsync(Waits? waits = null)
    {
        var root = Directory.CreateTempSubdirectory("lodger-acc-").FullName;
        var market = await MarketStage.StartAsync(root);
        var key = Path.Combine(root, "id");
        var made = await ChildProcess.RunAsync(
            new ChildCommand { Program = "ssh-keygen", Arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "lodger@test", "-f", key], Timeout = TimeSpan.FromSeconds(10) },
            TimeProvider.System,
            CancellationToken.None);
        made.Value.Succeeded.ShouldBeTrue();
        var vast = new VastClient(new VastOptions { BaseUrl = new Uri(market.Access.Url), ApiKey = new ApiKey(market.Access.ApiKey, "test"), StartSpacing = TimeSpan.Zero });
        var profile = ProfileReader.VastAi;
        var box = new SshBox(new SshOptions { IdentityFile = key, KnownHostsDirectory = Path.Combine(root, "known") }, profile, TimeProvider.System);
        var opened = new OpenAccount(
            "local", new VastMarket(vast, "local marketplace"), box, profile, new Uri(market.Access.Url), (await File.ReadAllTextAsync(key + ".pub")).Trim(), key);
        return new EngineStage(root, market, waits ?? Quick, opened, vast);
    }

    public Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Outcome<OpenAccount>>(account);

    /// <summary>Submits a job whose command is this shell text.</summary>
    public async Task<string> SubmitAsync(string run, Func<JobSpec, JobSpec>? change = null)
    {
        var spec = new JobSpec
        {
            Name = "job",
            Image = "python:3.12-slim",
            Gpu = new GpuRequest([], 1, null),
            DiskGb = 10,
            Run = run,
            Results = ["out"],
            Teardown = TeardownMode.WhenVerified,
        };
        spec = change?.Invoke(spec) ?? spec;
        var offers = await account.Market.SearchAsync("num_gpus=1", spec.DiskGb, true, CancellationToken.None);
        var submitted = await Board.SubmitAsync(
            new Submission(spec, "local", offers.Value.MinBy(o => o.GpuUsdPerHour)!, 1m, Path.Combine(Root, "results"), "test", new Dictionary<string, string>()), CancellationToken.None);
        return submitted.Value.State.Id;
    }

    public JobState State(string job) => Board.Find(job).Value.State;

    /// <summary>Waits, bounded, until the job is as wanted; fails with its whole journal.</summary>
    public async Task<JobState> UntilAsync(string job, Func<JobState, bool> wanted)
    {
        var end = DateTimeOffset.UtcNow + Limit;
        while (DateTimeOffset.UtcNow < end)
        {
            var state = State(job);
            if (wanted(state))
                return state;
            await Task.Delay(50);
        }

        throw new TimeoutException($"{job} did not get there. {Board.Find(job).Value.Live}\n{Story(job)}");
    }

    public string Story(string job) => string.Join('\n', Board.Events(job, 0).Skip(1).Select(e => $"{e.At:mm:ss.fff} {e.Event}").Concat(Log.Lines.Distinct()));

    public async ValueTask DisposeAsync()
    {
        await Board.DisposeAsync();
        journal.Dispose();
        client.Dispose();
        await Market.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}
