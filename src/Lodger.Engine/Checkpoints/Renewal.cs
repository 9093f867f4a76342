using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Remote.Transfer;

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

    private readonly HashSet<string> wanted;
    private readonly InTheWay way;
    private readonly bool setsGoneAside;
    private readonly HashSet<string> gone = new(StringComparer.Ordinal);

    private Renewal(string home, IEnumerable<string> wanted, bool setsGoneAside)
    {
        Home = home;
        this.wanted = wanted.ToHashSet(StringComparer.Ordinal);
        way = new InTheWay(this.wanted);
        this.setsGoneAside = setsGoneAside;
        IsBeside = File.Exists(Path.Combine(home, BundleLayout.ReceiptPath));
        Place = IsBeside ? Path.Combine(home, BundleLayout.OwnDirectory, "again") : home;
    }

    /// <summary>The bundle.</summary>
    public string Home { get; }

    /// <summary>Where the files are pulled to and verified.</summary>
    public string Place { get; }

    /// <summary>There is a receipt, whoever's it is.</summary>
    public bool IsBeside { get; }

    /// <summary>Files that are not on the machine, and would keep the bundle from being what it holds: what came home before, and whatever has the name of another kind of thing there.</summary>
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
        var renewal = new Renewal(home, wanted, setsGoneAside);
        Directory.CreateDirectory(renewal.Place);
        if (renewal.IsBeside)
        {
            Walk(renewal.Place, "", (path, entry) =>
            {
                if (entry.LinkTarget is not null || !renewal.wanted.Contains(path))
                    entry.Delete();
            });
            EmptyDirectories.RemoveBelow(renewal.Place);
            renewal.FindGone();
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
            // Nothing of it was proven.
            renewal.MakeWay();
        }

        return renewal;
    }

    /// <summary>All of it is verified: it takes its places in the bundle.</summary>
    public void Take()
    {
        if (!IsBeside)
            return;
        // All that could keep a file from its place is out of the way before the first one takes it.
        MakeWay();
        foreach (var path in wanted)
        {
            var target = Path.Combine(Home, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(Path.Combine(Place, path), target, overwrite: true);
        }

        Drop();
    }

    /// <summary>It is not sound: the bundle stays as it is.</summary>
    public void Drop()
    {
        if (IsBeside)
            Directory.Delete(Place, recursive: true);
    }

    /// <summary>What a person put there was in no roster, and stays, unless the machine has its name for another kind of thing.</summary>
    private void FindGone()
    {
        var earlier = Manifest.ReadFile(Path.Combine(Home, BundleLayout.ManifestPath)).Manifest;
        var had = setsGoneAside && earlier is not null ? earlier.Files.Select(f => f.Path).OfType<string>().Where(p => !wanted.Contains(p)).ToHashSet(StringComparer.Ordinal) : [];
        var made = BundleLinks.MadeIn(Home);
        Aside = InTheWay.Aside(Path.Combine(Home, BundleLayout.OwnDirectory, "gone", earlier?.RosterSha256[..RosterLetters] ?? "unlisted"));
        gone.Clear();
        Walk(Home, "", (path, entry) =>
        {
            // A link in place of a directory is a person's, and is refused before anything is written through it.
            var isGone = entry.LinkTarget is null ? had.Contains(path) || way.Has(path) : !made.Contains(path) && !way.NeedsDirectory(path) && way.Has(path);
            if (isGone)
                gone.Add(path);
        });
    }

    /// <summary>Moves aside what is gone. Broken off, it is found again as far as it has not been moved.</summary>
    private void MakeWay()
    {
        BundleLinks.Remove(Home);
        FindGone();
        foreach (var path in gone)
        {
            var entry = new FileInfo(Path.Combine(Home, path));
            var target = Path.Combine(Aside, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (entry.LinkTarget is null)
            {
                File.Move(entry.FullName, target);
            }
            else
            {
                AsHere(entry, target);
                entry.Delete();
            }
        }

        way.RemoveEmptied(Home);
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
