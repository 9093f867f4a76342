using System.Globalization;
using System.Text.Json;
using Lodger.Domain.Box;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;
using Lodger.Engine;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Profile;
using Lodger.Engine.Volumes;
using Lodger.Remote;
using Lodger.Remote.Processes;
using Lodger.Remote.Ssh;
using Lodger.Vast;
using Lodger.Vast.Credentials;

namespace Lodger.Acceptance.Tests.Stage;

/// <param name="DestroyedAt">Null while it exists.</param>
internal sealed record LedgerContract(string Id, string Label, string? DestroyedAt);

/// <summary>The real engine with the real adapter, ssh and rsync against a <see cref="MarketStage"/>, all in this process.</summary>
internal sealed class EngineStage : IAccounts, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly OpenAccount account;
    private readonly VastClient client;
    private readonly JournalStore journal;
    private readonly TimeProvider time;
    private readonly Waits waits;

    private EngineStage(string root, MarketStage market, Waits waits, OpenAccount account, VastClient client, TimeProvider time)
    {
        this.time = time;
        Root = root;
        Market = market;
        this.account = account;
        this.client = client;
        var state = Directory.CreateDirectory(Path.Combine(root, "state")).FullName;
        journal = JournalStore.OpenFile(Path.Combine(state, "lodger.db")).Value;
        this.waits = waits;
        Board = MakeBoard(state);
    }

    private JobBoard MakeBoard(string state) => new(
        this,
        journal,
        new EngineOptions
        {
            StateDirectory = state,
            SecretsDirectory = Secrets,
            Waits = _ => waits,
            SweepEvery = TimeSpan.FromMilliseconds(300),
            ToolVersion = "test",
        },
        time,
        Log);

    public string Root { get; }

    public MarketStage Market { get; }

    public JobBoard Board { get; private set; }

    /// <summary>Warnings and defects of the engine.</summary>
    public KeptLog Log { get; } = new();

    public SshBox Box => (SshBox)account.Box;

    public IMarket Adapter => account.Market;

    public static Waits Quick => new()
    {
        Boot = TimeSpan.FromSeconds(60),
        Reach = TimeSpan.FromSeconds(60),
        RentCall = TimeSpan.FromSeconds(10),
        RentShows = TimeSpan.FromSeconds(3),
        DestroySettles = TimeSpan.FromSeconds(3),
        StartAgain = TimeSpan.FromSeconds(10),
        Approval = TimeSpan.FromSeconds(60),
        Report = TimeSpan.FromSeconds(1),
        AskAgain = TimeSpan.FromSeconds(5),
    };

    /// <param name="proxyMaxBytes">Null: as the profile says.</param>
    /// <param name="speed">Market seconds in one of ours.</param>
    /// <param name="time">The engine's; null: the system's.</param>
    public static async Task<EngineStage> StartAsync(Waits? waits = null, long? proxyMaxBytes = null, double speed = 1, TimeProvider? time = null)
    {
        var root = Directory.CreateTempSubdirectory("lodger-acc-").FullName;
        var market = await MarketStage.StartAsync(root, speed: speed);
        var key = Path.Combine(root, "id");
        var made = await ChildProcess.RunAsync(
            new ChildCommand { Program = "ssh-keygen", Arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "lodger@test", "-f", key], Timeout = TimeSpan.FromMinutes(3) },
            TimeProvider.System,
            CancellationToken.None);
        made.Value.Succeeded.ShouldBeTrue();
        var vast = new VastClient(new VastOptions { BaseUrl = new Uri(market.Access.Url), ApiKey = new ApiKey(market.Access.ApiKey, "test"), StartSpacing = TimeSpan.Zero });
        var profile = ProfileReader.VastAi with { ProxyTransferMaxBytes = proxyMaxBytes ?? ProfileReader.VastAi.ProxyTransferMaxBytes };
        var ssh = new SshOptions { IdentityFile = key, KnownHostsDirectory = Path.Combine(root, "known") };
        var box = new SshBox(ssh, profile, TimeProvider.System);
        var opened = new OpenAccount(
            "local", new VastMarket(vast, "local marketplace"), box, profile, new Uri(market.Access.Url), (await File.ReadAllTextAsync(key + ".pub")).Trim(), key)
        {
            Hosts = new HostRsync(ssh, profile, TimeProvider.System),
            Push = new VastPush(vast),
        };
        return new EngineStage(root, market, waits ?? Quick, opened, vast, time ?? TimeProvider.System);
    }

    public Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Outcome<OpenAccount>>(account);

    /// <summary>Submits a job whose command is this shell text.</summary>
    public async Task<string> SubmitAsync(string run, Func<JobSpec, JobSpec>? change = null, IReadOnlyDictionary<string, string>? secrets = null, bool bid = false, Offer? at = null, bool overProxy = false)
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
        var offer = at ?? (bid ? await CheapestBidAsync() : await CheapestAsync());
        decimal? price = bid ? offer.MinBidUsdPerHour * 1.2m : null;
        var submitted = await Board.SubmitAsync(
            new Submission(spec, "local", offer, 1m, Path.Combine(Root, "results"), "test", secrets ?? new Dictionary<string, string>(), price, OverProxy: overProxy), CancellationToken.None);
        return submitted.Value.State.Id;
    }

    public async Task<Offer> CheapestAsync() =>
        (await account.Market.SearchAsync("num_gpus=1", 10, true, CancellationToken.None)).Value.MinBy(o => o.GpuUsdPerHour)!;

    public async Task<Offer> CheapestBidAsync() =>
        (await account.Market.SearchAsync("num_gpus=1", 10, true, CancellationToken.None)).Value.Where(o => o.MinBidUsdPerHour > 0).MinBy(o => o.MinBidUsdPerHour)!;

    public VolumeDesk VolumeDesk() => new(Board, journal, TimeProvider.System);

    /// <summary>A person's yes to exactly what is shown now.</summary>
    public Outcome<JobSight> Approve(string job)
    {
        var state = State(job);
        return Board.Approve(job, ApprovalToken.For(state, state.Current!) ?? "", "test", state.Current!.Receipt?.HashOnly ?? []);
    }

    /// <summary>Runs a command on the job's machine as a person over ssh would, as soon as it can be reached.</summary>
    /// <param name="overProxy">Where the direct way is cut.</param>
    public Task ExecAsync(string job, string command, bool overProxy = false) => ExecOnAsync(State(job).Current!.RentalId!, command, overProxy);

    /// <summary>The same on a rental.</summary>
    public async Task ExecOnAsync(string id, string command, bool overProxy = false)
    {
        var end = DateTimeOffset.UtcNow + Limit;
        while (DateTimeOffset.UtcNow < end)
        {
            var rental = (await Adapter.ShowAsync(id, CancellationToken.None)).Value;
            if ((overProxy ? rental?.ProxySsh : rental?.DirectSsh) is { } endpoint
                && (await Box.ExecAsync(new BoxAddress(rental!.Id, endpoint, overProxy), command, TimeSpan.FromSeconds(20), CancellationToken.None)) is { IsOk: true, Value.ExitCode: 0 })
                return;
            await Task.Delay(100);
        }

        throw new TimeoutException($"Rental {id} did not take a command.");
    }

    /// <summary>As a person does in the platform's console for a rental that was made before the key.</summary>
    public async Task AttachKeyAsync(string rental)
    {
        var key = SshPublicKey.Parse(account.SshPublicKey).Value;
        (await client.AttachSshKeyAsync(long.Parse(rental, CultureInfo.InvariantCulture), key, CancellationToken.None)).IsOk.ShouldBeTrue();
    }

    /// <summary>Where a user keeps secrets in files.</summary>
    public string Secrets => Path.Combine(Root, "secrets");

    /// <summary>The engine ends and begins again with nothing but its journal.</summary>
    public async Task RestartAsync()
    {
        await Board.DisposeAsync().AsTask().WaitAsync(Limit);
        Board = MakeBoard(Path.Combine(Root, "state"));
        await Board.RecoverAsync(CancellationToken.None);
    }

    public string AtHome(string job, string path) => Path.Combine(State(job).Submission.ResultsDirectory, path);

    public Task<JobState> ClosedAsync(string job) => UntilAsync(job, s => s.Phase == JobPhase.Closed);

    /// <summary>Every contract that the marketplace ever made, from its own ledger.</summary>
    public async Task<IReadOnlyList<LedgerContract>> ContractsAsync() =>
    [
        .. (await Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().Select(c => new LedgerContract(
            c.GetProperty("id").ToString(), c.GetProperty("label").ToString(), c.GetProperty("destroyed_at").ValueKind == JsonValueKind.Null ? null : c.GetProperty("destroyed_at").ToString())),
    ];

    public async Task ShouldHaveDestroyedEverythingAsync(string job) =>
        (await ContractsAsync()).ShouldAllBe(c => c.DestroyedAt != null, Story(job));

    /// <summary>Lodger's own meter of each of the job's rentals against the marketplace's ledger: a second of everything and a tenth of a cent of traffic is all that may be unseen.</summary>
    public async Task ShouldHaveMeteredAsync(string job)
    {
        var contracts = (await Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().ToList();
        foreach (var rental in JobCost.Of(State(job), [], null, null, null, 1, DateTimeOffset.UtcNow).Rentals)
        {
            var charged = contracts.Single(c => c.GetProperty("id").ToString() == rental.RentalId).GetProperty("charges");
            decimal Charged(string part) => charged.GetProperty(part).GetDecimal();
            var bill = rental.Reckoned.ShouldNotBeNull();
            (bill.GpuUsd + bill.DiskUsd).ShouldBe(Charged("gpu_usd") + Charged("disk_usd"), rental.MarginUsd + 0.0003m, Story(job));
            (bill.UploadUsd + bill.DownloadUsd).ShouldBe(Charged("upload_usd") + Charged("download_usd"), 0.0015m, Story(job));
            bill.GpuUsd.ShouldBeGreaterThan(0);
        }
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
        await Board.DisposeAsync().AsTask().WaitAsync(Limit);
        journal.Dispose();
        client.Dispose();
        await Market.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}
