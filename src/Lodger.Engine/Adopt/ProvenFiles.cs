using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;

namespace Lodger.Engine.Adopt;

/// <summary>
/// What a bundle holds that has been proven, while the work on the machine goes on and changes it. Nothing of it is overwritten or deleted: what makes way for a newer file, or is not on the machine any
/// more, is moved to <c>.lodger/previous/RECEIPT/files</c> first, and stays there. A process that is killed at any moment leaves every file in one of the two places.
/// </summary>
internal sealed class ProvenFiles(string home)
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private readonly string previous = Path.Combine(home, BundleLayout.OwnDirectory, "previous");

    /// <summary>The paths of what a manifest lists and is here, proven: they need not be fetched. Moves nothing.</summary>
    public IReadOnlySet<string> Here(Manifest next) => Places(next).Where(p => p.Place == Place.Stays).Select(p => p.Path).ToHashSet(StringComparer.Ordinal);

    /// <summary>Makes room for what a manifest lists.</summary>
    public void MakeWay(Manifest next)
    {
        var receipt = ReceiptId;
        foreach (var (path, place) in Places(next).ToList())
        {
            if (place == Place.Proven)
                Move(path, PlaceOf(receipt!, path), overwrite: false);
            else if (place == Place.Unwanted)
                PutAside(path);
        }

        if (receipt is not null && Directory.Exists(Path.Combine(previous, receipt)))
            Keep(receipt);
        if (Directory.Exists(home))
            RemoveEmpty(new DirectoryInfo(home), isTop: true);
    }

    /// <summary>Out of the bundle, what nobody has proven.</summary>
    /// <remarks>Over nothing: what a check of a file's companions calls damaged may be the very file that was proven before.</remarks>
    public void PutAside(string path)
    {
        var number = 1;
        while (Path.Exists(Path.Combine(previous, "unproven", $"{number}", path)))
            number++;
        Move(path, Path.Combine(previous, "unproven", $"{number}", path), overwrite: false);
    }

    private string? ReceiptId => Receipt.Read(Path.Combine(home, BundleLayout.ReceiptPath)).Receipt?.Id;

    private IEnumerable<(string Path, Place Place)> Places(Manifest next)
    {
        if (!Directory.Exists(home))
            yield break;
        var receipt = Receipt.Read(Path.Combine(home, BundleLayout.ReceiptPath)).Receipt;
        var proven = receipt?.Files.ToDictionary(f => f.Path, StringComparer.Ordinal) ?? [];
        var wanted = next.Files.Where(f => f.Path is not null).ToDictionary(f => f.Path!, StringComparer.Ordinal);
        foreach (var path in FilesIn(home))
        {
            // One that was moved there left room for a newer one, which nobody has proven yet.
            if (receipt is not null && proven.TryGetValue(path, out var was) && !File.Exists(PlaceOf(receipt.Id, path)) && new FileInfo(Path.Combine(home, path)).Length == was.Bytes)
                yield return (path, wanted.TryGetValue(path, out var line) && line.Sha256 == was.Sha256 ? Place.Stays : Place.Proven);
            else
                yield return (path, wanted.ContainsKey(path) ? Place.Unproven : Place.Unwanted);
        }
    }

    /// <summary>What becomes of a file that is here.</summary>
    private enum Place
    {
        /// <summary>Proven, and what the machine holds.</summary>
        Stays,

        /// <summary>Proven, and not what the machine holds: it is kept elsewhere.</summary>
        Proven,

        /// <summary>Not proven; the pull compares it with what the machine holds.</summary>
        Unproven,

        /// <summary>Not proven, and not on the machine.</summary>
        Unwanted,
    }

    private string PlaceOf(string receipt, string path) => Path.Combine(previous, receipt, "files", path);

    /// <summary>What the moved files were proven by.</summary>
    private void Keep(string receipt)
    {
        foreach (var own in (string[])[BundleLayout.ReceiptPath, BundleLayout.ManifestPath])
        {
            var copy = Path.Combine(previous, receipt, Path.GetFileName(own));
            if (File.Exists(copy) || !File.Exists(Path.Combine(home, own)))
                continue;
            File.Copy(Path.Combine(home, own), copy + ".new", overwrite: true);
            File.Move(copy + ".new", copy);
        }
    }

    private void Move(string path, string to, bool overwrite)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Move(Path.Combine(home, path), to, overwrite);
    }

    /// <summary>Relative, forward slashes; neither Lodger's own nor through any link.</summary>
    private static IEnumerable<string> FilesIn(string directory, string prefix = "")
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", Everything))
        {
            var path = prefix + entry.Name;
            if (path == BundleLayout.OwnDirectory || entry.LinkTarget is not null)
                continue;
            if (entry is not DirectoryInfo)
            {
                yield return path;
                continue;
            }

            foreach (var below in FilesIn(entry.FullName, path + "/"))
                yield return below;
        }
    }

    /// <summary>Where a directory was, a file may have to lie.</summary>
    private static void RemoveEmpty(DirectoryInfo directory, bool isTop)
    {
        foreach (var below in directory.EnumerateDirectories("*", Everything).Where(d => d.LinkTarget is null && !(isTop && d.Name == BundleLayout.OwnDirectory)).ToList())
            RemoveEmpty(below, isTop: false);
        if (!isTop && !directory.EnumerateFileSystemInfos("*", Everything).Any())
            directory.Delete();
    }
}
