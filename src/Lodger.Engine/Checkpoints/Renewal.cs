using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;

namespace Lodger.Engine.Checkpoints;

/// <summary>
/// A bundle whose files come home. Once it has a receipt nothing is pulled into it: what comes, comes into a directory beside its files, in which each of them has a second name, and takes their places when all
/// of it is verified. Whatever a machine sends in place of what it had, and whenever a process is killed, what was proven stays.
/// </summary>
internal sealed class Renewal
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Enough of a roster's hash to tell one bundle's earlier rosters apart.</summary>
    private const int RosterLetters = 12;

    private readonly HashSet<string> gone = new(StringComparer.Ordinal);

    private Renewal(string home)
    {
        Home = home;
        IsBeside = File.Exists(Path.Combine(home, BundleLayout.ReceiptPath));
        Place = IsBeside ? Path.Combine(home, BundleLayout.OwnDirectory, "again") : home;
    }

    /// <summary>The bundle.</summary>
    public string Home { get; }

    /// <summary>Where the files are pulled to and verified.</summary>
    public string Place { get; }

    /// <summary>There is a receipt, whoever's it is.</summary>
    public bool IsBeside { get; }

    /// <summary>Files that came home before and are no longer on the machine: they would stand in the way of a bundle that is what the machine holds.</summary>
    public IReadOnlyCollection<string> Gone => gone;

    /// <summary>Where those go: nothing that came home is deleted.</summary>
    public string Aside { get; private set; } = "";

    /// <summary>What is said when it is not sound.</summary>
    public string Kept => $"what was proven before stays in {Home}: nothing took its place, since what came now is not sound";

    /// <summary>Makes the place ready. What a renewal that broke off has brought stays in it, as far as it is still wanted.</summary>
    /// <param name="home">The bundle.</param>
    /// <param name="wanted">All paths of the machine's roster.</param>
    /// <param name="setsGoneAside">The roster was made on the machine: what an earlier one had and it has not is gone there. A host may show less than there is.</param>
    /// <exception cref="IOException">The disk here refused it.</exception>
    public static Renewal Open(string home, IEnumerable<string> wanted, bool setsGoneAside = false)
    {
        var renewal = new Renewal(home);
        Directory.CreateDirectory(renewal.Place);
        var paths = wanted.ToHashSet(StringComparer.Ordinal);
        if (setsGoneAside)
            renewal.FindGone(paths);
        if (renewal.IsBeside)
        {
            Walk(renewal.Place, "", (path, entry) =>
            {
                if (entry.LinkTarget is not null || !paths.Contains(path))
                    entry.Delete();
            });
            // Those that Lodger made are made again from what comes now.
            var made = BundleLinks.MadeIn(home);
            Walk(home, "", (path, entry) =>
            {
                if (!made.Contains(path) && !renewal.gone.Contains(path))
                    AsHere(entry, Path.Combine(renewal.Place, path));
            });
        }
        else
        {
            BundleLinks.Remove(home);
            // Nothing of it was proven.
            renewal.SetGoneAside();
        }

        return renewal;
    }

    /// <summary>What a person put there was in no roster, and stays.</summary>
    private void FindGone(HashSet<string> wanted)
    {
        if (Manifest.ReadFile(Path.Combine(Home, BundleLayout.ManifestPath)).Manifest is not { } earlier)
            return;
        var had = earlier.Files.Select(f => f.Path).OfType<string>().Where(p => !wanted.Contains(p)).ToHashSet(StringComparer.Ordinal);
        Aside = Path.Combine(Home, BundleLayout.OwnDirectory, "gone", earlier.RosterSha256[..RosterLetters]);
        Walk(Home, "", (path, entry) =>
        {
            if (entry.LinkTarget is null && had.Contains(path))
                gone.Add(path);
        });
    }

    private void SetGoneAside()
    {
        foreach (var path in gone)
        {
            var target = Path.Combine(Aside, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(Path.Combine(Home, path), target, overwrite: true);
        }
    }

    /// <summary>All of it is verified: it takes its places in the bundle.</summary>
    public void Take(IEnumerable<string> wanted)
    {
        if (!IsBeside)
            return;
        BundleLinks.Remove(Home);
        foreach (var path in wanted)
        {
            var target = Path.Combine(Home, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(Path.Combine(Place, path), target, overwrite: true);
        }

        SetGoneAside();
        Drop();
    }

    /// <summary>It is not sound: the bundle stays as it is.</summary>
    public void Drop()
    {
        if (IsBeside)
            Directory.Delete(Place, recursive: true);
    }

    /// <summary>Every file and every link but Lodger's own. No link is followed.</summary>
    private static void Walk(string directory, string prefix, Action<string, FileSystemInfo> visit)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", Everything).ToList())
        {
            var path = prefix + entry.Name;
            if (path == BundleLayout.OwnDirectory)
                continue;
            if (entry is DirectoryInfo { LinkTarget: null })
                Walk(entry.FullName, path + "/", visit);
            else
                visit(path, entry);
        }
    }

    /// <summary>What is in the bundle is in the other place, too. A link leads where it led, so that it is found and named there as it is here.</summary>
    private static void AsHere(FileSystemInfo entry, string there)
    {
        if (entry.LinkTarget is { } target)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(there)!);
            File.CreateSymbolicLink(there, Path.GetFullPath(target, Path.GetDirectoryName(entry.FullName)!));
        }
        else if (!File.Exists(there))
        {
            SameFile.Put(entry.FullName, there);
        }
    }
}
