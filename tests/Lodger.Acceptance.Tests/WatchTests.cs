using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lodger.Acceptance.Tests.Scenarios;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Engine.Doctor;
using Lodger.Tests.Shared;

namespace Lodger.Acceptance.Tests;

/// <summary>The doctor against machines on which things really go wrong: what it does not say of what is only near, what it says, and what is left once it was mended.</summary>
public sealed class WatchTests
{
    private const string State = "/workspace/.lodger/state";
    private const string Incomplete = "/dev/shm/hf/hub/m/blobs/x.incomplete";
    private const string OnDataDisk = "/root/.cache/huggingface/hub/m/blobs/x.incomplete";

    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    /// <summary>The engine's time is moved on by an hour: nobody is to lose patience meanwhile, but with the rental that loads for ever.</summary>
    private static readonly Domain.Reconcile.Waits Patient = EngineStage.Quick with
    {
        Boot = TimeSpan.FromMinutes(20),
        Reach = TimeSpan.FromHours(5),
        Send = TimeSpan.FromHours(5),
        Approval = TimeSpan.FromHours(5),
        StartAgain = TimeSpan.FromHours(5),
        Mirror = TimeSpan.FromSeconds(1.5),
        AskAgain = TimeSpan.FromSeconds(1),
    };

    private readonly MovableTime time = new();
    private readonly List<Scenario> done = [];
    private EngineStage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_gotcha_is_found_while_it_is_there_and_not_before_and_not_after()
    {
        await using var started = stage = await EngineStage.StartAsync(Patient, time: time);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var offers = (await stage.Adapter.SearchAsync("num_gpus=1", 10, true, Token)).Value;
        var machines = offers.GroupBy(o => o.MachineId).Where(g => g.Count() == 1).Select(g => g.Single()).ToList();
        var (forMain, forBid, forLoading, forKey, forData, forDone) = (machines[0], machines[1], machines[2], machines[3], machines[4], machines[5]);
        await stage.Market.ControlAsync("creates", new { boot = "stuck", offer_id = Id(forLoading) });

        // Inside a sandbox ports are this machine's: one that is free.
        var port = FreePort.Next();
        var loading = await SubmitAsync("loading", forLoading, "true");
        var main = await SubmitAsync("main", forMain, "while :; do [ -e /tmp/quiet ] || echo step; sleep 0.3; done", s => s with { Ports = [$"{port}/tcp"], Env = new Dictionary<string, string> { ["HF_HOME"] = "/dev/shm/hf" } });
        var bid = await SubmitAsync(
            "bid", forBid, "mkdir -p ckpt; until [ -e /tmp/write ]; do sleep 0.3; done; echo '{\"step\": 7}' >ckpt/a.tmp; mv ckpt/a.tmp ckpt/step-7.json; sleep 600",
            s => s with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*.json"], Offers = $"machine_id={forBid.MachineId}" }, forBid.MinBidUsdPerHour!.Value * 1.3m);
        var key = await SubmitAsync("key", forKey, "sleep 600");
        var data = await SubmitAsync("data", forData, "true", s => s with { Data = [new DataSource($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/never", "x", null)] });
        foreach (var job in (string[])[main, bid, key])
            await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
        var rental = stage.State(main).Current!.RentalId!;
        await IsSilentAsync(loading, WatchScenarios.Loading);

        await SpeaksAsync(main, [WatchScenarios.Starved], near: LooksAsync(main, 2), make: LooksAsync(main, 13), mend: async () => { await SymptomsAsync(main, new { gpu_busy_percent = 95 }); await LooksAsync(main, 1)(); });
        await SymptomsAsync(main, new { });

        await stage.UntilAsync(data, s => s.Current is { PayloadDeliveredAt: not null });
        await UntilAsync(data, l => l.Probe?.Report is { Phase: BoxPhase.Fetching });
        await SpeaksAsync(data, [WatchScenarios.Zombie], () => SymptomsAsync(data, new { gpu_memory_used_mb = 800 }), () => SymptomsAsync(data, new { gpu_memory_used_mb = 20_000 }), () => SymptomsAsync(data, new { }));

        await SpeaksAsync(
            key, [WatchScenarios.KeyRefused],
            near: async () => { await stage.Market.DetachKeysAsync(stage.State(key).Current!.RentalId!); await LinesAsync(key, "cut"); await stage.UntilAsync(key, _ => stage.Board.Find(key).Value.Live.BoxProblem is { Id: not "ssh-key-refused" }); },
            make: () => LinesAsync(key, "ok"),
            mend: () => stage.AttachKeyAsync(stage.State(key).Current!.RentalId!));

        await SpeaksAsync(loading, [WatchScenarios.Loading], near: null, make: () => SkipAsync(6), mend: () => SkipAsync(20));
        await SpeaksAsync(bid, [WatchScenarios.NoCopy], near: () => Task.CompletedTask, make: () => SkipAsync(40), mend: On(bid, "touch /tmp/write"));
        await SpeaksAsync(
            bid, [WatchScenarios.Preempted], () => stage.Market.ControlAsync($"machines/{forBid.MachineId}/price", new { factor = 1.1 }),
            () => stage.Market.ControlAsync($"instances/{stage.State(bid).Current!.RentalId}/outbid", new { }), () => stage.Market.ControlAsync($"instances/{stage.State(bid).Current!.RentalId}/release", new { }));

        await SpeaksAsync(
            main,
            [WatchScenarios.Loopback, WatchScenarios.Stalled, WatchScenarios.HubCache, WatchScenarios.Frozen, WatchScenarios.FullDisk, WatchScenarios.Clock, WatchScenarios.Memory],
            near: async () =>
            {
                await On(main, $"touch /tmp/quiet; sleep 0.5; touch -d '6 minutes ago' {State}/phase /workspace/.lodger/*.log; mkdir -p {Path.GetDirectoryName(OnDataDisk)}; head -c 1000 /dev/zero >{OnDataDisk}; {Serve(port, "0.0.0.0")}")();
                await FillAsync(rental, "bytes", 3_000_000_000);
                await SymptomsAsync(main, new { clock_ahead_seconds = 30, memory_limit_bytes = 64_000_000_000, memory_used_bytes = 32_000_000_000 });
            },
            make: async () =>
            {
                await On(main, $"rm {OnDataDisk}; mkdir -p {Path.GetDirectoryName(Incomplete)}; head -c 1000 /dev/zero >{Incomplete}; touch -d '10 minutes ago' {Incomplete}; touch -d '30 minutes ago' {State}/phase /workspace/.lodger/*.log; kill $(cat /tmp/server) && while kill -0 $(cat /tmp/server) 2>/dev/null; do sleep 0.1; done; {Serve(port, "127.0.0.1")}")();
                await FillAsync(rental, "bytes", 1_000_000);
                await SymptomsAsync(main, new { clock_ahead_seconds = 420, memory_limit_bytes = 64_000_000_000, memory_used_bytes = 63_500_000_000 });
            },
            mend: async () =>
            {
                await FillAsync(rental, "none", 0);
                await SymptomsAsync(main, new { });
                await On(main, $"rm {Incomplete} /tmp/quiet; kill $(cat /tmp/server) || true")();
            });
        await SymptomsAsync(main, new { oom_kills = 0 });
        await SpeaksAsync(main, [WatchScenarios.OomKill], () => Task.CompletedTask, () => SymptomsAsync(main, new { oom_kills = 1 }), () => SymptomsAsync(main, new { }));
        if (Long)
            await SpeaksAsync(main, [WatchScenarios.NoInodes], () => FillAsync(rental, "inodes", 20_000), () => FillAsync(rental, "inodes", 10), () => FillAsync(rental, "none", 0));

        await SpeaksAsync(
            main, [WatchScenarios.Silent], On(main, $"echo $(($(date +%s) - 60)) >{State}/heartbeat"), On(main, $"read -r pid _ <{State}/supervisor; kill -9 $pid; sleep 6; echo $(($(date +%s) - 600)) >{State}/heartbeat"),
            On(main, "setsid sh /workspace/.lodger/lodge.sh supervise </dev/null >/dev/null 2>&1 & sleep 1"));
        await SpeaksAsync(main, [WatchScenarios.EndsSoon], () => EndsAsync(rental, 86_400), () => EndsAsync(rental, 1800), () => EndsAsync(rental, 172_800));

        // Stopped, then told to run while somebody else has its GPU.
        await SpeaksAsync(main, [WatchScenarios.Stopped], near: null, make: () => stage.Market.ControlAsync($"instances/{rental}/stop", new { cause = "host" }), mend: null);
        await SpeaksAsync(
            main, [WatchScenarios.Waits],
            near: async () => { await stage.Market.ControlAsync($"instances/{rental}/rent_away", new { }); (await stage.Adapter.StartAsync(rental, Token)).IsOk.ShouldBeTrue(); await StandsAsync(main, RentalStatus.Scheduling); await IsSilentAsync(main, WatchScenarios.Stopped); },
            make: () => { time.Skip(TimeSpan.FromSeconds(40)); return Task.CompletedTask; },
            mend: () => stage.Market.ControlAsync($"instances/{rental}/release", new { }));
        await StandsAsync(main, RentalStatus.Running);
        await IsSilentAsync(main, WatchScenarios.Stopped);
        done.Add(WatchScenarios.Stopped);
        // A host that has gone lets ssh wait for its whole time.
        if (Long)
            await SpeaksAsync(main, [WatchScenarios.Offline], () => Task.CompletedTask, () => stage.Market.ControlAsync($"machines/{forMain.MachineId}/offline", new { }), () => stage.Market.ControlAsync($"machines/{forMain.MachineId}/online", new { }));

        await stage.Market.ControlAsync("faults", new { endpoint = "destroy", kind = "status", count = 100_000 });
        var ended = await SubmitAsync("ended", forDone, "mkdir -p out; echo '{\"done\": 1}' >out/a.json");
        await stage.UntilAsync(ended, s => s.Current is { DestroyIntendedAt: not null });
        await SpeaksAsync(ended, [WatchScenarios.NotGone], () => Task.CompletedTask, () => SkipAsync(6), async () => { await stage.Market.ForgetFaultsAsync(); await stage.ClosedAsync(ended); });

        await SpeaksAsync(main, [WatchScenarios.Broke], () => BalanceAsync(5), () => BalanceAsync(0), () => BalanceAsync(5));
        done.ShouldBe(WatchScenarios.All.Where(s => Long || !s.IsLong), ignoreOrder: true);
    }

    /// <summary>Several at once, where one look sees them all. What is made is looked for until it shows: the platform and the machine take their time.</summary>
    private async Task SpeaksAsync(string job, IReadOnlyList<Scenario> scenarios, Func<Task>? near, Func<Task> make, Func<Task>? mend)
    {
        if (near is not null)
        {
            await near();
            foreach (var scenario in scenarios)
                await IsSilentAsync(job, scenario);
        }

        await make();
        await UntilAsync(job, look => scenarios.All(s => look.Findings.Any(f => Is(f, s) && f.Evidence.Length > 0 && f.Fix.Length > 0)));
        if (mend is null)
            return;
        await mend();
        await UntilAsync(job, look => !scenarios.Any(s => look.Findings.Any(f => Is(f, s))));
        done.AddRange(scenarios);
    }

    private async Task IsSilentAsync(string job, Scenario scenario)
    {
        var look = await LookAsync(job);
        look.Findings.Any(f => Is(f, scenario)).ShouldBeFalse($"{scenario.Rule} on {scenario.Near}: {string.Join('\n', look.Findings)}");
    }

    private static bool Is(Finding finding, Scenario scenario) => finding.Id == scenario.Rule && finding.Severity >= scenario.Says;

    private async Task<CheckUp> LookAsync(string job) => (await stage.Board.DoctorAsync(job, Token)).Value;

    private async Task UntilAsync(string job, Func<CheckUp, bool> wanted)
    {
        var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(3);
        while (true)
        {
            var look = await LookAsync(job);
            if (wanted(look))
                return;
            if (DateTimeOffset.UtcNow > end)
                throw new TimeoutException($"The doctor says: {string.Join('\n', look.Findings)} {string.Join('\n', look.Unknown)} {look.Rental} {look.Probe}\n{stage.Story(job)}");
            await Task.Delay(200, Token);
        }
    }

    private async Task<string> SubmitAsync(string name, Offer offer, string run, Func<JobSpec, JobSpec>? change = null, decimal? bid = null)
    {
        var spec = new JobSpec { Name = name, Image = "python:3.12-slim", Gpu = new GpuRequest([], 1, null), DiskGb = 10, Run = run, Results = ["out"], Teardown = TeardownMode.WhenVerified };
        var submission = new Engine.Jobs.Submission(change?.Invoke(spec) ?? spec, "local", offer, 1m, Path.Combine(stage.Root, "results", name), "test", new Dictionary<string, string>(), bid);
        return (await stage.Board.SubmitAsync(submission, Token)).Value.State.Id;
    }

    /// <summary>So many looks of the engine's own at a running command, eleven seconds apart by its time.</summary>
    private Func<Task> LooksAsync(string job, int count) => async () =>
    {
        for (var i = 0; i < count; i++)
        {
            time.Skip(TimeSpan.FromSeconds(11));
            var since = time.GetUtcNow();
            await stage.UntilAsync(job, _ => stage.Board.Find(job).Value.Live.Busy is [.., var newest] && newest.At >= since);
        }
    };

    private Task SkipAsync(int minutes)
    {
        time.Skip(TimeSpan.FromMinutes(minutes));
        return Task.CompletedTask;
    }

    private Task StandsAsync(string job, RentalStatus status) => UntilAsync(job, look => look.Rental?.Status == status && stage.State(job).Current!.LastStatus == status);

    private Func<Task> On(string job, string command) => () => stage.ExecAsync(job, command);

    private static string Serve(int port, string address) => $"{{ nohup python3 -m http.server --bind {address} {port} >/tmp/s 2>&1 & echo $! >/tmp/server; }}";

    private Task SymptomsAsync(string job, object symptoms) => stage.Market.ControlAsync($"instances/{stage.State(job).Current!.RentalId}/symptoms", symptoms);

    private async Task LinesAsync(string job, string line)
    {
        foreach (var which in (string[])["direct", "proxy"])
            await stage.Market.ControlAsync($"instances/{stage.State(job).Current!.RentalId}/{which}", new { line });
    }

    private Task FillAsync(string rental, string what, long left) => stage.Market.ControlAsync($"instances/{rental}/fill", new { what, left });

    private Task EndsAsync(string rental, int seconds) => stage.Market.ControlAsync($"instances/{rental}/end", new { in_seconds = seconds });

    private Task BalanceAsync(decimal usd) => stage.Market.ControlAsync("balance", new { balance = usd });

    private static long Id(Offer offer) => long.Parse(offer.Id, CultureInfo.InvariantCulture);
}
