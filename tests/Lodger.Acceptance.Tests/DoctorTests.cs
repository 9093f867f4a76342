using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Engine.Doctor;
using Lodger.Engine.Jobs;

namespace Lodger.Acceptance.Tests;

/// <summary>The doctor against machines on which things really go wrong: what it says first, what it does not say of what is only near, and what is left once it was mended.</summary>
public sealed class DoctorTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_gotcha_of_a_running_job_is_found_while_it_is_there_and_not_before_and_not_after()
    {
        const string state = "/workspace/.lodger/state";
        await using var stage = await EngineStage.StartAsync();
        // Inside a sandbox ports are this machine's: one that is free.
        var port = FreePort();
        var job = await stage.SubmitAsync("sleep 600", s => s with { Ports = [$"{port}/tcp"] });
        await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
        var id = stage.State(job).Current!.RentalId!;
        var machine = (await stage.Adapter.ShowAsync(id, Token)).Value!.MachineId;
        var table = new List<string>();
        (await LookAsync(stage, job)).Findings.ShouldAllBe(f => f.Severity == Severity.Note);

        await Scenario("VAST6", On($"nohup python3 -m http.server --bind 127.0.0.1 {port} >/tmp/s 2>&1 & echo $! >/tmp/server"),
            near: On($"kill $(cat /tmp/server); nohup python3 -m http.server --bind 0.0.0.0 {port} >/tmp/s 2>&1 & echo $! >/tmp/server"), mend: On("kill $(cat /tmp/server)"));
        await Scenario("stalled-download", On($"mkdir -p /workspace/.cache/huggingface/hub/m/blobs && head -c 1000 /dev/zero >/workspace/.cache/huggingface/hub/m/blobs/x.incomplete && touch -d '10 minutes ago' /workspace/.cache/huggingface/hub/m/blobs/x.incomplete {state}/phase /workspace/.lodger/*.log"),
            near: On("touch /workspace/.cache/huggingface/hub/m/blobs/x.incomplete"), mend: On($"rm /workspace/.cache/huggingface/hub/m/blobs/x.incomplete; touch {state}/phase"));
        await Scenario("frozen-log", On($"touch -d '30 minutes ago' {state}/phase /workspace/.lodger/*.log"),
            near: On($"touch -d '9 minutes ago' {state}/phase"), mend: On($"touch {state}/phase"), Severity.Note);
        await Scenario("VAST10", Control($"instances/{id}/fill", new { what = "bytes", left = 1_000_000 }),
            near: Control($"instances/{id}/fill", new { what = "bytes", left = 3_000_000_000 }), mend: Control($"instances/{id}/fill", new { what = "none" }));
        await Scenario("VAST10", Control($"instances/{id}/fill", new { what = "inodes", left = 10 }), near: null, mend: Control($"instances/{id}/fill", new { what = "none" }));
        // A host that has gone lets ssh wait for its whole time.
        if (Long)
            await Scenario("VAST7", Control($"machines/{machine}/offline", new { }), near: null, mend: Control($"machines/{machine}/online", new { }));
        await Scenario("VAST1", async () => (await stage.Adapter.StopAsync(id, Token)).IsOk.ShouldBeTrue(), near: null, mend: async () => (await stage.Adapter.StartAsync(id, Token)).IsOk.ShouldBeTrue());
        await UntilAsync(stage, job, l => l.Probe?.Report is { Phase: BoxPhase.Running });
        await Scenario("no-heartbeat", On($"read -r pid _ <{state}/supervisor; kill -9 $pid; sleep 6; echo $(($(date +%s) - 600)) >{state}/heartbeat"),
            near: On($"echo $(($(date +%s) - 60)) >{state}/heartbeat"), mend: On($"setsid sh /workspace/.lodger/lodge.sh supervise </dev/null >/dev/null 2>&1 & sleep 1"));
        await Scenario("contract-end", Control($"instances/{id}/end", new { in_seconds = 1800 }), near: Control($"instances/{id}/end", new { in_seconds = 86_400 }), mend: null);
        await Scenario("balance", Control("balance", new { balance = 0 }), near: Control("balance", new { balance = 5 }), mend: null);
        TestContext.Current.TestOutputHelper!.WriteLine("| rule | fires | near | mended |\n| --- | --- | --- | --- |\n" + string.Join('\n', table));

        // Pressed until it shows: the platform and the machine take their time.
        async Task Scenario(string rule, Func<Task> make, Func<Task>? near, Func<Task>? mend, Severity atLeast = Severity.Warning)
        {
            (await LookAsync(stage, job)).Findings.Any(Is).ShouldBeFalse(rule);
            await make();
            var fired = (await UntilAsync(stage, job, l => l.Findings.Any(Is))).Findings.First(Is);
            fired.Evidence.ShouldNotBeEmpty();
            foreach (var act in new[] { near, mend }.OfType<Func<Task>>())
            {
                await act();
                await UntilAsync(stage, job, l => !l.Findings.Any(Is));
            }

            table.Add($"| {rule} | {fired.Severity.ToString().ToLowerInvariant()}: {fired.Evidence} | {(near is null ? "-" : "silent")} | {(mend is null ? "-" : "silent")} |");

            bool Is(Finding f) => f.Id == rule && f.Severity >= atLeast;
        }

        Func<Task> On(string command) => () => stage.ExecAsync(job, command);

        Func<Task> Control(string path, object body) => () => stage.Market.ControlAsync(path, body);
    }

    [Fact]
    public async Task After_ten_failures_the_right_cause_is_named_first_in_all_ten()
    {
        // Each failure is to stand: nothing is tried again on another host.
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Boot = TimeSpan.FromSeconds(20), Replace = TimeSpan.Zero });
        var offers = (await stage.Adapter.SearchAsync("num_gpus=1", 10, true, Token)).Value.GroupBy(o => o.MachineId).Select(g => g.First()).Take(10).ToList();
        (string Name, string Cause, string Run, Func<JobSpec, JobSpec>? Change, string? Boot)[] staged =
        [
            ("module", "command-failed", "python3 -c 'import no_such_package_anywhere'", null, null),
            ("status", "command-failed", "echo about to fail; exit 3", null, null),
            ("crlf", "crlf", "printf 'frobnicate\\r\\n' > r.sh; bash r.sh", null, null),
            ("full", "VAST10", "while head -c 1000000 /dev/zero >> big; do sleep 0.5; done; exit 1", null, null),
            ("setup", "setup", "true", s => s with { Setup = "echo no such wheel; exit 4" }, null),
            ("data", "data", "true", s => s with { Data = [new DataSource(new Uri(new Uri(stage.Market.Access.Url), "/nothing/here").ToString(), "x.bin", null)] }, null),
            ("cuda", "VAST5", "true", s => s with { Env = new Dictionary<string, string> { ["CUDA_VERSION"] = "99.1" } }, null),
            ("gpu", "gpu-missing", "true", null, "no_gpu"),
            ("image", "image-cannot-start", "true", null, "image_error"),
            ("stuck", "VAST13", "true", null, "stuck"),
        ];
        var jobs = new List<(string Name, string Cause, string Job)>();
        for (var i = 0; i < staged.Length; i++)
        {
            var (name, cause, run, change, boot) = staged[i];
            if (boot is not null)
                await stage.Market.ControlAsync("creates", new { boot, offer_id = long.Parse(offers[i].Id, System.Globalization.CultureInfo.InvariantCulture) });
            jobs.Add((name, cause, await SubmitAsync(stage, offers[i], name, run, s => (change ?? (x => x))(s) with { Teardown = TeardownMode.Ask })));
        }

        var full = jobs.Single(j => j.Name == "full").Job;
        var filling = await stage.UntilAsync(full, s => s.Current is { StartedAt: not null });
        await stage.Market.ControlAsync($"instances/{filling.Current!.RentalId}/fill", new { what = "bytes", left = 0 });
        var said = new List<string>();
        foreach (var (name, cause, job) in jobs)
        {
            await stage.UntilAsync(job, s => s.Closed is not null || s.Current is { Receipt: not null } or { Failure: not null } or { GivenUp: not null });
            var look = await LookAsync(stage, job);
            said.Add($"{name}: {string.Join(" | ", look.Findings.Select(f => $"{f.Id}: {f.Evidence}"))}");
            look.Moment.ShouldBe(Moment.PostMortem);
            (look.Findings.Count == 0 ? "nothing" : look.Findings[0].Id).ShouldBe(cause, $"{said[^1]}\n{stage.Story(job)}");
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', said));
    }

    [Fact]
    public async Task A_healthy_market_gives_nothing_above_a_note()
    {
        var (count, seconds) = Long ? (20, 1800) : (3, 6);
        await using var stage = await EngineStage.StartAsync();
        var offers = (await stage.Adapter.SearchAsync("num_gpus=1", 10, true, Token)).Value.Take(count).ToList();
        var jobs = new List<string>();
        foreach (var (offer, i) in offers.Select((o, i) => (o, i)))
        {
            var run = $"i=0; while [ $i -lt {seconds} ]; do i=$((i + 1)); echo step $i/{seconds}; sleep 1; done; mkdir -p out; echo '{{\"done\": true}}' > out/metrics.json";
            jobs.Add(await SubmitAsync(stage, offer, $"job{i}", run, s => s));
        }

        var seen = new List<string>();
        while (jobs.Any(j => stage.State(j).Closed is null))
        {
            seen.AddRange(stage.Board.Doctor().SelectMany(l => l.Findings.Where(f => f.Severity > Severity.Note).Select(f => $"{l.Job}: {f}")));
            foreach (var job in jobs.Where(j => stage.State(j).Current is { StartedAt: not null, DestroyIntendedAt: null, IsOver: false }))
                seen.AddRange((await LookAsync(stage, job)).Findings.Where(f => f.Severity > Severity.Note).Select(f => $"{job}: {f}"));
            await Task.Delay(Long ? 10_000 : 500, Token);
        }

        seen.ShouldBeEmpty();
        jobs.Count.ShouldBe(count);
        jobs.ShouldAllBe(j => stage.State(j).Closed!.Outcome == JobOutcome.Succeeded);
    }

    /// <summary>With results of its own.</summary>
    private static async Task<string> SubmitAsync(EngineStage stage, Offer offer, string name, string run, Func<JobSpec, JobSpec> change)
    {
        var spec = change(new JobSpec { Name = name, Image = "python:3.12-slim", Gpu = new GpuRequest([], 1, null), DiskGb = 10, Run = run, Results = ["out"], Teardown = TeardownMode.WhenVerified });
        return (await stage.Board.SubmitAsync(new Submission(spec, "local", offer, 1m, Path.Combine(stage.Root, "results", name), "test", new Dictionary<string, string>()), Token)).Value.State.Id;
    }

    private static async Task<CheckUp> LookAsync(EngineStage stage, string job) => (await stage.Board.DoctorAsync(job, Token)).Value;

    private static async Task<CheckUp> UntilAsync(EngineStage stage, string job, Func<CheckUp, bool> wanted)
    {
        var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(3);
        while (true)
        {
            var look = await LookAsync(stage, job);
            if (wanted(look))
                return look;
            if (DateTimeOffset.UtcNow > end)
                throw new TimeoutException($"The doctor says: {string.Join('\n', look.Findings)} {string.Join('\n', look.Unknown)} {look.Rental} {look.Probe}\n{stage.Story(job)}");
            await Task.Delay(200, Token);
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
