using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Engine.Checkpoints;

namespace Lodger.Engine.Tests.Checkpoints;

/// <summary>Results that come home a second time.</summary>
public sealed class RenewalTests : IDisposable
{
    private const string Aside = ".lodger/gone/";

    private readonly TemporaryDirectory home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public void What_is_gone_on_the_machine_is_kept_aside_once_the_rest_is_verified_and_no_longer_part_of_the_bundle()
    {
        Came(hasReceipt: true, "a.txt", "out/b.txt");
        Write("mine.txt", "a person's own");

        var renewal = Renewal.Open(home.Path, ["a.txt"], setsGoneAside: true);
        Files(renewal.Place).ShouldBe(["a.txt", "mine.txt"], "what is gone is not taken for what is there");
        File.Exists(At("out/b.txt")).ShouldBeTrue("nothing changes before all is verified");
        renewal.Take();

        renewal.Gone.ShouldBe(["out/b.txt"]);
        Files(home.Path).ShouldBe(["a.txt", "mine.txt"]);
        File.ReadAllText(Path.Combine(renewal.Aside, "out/b.txt")).ShouldBe("out/b.txt");
        renewal.Aside.ShouldStartWith(At(Aside));
    }

    [Fact]
    public void What_is_not_sound_leaves_everything_where_it_was()
    {
        Came(hasReceipt: true, "a.txt", "out/b.txt");
        Renewal.Open(home.Path, ["a.txt"], setsGoneAside: true).Drop();
        Files(home.Path).ShouldBe(["a.txt", "out/b.txt"]);
        Directory.Exists(At(Aside)).ShouldBeFalse();
    }

    [Fact]
    public void Without_a_receipt_nothing_is_proven_and_what_is_gone_makes_way_at_once()
    {
        Came(hasReceipt: false, "a.txt", "out/b.txt");
        var renewal = Renewal.Open(home.Path, ["a.txt"], setsGoneAside: true);
        renewal.Place.ShouldBe(home.Path);
        Files(home.Path).ShouldBe(["a.txt"]);
        File.Exists(Path.Combine(renewal.Aside, "out/b.txt")).ShouldBeTrue();
    }

    [Fact]
    public void A_host_that_shows_less_than_there_is_sets_nothing_aside()
    {
        Came(hasReceipt: true, "a.txt", "out/b.txt");
        var renewal = Renewal.Open(home.Path, ["a.txt"]);
        Files(renewal.Place).ShouldBe(["a.txt", "out/b.txt"], "so that it stands in the way, as it should");
        renewal.Take();
        Files(home.Path).ShouldBe(["a.txt", "out/b.txt"]);
    }

    [Fact]
    public void Nothing_takes_its_place_before_everything_in_the_way_has_made_way_also_when_it_came_while_the_files_did()
    {
        Came(hasReceipt: true, "a.txt", "out/b.txt");
        var renewal = Renewal.Open(home.Path, ["a.txt", "later", "out/b.txt"], setsGoneAside: true);
        Write(".lodger/again/later", "new");
        Write(".lodger/again/a.txt", "new");
        Write("later/mine.txt", "a person's own");
        Directory.CreateSymbolicLink(At("later/link"), At("out"));

        renewal.Take();

        Files(home.Path).ShouldBe(["a.txt", "later", "out/b.txt"]);
        File.ReadAllText(At("a.txt")).ShouldBe("new");
        File.ReadAllText(Path.Combine(renewal.Aside, "later/mine.txt")).ShouldBe("a person's own");
        File.Exists(Path.Combine(renewal.Aside, "later/link/b.txt")).ShouldBeTrue("it leads where it led");
    }

    [Fact]
    public void What_was_killed_after_making_way_goes_on_and_replaces_nothing_that_was_kept()
    {
        Came(hasReceipt: true, "a.txt", "ckpt/p.txt", "ckpt/q.txt");
        var renewal = Renewal.Open(home.Path, ["a.txt", "ckpt"], setsGoneAside: true);
        Write(".lodger/again/ckpt", "new");
        // It had moved one of them.
        var before = Path.Combine(renewal.Aside, "ckpt/p.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(before)!);
        File.Move(At("ckpt/p.txt"), before);
        Write("ckpt/p.txt", "another");

        renewal = Renewal.Open(home.Path, ["a.txt", "ckpt"], setsGoneAside: true);
        renewal.Take();

        Files(home.Path).ShouldBe(["a.txt", "ckpt"]);
        File.ReadAllText(before).ShouldBe("ckpt/p.txt");
        Files(renewal.Aside).ShouldBe(["ckpt/p.txt", "ckpt/q.txt"]);
        File.ReadAllText(Path.Combine(renewal.Aside, "ckpt/p.txt")).ShouldBe("another");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_left_of_a_directory_is_not_in_the_way_of_a_file(bool hasReceipt)
    {
        Came(hasReceipt, "a.txt");
        Directory.CreateDirectory(At("ckpt/deep"));
        Directory.CreateDirectory(At(".lodger/again/ckpt/deep"));
        Directory.CreateDirectory(At("a person's, empty"));

        var renewal = Renewal.Open(home.Path, ["a.txt", "ckpt"]);
        File.WriteAllText(Path.Combine(renewal.Place, "ckpt"), "new");
        renewal.Take();

        Files(home.Path).ShouldBe(["a.txt", "ckpt"]);
        Directory.Exists(At("a person's, empty")).ShouldBeTrue();
        Directory.Exists(At(Aside)).ShouldBeFalse();
    }

    /// <summary>Each file holds its own path.</summary>
    private void Came(bool hasReceipt, params string[] paths)
    {
        foreach (var path in paths)
            Write(path, path);
        Directory.CreateDirectory(At(BundleLayout.OwnDirectory));
        var made = Manifest.Create(DateTimeOffset.UnixEpoch, "/workspace/job", paths.Select(p => ManifestFile.Of(p, p.Length, new string('a', 64))));
        made.Manifest.ShouldNotBeNull().WriteFile(At(BundleLayout.ManifestPath));
        if (hasReceipt)
            Write(BundleLayout.ReceiptPath, "{}");
    }

    private string At(string path) => Path.Combine(home.Path, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    /// <summary>All but Lodger's own.</summary>
    private static List<string> Files(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(directory, f))
            .Where(f => !f.StartsWith(".lodger", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];
}
