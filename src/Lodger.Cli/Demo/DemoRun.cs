using System.Globalization;
using System.Text.Json;
using Lodger.Cli.Commands;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Rehearsal;
using Lodger.Cli.Staging;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;
using Lodger.Remote.Processes;

namespace Lodger.Cli.Demo;

/// <summary>The demo's story: what is about to happen, the job itself as <c>lodger run</c> shows it, and what it came to.</summary>
internal sealed class DemoRun(Surroundings around, OwnStage stage, DemoExample example)
{
    private static readonly string[] Alternatives = ["RTX 4080", "RTX 3090", "RTX A4000"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AloneMax = TimeSpan.FromMinutes(10);
    private readonly Screen screen = around.Screen;

    /// <param name="yes">Nobody is asked.</param>
    /// <param name="spot">On bids, which others win and a host takes with it.</param>
    /// <param name="steps">Null for as many as the example has.</param>
    public async Task<ExitCode> RunAsync(bool yes, bool spot, int? steps, CancellationToken cancellationToken)
    {
        try
        {
            return await PlayAsync(yes, spot, steps, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            screen.Line();
            screen.Line("Interrupted: ending the demo's machine, marketplace and server.");
            await stage.DisposeAsync();
            screen.Line("They are gone; nothing is billing.");
            return ExitCode.Interrupted;
        }
    }

    private async Task<ExitCode> PlayAsync(bool yes, bool spot, int? steps, CancellationToken cancellationToken)
    {
        screen.Hang("", "This trains a small network on real handwritten digits, on a machine rented from a marketplace that runs here for the occasion. Its money is play money; ssh, rsync, the meter and the job are real.");
        if (spot)
            screen.Hang("", "The machines are had for bids. One is lost while a checkpoint is being written, one to somebody who pays more, and one with its whole host; the weights at the end are those of a run that nobody interrupted.");
        screen.Line();
        if (!JobSpecReader.Read(example.SpecFile, ProfileReader.VastAi).Then(reading => reading.ToOutcome()).TryGet(out var spec, out var problem))
            return screen.Fail(problem);
        // Several kinds, so that there is something to choose from.
        spec = spec with { Gpu = spec.Gpu with { Names = [.. spec.Gpu.Names, .. Alternatives] } };
        if (steps is { } few)
            spec = spec with { Run = string.Create(CultureInfo.InvariantCulture, $"{spec.Run} --steps {few}") };
        if (spot)
            spec = spec with { Rent = RentMode.Interruptible, Patience = Patience, Teardown = TeardownMode.WhenVerified };
        if (!(await Preparation.MakeAsync(stage.Inner, new SpecRead(spec, []), fixScripts: false, mayAsk: false, cancellationToken)).TryGet(out var ready, out problem))
            return screen.Fail(problem);
        if (!(await stage.RaiseAsync(cancellationToken)).TryGet(out var server, out problem))
            return screen.Fail(problem);
        using (server)
        using (var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            TroubleMaker? maker = null;
            var making = Task.CompletedTask;
            var wish = new RunWish
            {
                Job = ready,
                Account = AccountNames.Local,
                ResultsDirectory = ResultsDirectory(),
                YesToRent = yes,
                YesToDestroy = yes,
                SurvivesCtrlC = false,
                OnFollowed = (job, watch) =>
                {
                    if (!spot || stage.Door is not { } door)
                        return;
                    maker = TroubleMaker.Telling(screen, server, door, around.Time, watch);
                    making = maker.RunAsync(job.Id, RehearsalRun.Plan, over.Token);
                },
            };
            var end = await new JobRun(stage.Inner, server).RunAsync(wish, cancellationToken);
            await over.CancelAsync();
            await making.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end != ExitCode.Ok)
                return end;
            Say(wish.ResultsDirectory);
            return maker is null ? end : await CompareAsync(spec, wish.ResultsDirectory, maker.Made.Count, cancellationToken);
        }
    }

    /// <summary>A new one each time: results are never written over.</summary>
    private string ResultsDirectory()
    {
        var stamp = around.Time.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        return Path.Combine(around.CurrentDirectory, "results", $"digits-{stamp}");
    }

    private void Say(string results)
    {
        if (Accuracy(Path.Combine(results, "results", "metrics.json")) is { } accuracy)
            screen.Line($"  test accuracy {Figures.Number(accuracy * 100, "0.0")} % on digits that it had never seen");
        screen.Line();
        screen.Hang("", "The same with your own job: `lodger init`, then `lodger run job.yaml --market local`. For real money: `lodger login`.");
    }

    /// <summary>Whether the weights are those of the same training, done here without interruption.</summary>
    private async Task<ExitCode> CompareAsync(JobSpec spec, string results, int troubles, CancellationToken cancellationToken)
    {
        screen.Line();
        screen.Line($"Preempted {Figures.Of(troubles, "time")}. The same training here, uninterrupted, to compare:");
        var alone = Path.Combine(stage.Results, "alone");
        var command = new ChildCommand
        {
            Program = "sh",
            Arguments = ["-c", $"{spec.Run} --out \"$1\"", "sh", alone],
            WorkingDirectory = example.Directory,
            // The system's Python with its numpy, as on the rented machine, whatever else comes first here.
            Environment = new Dictionary<string, string?> { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ["PYTHONDONTWRITEBYTECODE"] = "1" },
            Timeout = AloneMax,
        };
        var ran = await ChildProcess.RunAsync(command, around.Time, cancellationToken);
        if (!ran.TryGet(out var done, out var problem))
            return screen.Fail(problem);
        const string weights = "results/model.safetensors";
        if (!done.Succeeded || FileHash.Of(Path.Combine(alone, weights)) is not { } hash)
            return screen.Fail(new Problem("comparison-failed", "The uninterrupted training did not end well.", "Run it by hand: examples/digits/train.py", ExitCode.JobFailed));
        var same = hash == FileHash.Of(Path.Combine(results, weights));
        screen.Line(same ? $"  identical, byte for byte: SHA-256 {hash[..16]}..." : "  [yellow]they differ[/]");
        return same ? ExitCode.Ok : ExitCode.NotVerified;
    }

    private static double? Accuracy(string metrics)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(metrics));
            return json.RootElement.TryGetProperty("test_accuracy", out var value) && value.TryGetDouble(out var accuracy) ? accuracy : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }
}
