using Lodger.Artifacts.Verification;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Remote.Script;

namespace Lodger.Engine.Acts;

/// <summary>A job that succeeded must have made everything that it promised; one that failed brings home what there is.</summary>
internal static class PromisedResults
{
    /// <param name="paths">What the machine holds.</param>
    public static List<FileFinding> Missing(JobSpec spec, AttemptState attempt, IEnumerable<string> paths)
    {
        if (attempt.Ended is not { Reason: EndReason.Exited, ExitCode: 0 })
            return [];
        var all = paths.ToList();
        return
        [
            .. spec.Results
                .Where(pattern => !all.Exists(p => ResultPattern.Matches(pattern, p)))
                .Select(pattern => new FileFinding(pattern, nameof(Verdict.Missing), "the machine holds no file that this entry of  results:  names")),
        ];
    }
}
