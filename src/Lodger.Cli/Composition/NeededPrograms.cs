using Lodger.Cli.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Composition;

/// <summary>The programs without which no rental can be reached: looked for before one is paid for.</summary>
internal static class NeededPrograms
{
    private static readonly (string Program, string Package)[] All = [("ssh", "openssh-client"), ("ssh-keygen", "openssh-client"), ("rsync", "rsync"), ("setsid", "util-linux")];

    /// <summary>Null when all are there; also where nobody says where programs lie, or the server is on another machine.</summary>
    public static Problem? Missing(Surroundings around)
    {
        if (around.IsRemote() || around.Variable("PATH") is not { } path)
            return null;
        var places = path.Split(':', StringSplitOptions.RemoveEmptyEntries);
        (string Program, string Package)[] absent = [.. All.Where(p => !places.Any(d => File.Exists(Path.Combine(d, p.Program))))];
        return absent.Length == 0
            ? null
            : new Problem(
                "program-missing",
                $"{string.Join(" and ", absent.Select(p => p.Program))} {(absent.Length == 1 ? "is" : "are")} not on the PATH, and without {(absent.Length == 1 ? "it" : "them")} no machine can be reached. Nothing was rented.",
                $"On Debian and Ubuntu:  sudo apt-get install {string.Join(' ', absent.Select(p => p.Package).Distinct())}   Then:  lodger self-check",
                ExitCode.Prerequisite);
    }
}
