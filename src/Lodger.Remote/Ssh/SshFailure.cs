using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;
using Lodger.Remote.Text;

namespace Lodger.Remote.Ssh;

/// <summary>Says in Lodger's words why ssh or rsync failed. What did not answer is unknown; only what a machine said counts as known.</summary>
internal static class SshFailure
{
    /// <summary>ssh's own exit status when the connection failed, as opposed to the command.</summary>
    public const int SshExitCode = 255;

    /// <summary>What a command of ours says on a machine that cannot tell where the job's directory is.</summary>
    public const string NoWorkdir = "lodger-no-workdir";

    public static Problem Of(ChildResult result, BoxAddress address, string doing)
    {
        var where = $"rental {Sanitize.Line(address.RentalId, 64)} at {address.Endpoint}{(address.IsProxy ? " (proxy)" : "")}";
        if (result.End == ChildEnd.TimedOut)
        {
            return new Problem("box-timeout", $"The machine of {where} did not finish in time ({doing}).", "Its state is unknown; ask again.", ExitCode.Unknown, MayRetry: true);
        }

        var said = result.ErrorText;
        return FromWords(said, where) ?? new Problem(
            "box-command-failed",
            $"{Capital(doing)} failed on {where} with status {result.ExitCode}: {LastWords(said)}",
            "Look at the machine with  lodger ssh.",
            ExitCode.Unknown,
            MayRetry: result.ExitCode is SshExitCode or 12 or 30 or 35 or 10);
    }

    private static Problem? FromWords(string said, string where)
    {
        if (Has(said, "REMOTE HOST IDENTIFICATION HAS CHANGED") || Has(said, "Host key verification failed") || Has(said, "host key for lodger-"))
        {
            return new Problem(
                "host-key-changed",
                $"The machine that answers for {where} is not the one that was met first: its host key has changed.",
                "Do not send anything to it. If the rental was recycled by you, forget its key and reach it again.",
                ExitCode.RentalUnusable);
        }

        if (Has(said, "Permission denied (") || Has(said, "Too many authentication failures"))
        {
            return new Problem(
                "ssh-key-refused",
                $"The machine of {where} refuses Lodger's ssh key.",
                "A key reaches only rentals made after it was registered (lodger login), and takes some seconds to arrive on a new one.",
                ExitCode.RentalUnusable,
                MayRetry: true);
        }

        if (Has(said, "@ERROR: "))
        {
            return new Problem(
                "host-refuses", $"The host of {where} does not give access to its disk: {LastWords(said)}", "Whether the disk is still there is unknown; ask again.", ExitCode.Unknown, MayRetry: true);
        }

        if (Has(said, NoWorkdir))
        {
            return new Problem("box-not-itself", $"The machine of {where} does not say where the job's directory is.", "Ask again.", ExitCode.Unknown, MayRetry: true);
        }

        if (Has(said, "No space left on device") || Has(said, "Disk quota exceeded"))
        {
            return new Problem(
                "box-disk-full", $"The disk of {where} is full: {LastWords(said)}", "A disk can never grow: rent again with a larger  disk:.", ExitCode.RentalUnusable);
        }

        if (Has(said, "rsync: command not found") || Has(said, "rsync: not found") || Has(said, "rsync: No such file or directory"))
        {
            return new Problem("box-lacks-rsync", $"There is no rsync on {where}.", "Use an image that has rsync, or let the image install it.", ExitCode.RentalUnusable);
        }

        if (Has(said, "protocol version mismatch") || Has(said, "is your shell clean"))
        {
            return new Problem(
                "box-shell-noisy", $"The login shell of {where} prints text of its own, so that rsync cannot work.", "Use an image whose shell start files print nothing.", ExitCode.RentalUnusable);
        }

        string[] silent =
        [
            "Connection refused", "Connection timed out", "Operation timed out", "No route to host", "Network is unreachable", "Could not resolve hostname",
            "Connection reset", "Connection closed", "kex_exchange_identification", "banner exchange", "not responding", "Broken pipe", "Host is down",
        ];
        return silent.Any(word => Has(said, word))
            ? new Problem("box-unreachable", $"The machine of {where} does not answer: {LastWords(said)}", "Its state is unknown; ask again.", ExitCode.Unknown, MayRetry: true)
            : null;
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.Ordinal);

    private static string LastWords(string said)
    {
        var lines = Sanitize.Block(said).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "it said nothing" : Sanitize.Line(lines.FirstOrDefault(line => line.StartsWith("rsync: [", StringComparison.Ordinal)) ?? lines[^1]);
    }

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
