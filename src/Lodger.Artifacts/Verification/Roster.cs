using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Verification;

/// <summary>Compares what is in a directory with what the manifest lists.</summary>
internal static class Roster
{
    internal static FileReport Extra(FileReport report) => report with
    {
        Verdict = Verdict.Extra,
        Findings =
        [
            new Finding("extra", Severity.Error, report.DisplayPath, "it is here, but was not on the machine when the manifest was made.", "Move it out of the bundle, or make the manifest again."),
            .. report.Findings,
        ],
    };

    /// <summary>Files that the manifest lists and the directory does not have.</summary>
    internal static IEnumerable<FileReport> Missing(Manifest manifest, IEnumerable<ListedFile> here)
    {
        var paths = here.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return manifest.Files.Where(file => file.Path is null || !paths.Contains(file.Path)).Select(file => new FileReport
        {
            Path = file.Path ?? file.EscapedPath,
            DisplayPath = file.DisplayPath,
            Bytes = file.Bytes,
            Checked = "the roster",
            Verdict = Verdict.Missing,
            Findings =
            [
                file.Path is null
                    ? new Finding("name-not-utf8", Severity.Error, file.DisplayPath, "its name is not UTF-8, so it cannot be opened here.", "Rename it on the machine, make the manifest again and pull.")
                    : new Finding("missing", Severity.Error, file.DisplayPath, $"{file.Bytes} bytes that the manifest lists are not here.", "Pull it."),
            ],
        });
    }

    internal static IEnumerable<Finding> LinksNotFollowed(IEnumerable<ListedLink> links) => links.Select(link => new Finding(
        "symlink", Severity.Note, PrintableText.Of(link.Path, 1024), $"a symbolic link to {PrintableText.Of(link.Target)}, not followed.", "Its target is verified where it lies, if that is in this directory."));

    /// <summary>Links the manifest lists must lead to what it lists; links it does not list must not be here.</summary>
    internal static IEnumerable<Finding> CompareLinks(Manifest manifest, IReadOnlyList<ListedLink> here, IReadOnlyList<string>? roots)
    {
        var targets = new LinkTargets(manifest, roots);
        foreach (var link in manifest.Entries.OfType<ManifestLink>())
        {
            var isHere = here.Any(l => l.Path == link.Path && PathEscape.Escape(l.Target) == link.EscapedTarget);
            yield return targets.LeadsToListed(link)
                ? new Finding(
                    "symlink", Severity.Note, link.DisplayPath,
                    $"a symbolic link to {PrintableText.Of(link.EscapedTarget, 256)}, {(isHere ? "here as on the machine" : "which is home")}.",
                    isHere ? "Nothing to do." : "Nothing to do: lodger pull makes the link here as well, unless it leads on over another link.")
                : new Finding(
                    "symlink-leads-out", Severity.Error, link.DisplayPath,
                    $"on the machine it is a link to {PrintableText.Of(link.EscapedTarget, 256)}, which is not among the results and would be lost.",
                    "Put the file itself among the results, or remove the link.");
        }

        var listed = manifest.Entries.OfType<ManifestLink>().Select(link => link.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var link in here.Where(link => !listed.Contains(link.Path)))
        {
            yield return new Finding(
                "symlink-extra", Severity.Error, PrintableText.Of(link.Path, 1024),
                $"a symbolic link to {PrintableText.Of(link.Target)} that the manifest does not list; it is not followed.", "Remove it, or make the manifest again.");
        }
    }
}
