namespace Lodger.Domain.Problems;

/// <summary>The process exit codes of the <c>lodger</c> command. Stable: scripts depend on them; see docs/exit-codes.md.</summary>
public enum ExitCode
{
    /// <summary>What was asked for is done.</summary>
    Ok = 0,

    /// <summary>A defect in Lodger itself; the log in the state directory says more.</summary>
    Defect = 1,

    /// <summary>The command line or a file it names is wrong; nothing was tried.</summary>
    BadInput = 2,

    /// <summary>No such job, rental, file or profile.</summary>
    NotFound = 3,

    /// <summary>The platform refused the key, or there is none; or Lodger's server refused the token, or what it asked for.</summary>
    NotAuthorized = 4,

    /// <summary>The account has no balance left for this.</summary>
    NoMoney = 5,

    /// <summary>No offer fits, or the one chosen has gone.</summary>
    NoOffer = 6,

    /// <summary>A rental was made and could not be used: it never booted, could not be reached, or lacks what was asked for.</summary>
    RentalUnusable = 7,

    /// <summary>The job's own command failed.</summary>
    JobFailed = 8,

    /// <summary>A file is missing, extra, differs from its manifest, or does not load.</summary>
    NotVerified = 9,

    /// <summary>A person's yes is needed, or was given for something else.</summary>
    ApprovalNeeded = 10,

    /// <summary>The platform or the machine did not answer; the state is unknown, nothing was concluded from it.</summary>
    Unknown = 11,

    /// <summary>Lodger's server did not start or does not answer.</summary>
    ServerUnreachable = 12,

    /// <summary>This machine lacks a program or a right that is needed; the message says how to get it.</summary>
    Prerequisite = 13,

    /// <summary>The job's budget would be passed.</summary>
    BudgetReached = 14,

    /// <summary>The job was cancelled by a person.</summary>
    Cancelled = 15,

    /// <summary>A rehearsal showed that the job would lose work.</summary>
    Rehearsed = 16,

    /// <summary>The doctor found something that costs time or money, or that keeps a job from being rented for.</summary>
    Findings = 17,

    /// <summary>A bounded wait ran out.</summary>
    TimedOut = 124,

    /// <summary>Interrupted from the keyboard.</summary>
    Interrupted = 130,
}
