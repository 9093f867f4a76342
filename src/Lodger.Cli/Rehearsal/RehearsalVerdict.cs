using Lodger.Cli.Composition;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Remote.Script;
using Lodger.Server.Api;

namespace Lodger.Cli.Rehearsal;

internal enum CheckState
{
    Ok,
    Bad,

    /// <summary>It could not be seen.</summary>
    Unknown,
}

/// <summary>One thing that was looked at.</summary>
internal sealed record RehearsalCheck(CheckState State, string What);

/// <summary>What a rehearsal came to.</summary>
/// <param name="Passed">Nothing bad was seen, and as many preemptions were made as were meant to be.</param>
/// <param name="StepsLost">Done again after all preemptions together; null: unknown.</param>
/// <param name="WasTooShort">It was over before all preemptions could be made.</param>
internal sealed record RehearsalVerdict(bool Passed, bool WasTooShort, IReadOnlyList<RehearsalCheck> Checks, long? StepsLost)
{
    public static RehearsalVerdict Of(JobSpec spec, int wanted, IReadOnlyList<Trouble> troubles, IReadOnlyList<JournalEntry> events, JobView hit, JobView plain)
    {
        List<RehearsalCheck> checks = [];
        long? lost = 0;
        for (var i = 0; i < troubles.Count; i++)
        {
            var until = i + 1 < troubles.Count ? troubles[i + 1].AfterSequence : long.MaxValue;
            var (check, steps) = After(troubles[i], events, until, hit);
            checks.Add(check);
            lost += steps;
        }

        // A job that failed after a preemption is not too short.
        var wasTooShort = troubles.Count < wanted && hit.ExitCode == 0;
        if (wasTooShort)
            checks.Add(new(CheckState.Bad, $"only {troubles.Count} of {wanted} preemptions could be made before it was over: rehearse more work, for example  rehearse: {{run: ...}}  with more steps, or write checkpoints more often"));
        foreach (var finding in events.Select(e => e.Event).OfType<VerificationFailed>().SelectMany(e => e.Findings).DistinctBy(f => f.Path))
            checks.Add(new(CheckState.Bad, $"a machine was left with {finding.Path} damaged: {finding.Message} On a real rental that bills its disk until you say what is to become of it. Write beside it and rename: a whole file is there at every moment"));
        checks.Add(End("with preemptions", hit));
        checks.Add(End("without", plain));
        if (hit.ExitCode == 0 && plain.ExitCode == 0)
            checks.Add(Results(spec, hit.ResultsDirectory, plain.ResultsDirectory));
        return new RehearsalVerdict(checks.All(c => c.State != CheckState.Bad), wasTooShort, checks, lost);
    }

    private static (RehearsalCheck Check, long? StepsLost) After(Trouble trouble, IReadOnlyList<JournalEntry> events, long until, JobView job)
    {
        var seen = events.Where(e => e.Sequence > trouble.AfterSequence && e.Sequence <= until).Select(e => e.Event).OfType<ResumeSeen>().FirstOrDefault();
        if (seen is { FromZero: true })
            return (new(CheckState.Bad, $"{trouble.Said}: it began again at step {seen.Step}{(seen.CheckpointStep is { } there ? $" although a checkpoint of step {there} was there" : "")}"), null);
        if (seen is not null)
        {
            var reached = trouble.StepReached ?? seen.StepBefore;
            long? again = reached is { } step && seen.CheckpointStep is { } from ? Math.Max(0, step - from) : null;
            return (new(CheckState.Ok, $"{trouble.Said}: it went on {(seen.CheckpointStep is { } saved ? $"from its checkpoint of step {saved}" : $"(step {seen.Step} was the first that was seen)")}{(again is null ? "" : again == 0 ? ", nothing done again" : $", {Figures.Of((int)Math.Min(again.Value, int.MaxValue), "step")} done again")}"), again);
        }

        return job.ExitCode is not (null or 0)
            ? (new(CheckState.Bad, $"{trouble.Said}: it did not go on; the command exited with {job.ExitCode}"), null)
            : (new(CheckState.Unknown, $"{trouble.Said}: it says no step, so that nobody can see where it went on (progress: in the job's file)"), null);
    }

    /// <summary>The last rental is gone, and an earlier one is not, because of what it holds.</summary>
    public static bool KeepsDamaged(IReadOnlyList<JournalEntry> events)
    {
        var last = events.Select(e => e.Event).OfType<AttemptEvent>().Select(e => e.Attempt).DefaultIfEmpty().Max();
        var failed = events.Select(e => e.Event).OfType<VerificationFailed>().Where(e => e.Attempt < last).Select(e => e.Attempt).ToHashSet();
        failed.ExceptWith(events.Select(e => e.Event).OfType<DestroyConfirmed>().Select(e => e.Attempt));
        return failed.Count > 0 && events.Any(e => e.Event is DestroyConfirmed gone && gone.Attempt == last);
    }

    private static RehearsalCheck End(string which, JobView job) => job.Outcome == JobOutcome.Succeeded || job is { Outcome: null, ExitCode: 0 }
        ? new(CheckState.Ok, $"{which}: finished, results home and whole")
        : new(CheckState.Bad, $"{which}: {(job.ExitCode is { } code ? $"the command exited with {code}" : job.Problem?.Message ?? "it did not finish")}");

    private static RehearsalCheck Results(JobSpec spec, string hit, string plain)
    {
        var names = Files(spec, plain).Union(Files(spec, hit), StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var different = names.Where(n => FileHash.Of(Path.Combine(hit, n)) is not { } hash || hash != FileHash.Of(Path.Combine(plain, n))).ToList();
        if (different.Count == 0)
            return new(CheckState.Ok, $"the results of both are identical, byte for byte ({Figures.Of(names.Count, "file")})");
        var list = string.Join(", ", different.Take(3)) + (different.Count > 3 ? $" and {different.Count - 3} more" : "");
        return spec.Rehearse.IsDeterministic
            ? new(CheckState.Bad, $"the results differ from the uninterrupted run's: {list}. Something that they depend on is not in the checkpoint: optimizer, random state, position in the data?")
            : new(CheckState.Unknown, $"the results differ from the uninterrupted run's: {list}. If they should not:  rehearse: {{deterministic: true}}");
    }

    private static IEnumerable<string> Files(JobSpec spec, string directory) => !Directory.Exists(directory)
        ? []
        : Directory.EnumerateFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Select(f => Path.GetRelativePath(directory, f))
            .Where(f => !f.StartsWith(".lodger/", StringComparison.Ordinal) && spec.Results.Any(p => ResultPattern.Matches(p, f)));
}
