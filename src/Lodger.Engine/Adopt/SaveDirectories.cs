using System.Globalization;
using System.Security.Cryptography;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Engine.Checkpoints;

namespace Lodger.Engine.Adopt;

/// <summary>
/// Where the saves of one rental lie, while the work on it goes on and changes what was saved. Files come home into <c>.lodger/unfinished</c>, which holds nothing that anybody has proven; once they are
/// verified it becomes <c>save-N</c>, by one rename, with its manifest and its receipt. Below a <c>save-N</c> nothing is ever written, moved or deleted: so whatever a process is doing when it is killed, nothing
/// that was proven is touched.
/// </summary>
internal sealed class SaveDirectories(string results)
{
    private const string Prefix = "save-";
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>What comes home comes here first.</summary>
    public string Unfinished { get; } = Path.Combine(results, BundleLayout.OwnDirectory, "unfinished");

    private string Incoming => Path.Combine(Unfinished, BundleLayout.OwnDirectory, "incoming");

    /// <summary>Bytes that a pull which broke off has brought: it goes on from there.</summary>
    public long StagedBytes => new DirectoryInfo(Incoming) is { Exists: true } staged
        ? staged.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length)
        : 0;

    /// <summary>
    /// Makes the unfinished directory ready for what a manifest lists: only what has the wanted content stays in it, and what the last save has of that is in it already. Whatever still has to travel has no file
    /// there that could be written into: it might be a second name of one that was proven.
    /// </summary>
    /// <param name="mistrusted">Paths of which the last save's copy is not what its manifest says.</param>
    /// <returns>The paths that need not travel.</returns>
    public IReadOnlySet<string> Prepare(Manifest next, IReadOnlySet<string> mistrusted, CancellationToken cancellation)
    {
        MakeReady();
        // Of a save that was killed before it was one.
        foreach (var stale in (string[])[BundleLayout.ReceiptPath, BundleLayout.ManifestPath])
            File.Delete(Path.Combine(Unfinished, stale));
        var wanted = next.Files.Where(f => f.Path is not null).ToDictionary(f => f.Path!, StringComparer.Ordinal);
        HashSet<string> here = new(StringComparer.Ordinal);
        Clear(new DirectoryInfo(Unfinished), "", (path, file) =>
        {
            cancellation.ThrowIfCancellationRequested();
            return wanted.TryGetValue(path, out var line) && line.Bytes == file.Length && HashOf(file.FullName) == line.Sha256 && here.Add(path);
        });

        var had = LastByContent();
        foreach (var (path, file) in wanted.Where(w => !here.Contains(w.Key)))
        {
            if (!mistrusted.Contains(path) && had.TryGetValue((file.Sha256, file.Bytes), out var from) && new FileInfo(from) is { Exists: true, LinkTarget: null } old && old.Length == file.Bytes)
            {
                SameFile.Put(from, Path.Combine(Unfinished, path));
                here.Add(path);
            }
        }

        return here;
    }

    /// <summary>Whether two names that differ in upper and lower case alone are two here: tried with a file, which the next <see cref="Prepare"/> takes out should it stay.</summary>
    public bool TellsCaseApart()
    {
        MakeReady();
        var probe = Path.Combine(Unfinished, "case-" + Path.GetRandomFileName());
        File.WriteAllBytes(probe, []);
        try
        {
            return !File.Exists(Path.Combine(Unfinished, Path.GetFileName(probe).ToUpperInvariant()));
        }
        finally
        {
            File.Delete(probe);
        }
    }

    /// <summary>Out of the unfinished directory, what turned out to be wrong.</summary>
    public void Drop(string path) => File.Delete(Path.Combine(Unfinished, path));

    /// <summary>Where it will lie once it is sealed.</summary>
    public string Next => Path.Combine(results, Prefix + (Numbers().DefaultIfEmpty(0).Max() + 1).ToString(CultureInfo.InvariantCulture));

    /// <summary>What is in the unfinished directory becomes a save, for ever; halves of files that a pull brought, and that are not there any more, do not.</summary>
    public void Seal(string place)
    {
        if (Directory.Exists(Incoming))
            Directory.Delete(Incoming, recursive: true);
        Directory.Move(Unfinished, place);
    }

    /// <summary>The newest save that has a receipt; null: there is none.</summary>
    public (string Directory, Receipt Receipt)? LastProven => Numbers().OrderDescending().Select(PlaceOf)
        .Select(place => (place, Receipt.Read(Path.Combine(place, BundleLayout.ReceiptPath)).Receipt)).FirstOrDefault(save => save.Receipt is not null) is ({ } directory, { } receipt) ? (directory, receipt) : null;

    private string PlaceOf(int number) => Path.Combine(results, Prefix + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Also of what is no directory: no name is taken twice.</summary>
    private IEnumerable<int> Numbers() => Directory.Exists(results)
        ? new DirectoryInfo(results).EnumerateFileSystemInfos(Prefix + "*", Everything).Select(e => int.TryParse(e.Name[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).Where(n => n > 0)
        : [];

    private Dictionary<(string Sha256, long Bytes), string> LastByContent()
    {
        Dictionary<(string, long), string> found = [];
        if (Numbers().DefaultIfEmpty(0).Max() is > 0 and var last && Manifest.ReadFile(Path.Combine(PlaceOf(last), BundleLayout.ManifestPath)).Manifest is { } manifest)
        {
            foreach (var file in manifest.Files.Where(f => f.Path is not null))
                found.TryAdd((file.Sha256, file.Bytes), Path.Combine(PlaceOf(last), file.Path!));
        }

        return found;
    }

    private void MakeReady()
    {
        foreach (var directory in (string[])[results, Path.Combine(results, BundleLayout.OwnDirectory), Unfinished, Path.Combine(Unfinished, BundleLayout.OwnDirectory)])
            MakePrivate(directory);
    }

    private static void MakePrivate(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, OwnersAlone);
    }

    /// <summary>Takes out files that do not stay, links, and directories in which nothing is left. No link is followed.</summary>
    private static void Clear(DirectoryInfo directory, string prefix, Func<string, FileInfo, bool> stays)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos("*", Everything).ToList())
        {
            var path = prefix + entry.Name;
            if (path == BundleLayout.OwnDirectory && entry.LinkTarget is null)
                continue;
            if (entry is DirectoryInfo { LinkTarget: null } below)
            {
                Clear(below, path + "/", stays);
                if (!below.EnumerateFileSystemInfos("*", Everything).Any())
                    below.Delete();
            }
            else if (entry is not FileInfo { LinkTarget: null } file || !stays(path, file))
            {
                entry.Delete();
            }
        }
    }

    private static string HashOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
