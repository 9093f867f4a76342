using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// Whether a command that runs gets on. It does while its log or progress grows or a GPU works; one that does neither for longer than the job's <c>stall:</c>
/// allows hangs, and its GPU is paid for nothing: a person is told, or the command is ended, as the spec says.
/// </summary>
internal static class StallWatch
{
    /// <summary>The lodge script is taken for dead, and a machine for lost, when it gave no sign for so long.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    /// <summary>Null when it gets on, and when a person was told already.</summary>
    public static JobAction? Look(Situation s, BoxReport report)
    {
        var number = s.Attempt.Number;
        var stall = s.Job.Submission.Spec.StallOrDefault;
        if (Quiet(s, report, stall.After) is { } quiet)
        {
            if (stall.Action == StallAction.Stop)
                return new EndJob(number, EndReason.Stalled);
            return s.Attempt.Stall is null ? new Record(new StallNoticed(number, quiet)) : null;
        }

        if (report.HeartbeatAge is { } silence && silence > Silence)
            return s.Attempt.Stall is null ? new Record(new StallNoticed(number, silence, StallCause.ScriptSilent)) : null;
        return s.Attempt.Stall is null ? null : new Record(new StallOver(number));
    }

    /// <summary>A machine that has not answered for long bills all the while. Null when it answers, and when a person was told already.</summary>
    public static JobAction? Unreachable(Situation s) =>
        s.BoxProblem is not null && s.Attempt.Stall is null && s.Now - s.Seen.BoxProblemSince is { } silence && silence > Silence
            ? new Record(new StallNoticed(s.Attempt.Number, silence, StallCause.Unreachable))
            : null;

    /// <summary>How long nothing was seen of it when that is too long; null when it is not.</summary>
    private static TimeSpan? Quiet(Situation s, BoxReport report, TimeSpan most)
    {
        var works = report.Phase is BoxPhase.Fetching or BoxPhase.SettingUp or BoxPhase.Running;
        if (!works || report.QuietTime is not { } quiet || quiet < most)
            return null;
        // A log may be silent for an epoch, and a GPU is idle between two steps: only both, all the time, is a stall. A machine that shows no GPU is judged by its log alone.
        return report.Gpus.Count == 0 || s.Now - s.Seen.GpuIdleSince >= most ? quiet : null;
    }
}
