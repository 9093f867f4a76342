using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Acceptance.Tests;

/// <summary>
/// Real processes killed at random instants, in the middle of a write of a checkpoint, and in the middle of its copy: a few in every run, two hundred with
/// <c>./test --long</c>.
/// </summary>
public sealed class RandomPreemptionTests(ITestOutputHelper output)
{
    /// <summary>Steps between two checkpoints.</summary>
    private const int SaveEvery = 5;

    /// <summary>
    /// Every step hashes the one before it, and every start proves the whole chain of what it loads: a checkpoint that is torn, old or of another run ends the job with
    /// status 3. How far it was is written down apart, so that a start knows what it has to do again.
    /// </summary>
    private const string Chain = """
        cat >job.py <<'END'
        import hashlib, json, os, sys, time
        os.makedirs("ckpt", exist_ok=True)
        os.makedirs("out", exist_ok=True)
        def after(chain, step):
            return hashlib.sha256(f"{chain} {step}".encode()).hexdigest()
        state = {"step": 0, "chain": ""}
        if os.path.exists("ckpt/last.json"):
            with open("ckpt/last.json") as file:
                state = json.load(file)
            chain = ""
            for step in range(1, state["step"] + 1):
                chain = after(chain, step)
            if chain != state["chain"]:
                print("corrupt", flush=True)
                sys.exit(3)
        reached = int(open("reached").read() or 0) if os.path.exists("reached") else 0
        with open("out/starts.log", "a") as log:
            log.write(f"{state['step']} {reached}\n")
        while not os.path.exists("finish"):
            state["chain"] = after(state["chain"], state["step"] + 1)
            state["step"] += 1
            with open("reached.tmp", "w") as file:
                file.write(str(state["step"]))
            os.replace("reached.tmp", "reached")
            print(f"step {state['step']}", flush=True)
            if state["step"] % 5 == 0:
                text = json.dumps(state)
                with open("ckpt/last.json.tmp", "w") as file:
                    for piece in (text[:40], text[40:]):
                        file.write(piece)
                        file.flush()
                        time.sleep(0.03)
                    os.fsync(file.fileno())
                os.replace("ckpt/last.json.tmp", "ckpt/last.json")
            time.sleep(0.05)
        with open("out/result.json", "w") as file:
            json.dump(state, file)
        END
        exec python3 job.py
        """;

    private static Waits Brisk => EngineStage.Quick with { Mirror = TimeSpan.FromSeconds(1), OffersValid = TimeSpan.FromSeconds(5) };

    private static bool IsLong => Environment.GetEnvironmentVariable("LODGER_LONG") is "1";

    [Fact]
    public async Task However_it_is_killed_it_resumes_whole_from_its_last_checkpoint_and_no_verified_copy_is_lost()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        // Bubblewrap and ssh keep two cores busy with four jobs at once.
        var (jobs, each) = IsLong ? (4, 50) : (1, 4);
        var told = await Task.WhenAll(Enumerable.Range(0, jobs).Select(i => LiveAsync(new Random(seed + i), each)));
        var lost = told.SelectMany(t => t.Lost).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{told.Sum(t => t.Preemptions)} preemptions, {told.Sum(t => t.InWrite)} in a write, {told.Sum(t => t.InCopy)} in a copy; steps done again: mean {lost.Average():0.0}, most {lost.Max()}; seed {seed}"));
        lost.Max().ShouldBeLessThanOrEqualTo(SaveEvery, $"seed {seed}");
    }

    private static async Task<Told> LiveAsync(Random random, int preemptions)
    {
        await using var stage = await EngineStage.StartAsync(Brisk);
        // No other offer runs for this bid: it always goes on on its own machine.
        var job = await stage.SubmitAsync(
            Chain, s => s with { Rent = RentMode.Interruptible, Bid = new BidSpec(0.001m, null), Checkpoints = ["ckpt/*.json"], Work = TimeSpan.FromMinutes(10) }, bid: true);
        var rental = (await stage.UntilAsync(job, s => s.Mirrors.Count > 0)).Current!.RentalId!;
        var told = new Told();
        for (var i = 0; i < preemptions; i++)
        {
            var starts = Starts(stage, job);
            await PreemptAsync(stage, job, rental, random, told);
            await ShouldHaveItsCopiesAsync(stage, job);
            await Task.Delay(random.Next(500), TestContext.Current.CancellationToken);
            await stage.Market.ControlAsync($"instances/{rental}/release", new { });
            await stage.UntilAsync(job, s => s.Phase == JobPhase.Closed || (Starts(stage, job) > starts && s.Current is { Restart: null }));
            stage.State(job).Current!.Ended.ShouldBeNull(stage.Story(job));
        }

        await stage.ExecAsync(job, "touch /workspace/job/finish");
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.ShouldHaveSingleItem();
        var result = JsonNode.Parse(await File.ReadAllTextAsync(stage.AtHome(job, "out/result.json"), TestContext.Current.CancellationToken))!;
        result["chain"]!.ToString().ShouldBe(ChainOf(result["step"]!.GetValue<int>()));
        var began = (await File.ReadAllLinesAsync(stage.AtHome(job, "out/starts.log"), TestContext.Current.CancellationToken)).Select(l => l.Split(' ').Select(int.Parse).ToList()).ToList();
        began.Count.ShouldBeGreaterThan(preemptions);
        told.Lost.AddRange(began.Skip(1).Select(b => b[1] - b[0]));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
        return told;
    }

    private static async Task PreemptAsync(EngineStage stage, string job, string rental, Random random, Told told)
    {
        told.Preemptions++;
        switch (random.Next(3))
        {
            case 0:
                if (await stage.Market.TryControlAsync($"instances/{rental}/outbid_in_write", new { below = "/workspace/job/ckpt", within_seconds = 5, by = 5 }))
                {
                    told.InWrite++;
                    return;
                }

                break;
            case 1:
                for (var i = 0; i < 300; i++)
                {
                    if (stage.Board.Find(job).Value.Live.Work == "mirroring checkpoints")
                    {
                        told.InCopy++;
                        break;
                    }

                    await Task.Delay(10, TestContext.Current.CancellationToken);
                }

                break;
            default:
                await Task.Delay(random.Next(2000), TestContext.Current.CancellationToken);
                break;
        }

        await stage.Market.ControlAsync($"instances/{rental}/outbid", new { by = 5 });
    }

    /// <summary>Every copy that the journal calls verified is there, as it was verified; a newer one may be taking its place at this moment, and is named right after.</summary>
    private static async Task ShouldHaveItsCopiesAsync(EngineStage stage, string job)
    {
        foreach (var path in stage.State(job).Mirrors.Keys)
        {
            var file = stage.AtHome(job, Path.Combine(".lodger", "mirror", path));
            var isWhole = false;
            for (var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(3); !isWhole && DateTimeOffset.UtcNow < end;)
            {
                isWhole = stage.State(job).Mirrors[path].Sha256 == Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)));
                if (!isWhole)
                    await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            isWhole.ShouldBeTrue($"the copy of {path}\n{stage.Story(job)}");
        }
    }

    private static int Starts(EngineStage stage, string job) => stage.Board.Events(job, 0).Count(e => e.Event is RunRestarted);

    private static string ChainOf(int steps)
    {
        var chain = "";
        for (var step = 1; step <= steps; step++)
            chain = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{chain} {step}")));
        return chain;
    }

    private sealed class Told
    {
        public int Preemptions { get; set; }

        public int InWrite { get; set; }

        public int InCopy { get; set; }

        public List<int> Lost { get; } = [];
    }
}
