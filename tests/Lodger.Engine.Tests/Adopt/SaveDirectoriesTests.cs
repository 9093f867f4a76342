using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Engine.Adopt;

namespace Lodger.Engine.Tests.Adopt;

/// <summary>Where the saves of one rental lie: what was proven once is never touched again.</summary>
public sealed class SaveDirectoriesTests : IDisposable
{
    private static readonly HashSet<string> None = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory directory = new();

    private string Home => Path.Combine(directory.Path, "home");

    private SaveDirectories Saves => new(Home);

    public void Dispose() => directory.Dispose();

    [Fact]
    public void What_the_last_save_has_of_the_same_content_need_not_travel_whatever_its_name_was()
    {
        Save(("out/a", "1"), ("out/last", "ckpt"));
        var here = Saves.Prepare(Of(("out/a", "2"), ("out/older", "ckpt"), ("out/new", "n")), None, Token);
        here.ShouldBe(["out/older"]);
        Read(Saves.Unfinished, "out/older").ShouldBe("ckpt");
        File.Exists(Path.Combine(Saves.Unfinished, "out/a")).ShouldBeFalse();
    }

    [Fact]
    public void A_save_is_never_written_to_by_the_ones_after_it()
    {
        var first = Save(("out/a", "1"), ("out/dir/b", "b"), ("out/gone", "g"));
        var before = Everything(first);
        // A file where a directory was, another content, another place, and nothing.
        Save(("out/a/x", "1"), ("out/dir", "b"));
        Save(("out/a", "3"));
        Everything(first).ShouldBe(before);
        Directory.EnumerateDirectories(Home, "save-*").Count().ShouldBe(3);
    }

    [Fact]
    public void What_is_replaced_or_dropped_in_the_unfinished_directory_stays_in_the_save_it_came_from()
    {
        var first = Save(("out/a", "1"), ("out/b", "2"));
        Saves.Prepare(Of(("out/a", "1"), ("out/b", "2")), None, Token).Count.ShouldBe(2);
        Saves.Drop("out/a");
        // As a pull puts a whole file in its place.
        File.WriteAllText(Path.Combine(Saves.Unfinished, "new"), "9");
        File.Move(Path.Combine(Saves.Unfinished, "new"), Path.Combine(Saves.Unfinished, "out/b"), overwrite: true);
        (Read(first, "out/a"), Read(first, "out/b")).ShouldBe(("1", "2"));
        Saves.Prepare(Of(("out/a", "1")), new HashSet<string> { "out/a" }, Token).ShouldBeEmpty("the last save's copy was said not to be it");
    }

    [Fact]
    public void Halves_of_files_that_a_pull_brought_are_no_part_of_a_save()
    {
        Saves.Prepare(Of(("out/a", "1")), None, Token);
        var half = Path.Combine(Saves.Unfinished, ".lodger", "incoming", "out");
        Directory.CreateDirectory(half);
        File.WriteAllText(Path.Combine(half, "rotated"), "half");
        Saves.StagedBytes.ShouldBe(4);
        var place = Saves.Next;
        Saves.Seal(place);
        Directory.EnumerateFiles(place, "rotated", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void What_was_left_by_a_save_that_was_killed_is_cleared_of_what_is_not_wanted_and_of_links_and_of_its_receipt()
    {
        Saves.Prepare(Of(("out/a", "1"), ("out/b", "1")), None, Token);
        Put(Saves.Unfinished, "out/a", "1");
        Put(Saves.Unfinished, "out/b", "1");
        Put(Saves.Unfinished, BundleLayout.ReceiptPath, "of another time");
        Put(Saves.Unfinished, ".lodger/incoming/out/a", "half");
        var outside = Directory.CreateDirectory(Path.Combine(directory.Path, "outside")).FullName;
        Put(outside, "precious", "p");
        Directory.CreateSymbolicLink(Path.Combine(Saves.Unfinished, "link"), outside);
        Saves.Prepare(Of(("out/a", "1"), ("link/precious", "2")), None, Token);
        string.Join(' ', Directory.EnumerateFiles(Saves.Unfinished, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Saves.Unfinished, f)).Order(StringComparer.Ordinal))
            .ShouldBe(".lodger/incoming/out/a out/a", "a pull that broke off goes on");
        Saves.StagedBytes.ShouldBe(4);
        Read(outside, "precious").ShouldBe("p");
    }

    [Fact]
    public void Killed_at_any_moment_every_file_of_every_save_is_where_its_manifest_says()
    {
        var random = new Random(20260601);
        for (var life = 0; life < 200; life++)
        {
            using var place = new TemporaryDirectory();
            var home = Path.Combine(place.Path, "home");
            Dictionary<string, string> sealedAs = [];
            for (var step = 0; step < 8; step++)
            {
                var files = Enumerable.Range(0, random.Next(1, 5)).Select(i => ($"out/{random.Next(4)}{(random.Next(3) == 0 ? "/deep" : "")}", $"{random.Next(3)}")).DistinctBy(f => f.Item1.Split('/')[1]).ToArray();
                // Each step of a save is a process that may be the last.
                var until = random.Next(5);
                var saves = new SaveDirectories(home);
                var here = saves.Prepare(Of(files), None, Token);
                if (until == 0)
                    continue;
                foreach (var (path, content) in files.Where(f => !here.Contains(f.Item1)))
                    Put(saves.Unfinished, path, random.Next(4) == 0 ? "torn" : content);
                if (until == 1)
                    continue;
                Of(files).WriteFile(Path.Combine(saves.Unfinished, BundleLayout.ManifestPath));
                if (until == 2)
                    continue;
                var next = saves.Next;
                saves.Seal(next);
                sealedAs[next] = string.Join('\n', Everything(next));
            }

            foreach (var (where, was) in sealedAs)
                string.Join('\n', Everything(where)).ShouldBe(was, $"life {life}");
        }
    }

    [Fact]
    public void Saves_are_their_users_alone_and_take_no_name_twice()
    {
        var first = Save(("out/a", "1"));
        File.WriteAllText(Path.Combine(Home, "save-7"), "of somebody's");
        Path.GetFileName(Save(("out/a", "2"))).ShouldBe("save-8");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(first).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Save(params (string Path, string Content)[] files)
    {
        var here = Saves.Prepare(Of(files), None, Token);
        foreach (var (path, content) in files.Where(f => !here.Contains(f.Path)))
            Put(Saves.Unfinished, path, content);
        Of(files).WriteFile(Path.Combine(Saves.Unfinished, BundleLayout.ManifestPath));
        var place = Saves.Next;
        Saves.Seal(place);
        return place;
    }

    private static Manifest Of(params (string Path, string Content)[] files) => Manifest.Create(
        DateTimeOffset.UnixEpoch, "/", files.Select(f => ManifestFile.Of(f.Path, f.Content.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Content)))))).Manifest!;

    private static void Put(string root, string path, string content)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private static string Read(string root, string path) => File.ReadAllText(Path.Combine(root, path));

    private static List<string> Everything(string root) => [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => $"{f}: {File.ReadAllText(f)}")];
}
