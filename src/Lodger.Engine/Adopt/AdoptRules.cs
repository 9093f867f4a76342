using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Adopt;

/// <summary>What can be taken over and what can be named to be saved, in sentences.</summary>
internal static class AdoptRules
{
    private const int PathsMax = 64;
    private const int PathCharactersMax = 1024;

    /// <summary>Of the running system: no files of anybody's, or other ones at each look.</summary>
    private static readonly string[] System = ["/proc", "/sys", "/dev", "/run"];

    public static Problem? Refuse(IReadOnlyList<string> paths)
    {
        if (paths.Count > PathsMax)
            return new Problem("too-many-paths", $"{paths.Count} paths are named; at most {PathsMax} are saved apart.", "Name the directories that they lie in.", ExitCode.BadInput);
        return paths.FirstOrDefault(p => !p.StartsWith('/') || p.Length > PathCharactersMax || p.Any(char.IsControl)) is { } bad
            ? new Problem("bad-path", $"\"{bad}\" is no absolute path on the machine.", "Name it from the root on:  --save /workspace/out", ExitCode.BadInput)
            : null;
    }

    public static Problem? Refuse(LookedPath path) => path switch
    {
        { Path: null } => new Problem("path-not-there", $"There is no {path.Asked} on the machine.", "Look what is there:  lodger adopt RENTAL  without --save", ExitCode.NotFound),
        { Path: "/" } => new Problem("bad-path", $"{path.Asked} is the whole machine, and most of it is the system's.", "Name the directories that hold your files.", ExitCode.BadInput),
        { Path: { } real } when Array.Exists(System, s => real == s || real.StartsWith(s + "/", StringComparison.Ordinal)) =>
            new Problem("bad-path", $"{path.Asked} is the running system's ({real}): nothing in it is a file that could be saved.", "Name the directories that hold your files.", ExitCode.BadInput),
        { Path: { } real } when real.Split('/').Contains(".lodger", StringComparer.Ordinal) =>
            new Problem("bad-path", $"{path.Asked} lies in a directory named .lodger: those are Lodger's own, and are left out of what is saved.", "Copy what you need of it elsewhere on the machine, and name that.", ExitCode.BadInput),
        // A link may lead elsewhere by the time something is destroyed.
        { Path: { } real } when global::System.IO.Path.GetFullPath(path.Asked).TrimEnd('/') != real =>
            new Problem("path-by-link", $"{path.Asked} leads through a symbolic link to {real} now, and may lead elsewhere later.", $"Name what it leads to, or the directory that holds all that it may lead to:  --save {real}", ExitCode.BadInput),
        { Unreadable: { } why } => new Problem("path-unreadable", $"Not everything in {path.Asked} can be read: {why}", "What cannot be read is not saved. Make it readable there, or name only what can be read.", ExitCode.NotVerified, MayRetry: true),
        { Files: 0 } => new Problem("path-empty", $"There is no file in {path.Asked}.", "Name what holds your files.", ExitCode.NotFound),
        _ => null,
    };

    /// <summary>What was seen inside keeps it from being taken over.</summary>
    public static Problem? Refuse(Rental rental, BoxLook look)
    {
        if (look.IsWatched)
        {
            return new Problem(
                "rental-of-other-lodger",
                $"The lodge script of a job of another Lodger is alive on rental {rental.Id}.",
                "Look after it where it was submitted. If that is gone: log in there, end the process whose number is the first word in .lodger/state/supervisor of the data directory, and adopt it then.",
                ExitCode.BadInput);
        }

        return look.Lacks.Count > 0
            ? new Problem("no-rsync", $"Rental {rental.Id} lacks what files are saved with: {string.Join(", ", look.Lacks)} (GNU's, of findutils and coreutils).", $"Install it there (apt-get install {string.Join(' ', look.Lacks.Select(Package))}), and adopt it again.", ExitCode.Prerequisite)
            : null;
    }

    public static Problem? Unfit(Rental rental)
    {
        if (rental.Status != RentalStatus.Running)
        {
            return new Problem(
                "rental-not-running",
                string.Create(CultureInfo.InvariantCulture, $"Rental {rental.Id} is {rental.Status.ToString().ToLowerInvariant()} ({rental.Evidence}), and only a running one can be looked into; its disk bills ${rental.DiskUsdPerHour:0.000#}/h."),
                "Start it where you started it, and adopt it then. Lodger does not start what it did not start.",
                ExitCode.RentalUnusable);
        }

        return rental is { DirectSsh: null, ProxySsh: null }
            ? new Problem("no-ssh", $"Rental {rental.Id} shows no ssh address: it was made without ssh, or is not ready.", "Only a rental with ssh can be adopted. If it has just started, try again in a moment.", ExitCode.RentalUnusable)
            : null;
    }

    /// <summary>No path inside another.</summary>
    public static IReadOnlyList<LookedPath> Outermost(IReadOnlyList<LookedPath> paths) =>
        [.. paths.Where(p => !paths.Any(o => o.Path != p.Path && p.Path!.StartsWith(o.Path + "/", StringComparison.Ordinal))).DistinctBy(p => p.Path, StringComparer.Ordinal)];

    private static string Package(string program) => program switch { "find" => "findutils", "sha256sum" => "coreutils", _ => program };
}
