using System.Globalization;
using System.Text.Json;
using Lodger.Cli.Commands;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Cli.Demo;

/// <summary>The demo's story: what is about to happen, the job itself as <c>lodger run</c> shows it, and what it came to.</summary>
internal sealed class DemoRun(Surroundings around, DemoStage stage, DemoExample example)
{
    private static readonly string[] Alternatives = ["RTX 4080", "RTX 3090", "RTX A4000"];
    private readonly Screen screen = around.Screen;

    /// <param name="steps">Null for as many as the example has.</param>
    public async Task<ExitCode> RunAsync(bool yes, int? steps, CancellationToken cancellationToken)
    {
        try
        {
            return await PlayAsync(yes, steps, cancellationToken);
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

    private async Task<ExitCode> PlayAsync(bool yes, int? steps, CancellationToken cancellationToken)
    {
        screen.Hang("", "This trains a small network on real handwritten digits, on a machine rented from a marketplace that runs here for the occasion. Its money is play money; ssh, rsync, the meter and the job are real.");
        screen.Line();
        if (!JobSpecReader.Read(example.SpecFile, ProfileReader.VastAi).Then(reading => reading.ToOutcome()).TryGet(out var spec, out var problem))
            return screen.Fail(problem);
        // Several kinds, so that there is something to choose from.
        spec = spec with { Gpu = spec.Gpu with { Names = [.. spec.Gpu.Names, .. Alternatives] } };
        if (steps is { } few)
            spec = spec with { Run = string.Create(CultureInfo.InvariantCulture, $"{spec.Run} --steps {few}") };
        if (!(await Preparation.MakeAsync(stage.Inner, new SpecRead(spec, []), fixScripts: false, mayAsk: false, cancellationToken)).TryGet(out var ready, out problem))
            return screen.Fail(problem);
        if (!(await stage.RaiseAsync(cancellationToken)).TryGet(out var server, out problem))
            return screen.Fail(problem);
        using (server)
        {
            var wish = new RunWish
            {
                Job = ready,
                Account = AccountNames.Local,
                ResultsDirectory = ResultsDirectory(),
                YesToRent = yes,
                YesToDestroy = yes,
                SurvivesCtrlC = false,
            };
            var end = await new JobRun(stage.Inner, server).RunAsync(wish, cancellationToken);
            if (end == ExitCode.Ok)
                Say(wish.ResultsDirectory);
            return end;
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
