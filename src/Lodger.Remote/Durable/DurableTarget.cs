using System.Text.RegularExpressions;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Durable;

/// <summary>A place off the machine that outlives it: a directory here, or a remote of the user's own rclone configuration, by its name.</summary>
/// <param name="Remote">Name of the remote; null for a local directory.</param>
/// <param name="Path">Absolute for a local directory, else below the remote.</param>
public sealed partial record DurableTarget(string? Remote, string Path)
{
    /// <summary>As rclone and people write it.</summary>
    public override string ToString() => Remote is null ? Path : $"{Remote}:{Path}";

    /// <summary>A directory of that name in it.</summary>
    public DurableTarget Below(string name) => this with { Path = Path.Length == 0 || Path.EndsWith('/') ? Path + name : $"{Path}/{name}" };

    /// <summary>
    /// Reads <c>/mnt/nas/runs</c>, <c>./copies</c>, <c>~/copies</c> or <c>NAME:path</c>. What carries settings in it, as rclone's connection strings do, is refused: a job's file and an argument
    /// list are no place for credentials.
    /// </summary>
    /// <param name="directory">What a relative path is relative to.</param>
    /// <param name="home">What <c>~</c> stands for; null: nothing.</param>
    public static Outcome<DurableTarget> Parse(string text, string directory, string? home)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > 1024 || text.Any(char.IsControl))
            return Bad(text, "it is empty, too long, or holds control characters");
        if (text.StartsWith("~/", StringComparison.Ordinal) && home is not null)
            return new DurableTarget(null, System.IO.Path.GetFullPath(text[2..], home));
        if (text[0] is '/' or '.' || !text.Contains(':', StringComparison.Ordinal))
            return new DurableTarget(null, System.IO.Path.GetFullPath(text, directory));
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (remote, path) = (text[..colon], text[(colon + 1)..]);
        if (!RemoteName().IsMatch(remote))
            return Bad(text, "before the colon stands the name of a remote of your rclone configuration, without settings");
        return path.Split('/').Contains("..") ? Bad(text, "it has .. in it") : new DurableTarget(remote, path);
    }

    private static Problem Bad(string text, string why) => new(
        "bad-target", $"'{Text.Sanitize.Line(text, 80)}' is no place to copy to: {why}.", "Write a directory (/mnt/nas/runs), or a remote that  rclone config  knows (s3:bucket/runs).", ExitCode.BadInput);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.+@ \-]{0,62}\z", RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex RemoteName();
}

/// <summary>A file of what is copied, and what it has to be when it is read back.</summary>
/// <param name="Path">Below the directory that is copied, with <c>/</c>.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record DurableFile(string Path, long Bytes, string Sha256);

/// <param name="Sent">Of the files; the others were there, equal byte for byte.</param>
public sealed record DurableCopied(DurableTarget Target, int Files, long Bytes, int Sent);
