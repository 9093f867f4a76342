using Lodger.Cli.Rehearsal;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests;

public sealed class RehearsalVerdictTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lodger-verdict-").FullName;

    private JobSpec Spec { get; } = Samples.Spec with { Results = ["out"], Rehearse = new RehearseSpec(null, new Dictionary<string, string>(), IsDeterministic: true) };

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_job_that_goes_on_from_its_checkpoint_each_time_passes_and_what_was_done_again_is_counted()
    {
        var verdict = Of([At(10, 25), At(20, 47)], [Resumed(12, 21, 20, false), Resumed(22, 41, 40, false)]);
        verdict.Passed.ShouldBeTrue(Text(verdict));
        verdict.StepsLost.ShouldBe(12);
    }

    [Fact]
    public void One_that_begins_at_zero_fails() =>
        Text(Of([At(10, 25)], [Resumed(12, 1, 20, true)], bad: true)).ShouldContain("it began again at step 1 although a checkpoint of step 20 was there");

    [Fact]
    public void One_that_fails_after_a_kill_fails() => Text(Of([At(10, 25)], [], exit: 1, bad: true)).ShouldContain("it did not go on; the command exited with 1");

    [Fact]
    public void One_whose_step_nobody_sees_is_not_called_bad_for_it() =>
        Of([At(10, null)], []).Checks.ShouldContain(c => c.State == CheckState.Unknown && c.What.Contains("says no step", StringComparison.Ordinal));

    [Fact]
    public void Other_results_are_bad_only_where_the_job_claims_that_they_are_the_same()
    {
        Text(Of([At(10, 25)], [Resumed(12, 21, 20, false)], other: "2", bad: true)).ShouldContain("out/result");
        var unclaimed = Of([At(10, 25)], [Resumed(12, 21, 20, false)], other: "2", spec: Spec with { Rehearse = RehearseSpec.Default });
        unclaimed.Passed.ShouldBeTrue();
        unclaimed.Checks.ShouldContain(c => c.State == CheckState.Unknown && c.What.Contains("differ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_that_was_left_damaged_is_bad_and_does_not_keep_the_rehearsal_waiting()
    {
        List<JournalEntry> events = [Entry(11, new VerificationFailed(1, [new FileFinding("ckpt/last.json", "Damaged", "it was cut short.")])), Resumed(12, 21, 20, false)];
        RehearsalVerdict.KeepsDamaged(events).ShouldBeFalse();
        events.Add(Entry(13, new DestroyConfirmed(2, "r2", null)));
        RehearsalVerdict.KeepsDamaged(events).ShouldBeTrue();
        Text(Of([At(10, 25)], events, bad: true)).ShouldContain("left with ckpt/last.json damaged: it was cut short.");
        events.Add(Entry(14, new DestroyConfirmed(1, "r1", null)));
        RehearsalVerdict.KeepsDamaged(events).ShouldBeFalse();
    }

    [Fact]
    public void One_that_was_over_too_soon_has_not_passed()
    {
        var verdict = Of([At(10, 25)], [Resumed(12, 21, 20, false)], wanted: 3, bad: true);
        verdict.WasTooShort.ShouldBeTrue();
    }

    [Fact]
    public void What_is_rehearsed_is_the_jobs_own_with_what_it_says_of_rehearsals()
    {
        var spec = Samples.Spec with
        {
            Env = new Dictionary<string, string> { ["LR"] = "1", ["SEED"] = "3" },
            Rehearse = new RehearseSpec("python train.py --steps 20", new Dictionary<string, string> { ["LR"] = "2" }, true),
        };
        var adapted = RehearsalRun.Adapt(spec);
        adapted.Run.ShouldBe("python train.py --steps 20");
        adapted.Env.ShouldBe(new Dictionary<string, string> { ["LR"] = "2", ["SEED"] = "3" }, ignoreOrder: true);
        adapted.Rent.ShouldBe(RentMode.Interruptible);
        adapted.Teardown.ShouldBe(TeardownMode.WhenVerified);
        adapted.Workdir.ShouldBe($"/workspace/{spec.Name}");
        RehearsalRun.Adapt(Samples.Spec).Run.ShouldBe(Samples.Spec.Run);
    }

    private RehearsalVerdict Of(IReadOnlyList<Trouble> troubles, IReadOnlyList<JournalEntry> events, int exit = 0, string other = "1", int? wanted = null, bool bad = false, JobSpec? spec = null)
    {
        var hit = Ended("hit", exit, other);
        var plain = Ended("plain", 0, "1");
        var verdict = RehearsalVerdict.Of(spec ?? Spec, wanted ?? troubles.Count, troubles, events, hit, plain);
        verdict.Passed.ShouldBe(!bad, Text(verdict));
        return verdict;
    }

    private JobView Ended(string name, int exit, string result)
    {
        var directory = Path.Combine(root, name);
        Directory.CreateDirectory(Path.Combine(directory, "out"));
        Directory.CreateDirectory(Path.Combine(directory, ".lodger"));
        File.WriteAllText(Path.Combine(directory, "out", "result"), result);
        File.WriteAllText(Path.Combine(directory, ".lodger", "run.log"), name);
        return Samples.Job with { ResultsDirectory = directory, ExitCode = exit, Outcome = exit == 0 ? JobOutcome.Succeeded : JobOutcome.Failed };
    }

    private static Trouble At(long sequence, long? step) => new(TroubleKind.OutbidForGood, sequence, "r1", step, null, null);

    private static JournalEntry Resumed(long sequence, long step, long checkpoint, bool fromZero) => Entry(sequence, new ResumeSeen(2, step, null, checkpoint, fromZero));

    private static JournalEntry Entry(long sequence, JobEvent happened) => new(sequence, Samples.Start, happened);

    private static string Text(RehearsalVerdict verdict) => string.Join('\n', verdict.Checks);
}
