using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Code;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;

namespace Lodger.Server.Access;

/// <summary>
/// What a job may name that comes over the network. Its files are the server's, and a job can be made to print whatever is sent to it: nobody may reach through it what the server's user alone can read, or write where they can.
/// </summary>
internal static class SubmissionRules
{
    /// <summary>Null when it may be submitted.</summary>
    public static Problem? Refuse(SubmitRequest request, Principal who, JobBoard board)
    {
        if (who.IsOwner)
            return null;
        if (LocalMarket.Refuse(who, request.Account) is { } noMarket)
            return noMarket;
        var spec = request.Spec;
        if (RefuseVolume(spec, who) is { } noVolume)
            return noVolume;
        // A standing yes to the destroy is a yes.
        if (spec.Teardown == TeardownMode.WhenVerified && who.Refuse(Scope.Approve) is { } noYes)
            return noYes;
        if (who.Project is { } own && request.Project is { } other && other != own)
            return new Problem("project-limited", $"{who.Name} is limited to the project {own}.", "Leave the project out.", ExitCode.NotAuthorized);
        var shared = who.Project is { } project ? Path.Combine(board.SharedDirectory, project) : board.SharedDirectory;
        if (!IsBelow(shared, request.ResultsDirectory))
            return Outside("resultsDirectory", shared);
        if (spec.CodeDirectory is { } code && !IsBelow(shared, code))
            return Outside("The directory of the code", shared);
        if (spec.Copies.Any(c => !IsBelow(shared, c)))
            return Outside("A place of copies", shared);
        // The upload that the submission names is found by the server itself, in its own project.
        bool IsUpload(string path) => CodeStore.IsInside(Path.GetRelativePath(board.SharedDirectory, path));
        if (IsUpload(request.ResultsDirectory) || spec.Copies.Any(IsUpload) || (request.Code is null && spec.CodeDirectory is { } named && IsUpload(named)))
            return Bad("inside-uploads", $"Code that was handed over lies in directories named {CodeStore.Directories}, and no job names one.", "Name another directory; code that was sent is named by its id.");
        if (spec.SecretNames.FirstOrDefault(n => request.Secrets.GetValueOrDefault(n) is not { Length: > 0 }) is { } missing)
            return Bad("secret-not-sent", $"The secret {missing} came without its value, and those of the server's user are not for jobs that come over the network.", "Send its value with the submission.");
        // It would be read by its name when the one that was sent is forgotten.
        return spec.SecretNames.FirstOrDefault(board.KnowsSecret) is { } theirs
            ? Bad("secret-of-server", $"The server's user has a secret named {theirs} too.", "Give yours another name.")
            : null;
    }

    /// <summary>A volume belongs to the account, and to no project: another project's results may lie on it.</summary>
    public static Problem? RefuseVolume(JobSpec spec, Principal who) => spec.Volume is not null && who.Project is { } project
        ? new Problem("project-limited", $"{who.Name} is limited to the project {project}, and a volume is everybody's.", "Leave  volume:  out, or ask with a token that is not.", ExitCode.NotAuthorized)
        : null;

    /// <summary>By its name alone: what lies below is made by Lodger, which follows and makes no links there, or by the server's user.</summary>
    private static bool IsBelow(string root, string path) =>
        Path.IsPathFullyQualified(path) && !path.Contains('\0', StringComparison.Ordinal) && Path.GetFullPath(path) == path && path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static Problem Outside(string what, string shared) =>
        Bad("outside-shared", $"{what} of a job that comes over the network has to be below {shared} on the server.", "Name a directory there, without links and dots in its path.");

    private static Problem Bad(string id, string what, string fix) => new(id, what, fix, ExitCode.BadInput);
}
