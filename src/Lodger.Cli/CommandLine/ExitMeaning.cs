using Lodger.Domain.Problems;

namespace Lodger.Cli.CommandLine;

/// <summary>What an exit status means, in a line of help.</summary>
internal static class ExitMeaning
{
    public static string Of(ExitCode code) => code switch
    {
        ExitCode.Ok => "done",
        ExitCode.Defect => "a defect in Lodger itself",
        ExitCode.BadInput => "the command line or a file it names is wrong; nothing was tried",
        ExitCode.NotFound => "no such job, rental, file or profile",
        ExitCode.NotAuthorized => "the key or token was refused, or there is none",
        ExitCode.NoMoney => "the balance does not suffice",
        ExitCode.NoOffer => "no offer fits, or the one chosen has gone",
        ExitCode.RentalUnusable => "a rental was made and could not be used",
        ExitCode.JobFailed => "the job's own command failed",
        ExitCode.NotVerified => "a file is missing, extra, altered or does not load",
        ExitCode.ApprovalNeeded => "a person's yes is needed",
        ExitCode.Unknown => "the platform or the machine did not answer; nothing was concluded",
        ExitCode.ServerUnreachable => "Lodger's server did not start or does not answer",
        ExitCode.Prerequisite => "a program or a right is missing; the message says how to get it",
        ExitCode.BudgetReached => "the job's budget would be passed",
        ExitCode.Cancelled => "the job was cancelled by a person",
        ExitCode.Rehearsed => "a rehearsal showed that the job would lose work",
        ExitCode.Findings => "the doctor found something that costs time or money",
        ExitCode.TimedOut => "a bounded wait ran out",
        ExitCode.Interrupted => "interrupted from the keyboard",
        _ => code.ToString(),
    };
}
