using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Jobs;

/// <summary>What is going on with a job right now and is not worth a journal line: replaced as a whole, lost at a restart, read again.</summary>
public sealed record JobLive
{
    public BoxReport? Report { get; init; }

    public DateTimeOffset? ReportAt { get; init; }

    /// <summary>Why the machine could not be spoken to when last tried.</summary>
    public Problem? BoxProblem { get; init; }

    /// <summary>First failure in a row; null when the machine could be spoken to.</summary>
    public DateTimeOffset? BoxProblemSince { get; init; }

    /// <summary>Failed tries in a row: they are spaced further and further apart.</summary>
    public int BoxFailures { get; init; }

    public Charges? Charges { get; init; }

    public DateTimeOffset? ChargesAt { get; init; }

    /// <summary>What is being waited for, in words.</summary>
    public string Waiting { get; init; } = "";

    /// <summary>Name of a running transfer or verification; null when none runs.</summary>
    public string? Work { get; init; }

    public TransferProgress WorkProgress { get; init; }
}
