using Lodger.Domain.Problems;

namespace Lodger.Domain.Jobs;

/// <summary>A name that an open job has: it finds that one, so no second job may have it.</summary>
public static class TakenName
{
    /// <param name="name">As it was wished for.</param>
    /// <param name="jobId">Of the job that has it.</param>
    public static Problem By(string name, string jobId) => new(
        "job-open", $"A job named {name} is open already ({jobId}).", $"Look at it: lodger show {name}   or give this one another name, with  name:  in its job.yaml or --name", ExitCode.BadInput);
}
