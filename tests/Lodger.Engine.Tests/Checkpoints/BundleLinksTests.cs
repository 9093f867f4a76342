using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Engine.Checkpoints;

namespace Lodger.Engine.Tests.Checkpoints;

/// <summary>Links whose names and targets a machine chose, made beside what it sent.</summary>
public sealed class BundleLinksTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("ckpt/latest", "step_300", true)]
    [InlineData("best", "ckpt/step_300/model.pt", true)]
    [InlineData("ckpt/deep/latest", "../step_300", true)]
    [InlineData("ckpt/latest", "../ckpt/step_300", true)]
    [InlineData("ckpt/latest", "../../elsewhere", false)]
    [InlineData("latest", "..", false)]
    [InlineData("latest", ".", false)]
    [InlineData("ckpt/latest", ".", false)]
    [InlineData("ckpt/step_300/up", "../../ckpt", false)]
    [InlineData("latest", "ckpt/../../elsewhere", false)]
    [InlineData("ckpt/latest", "step_300/../../../elsewhere", false)]
    [InlineData("latest", "/etc/passwd", false)]
    [InlineData("latest", "a\nb", false)]
    [InlineData("la\u001btest", "ckpt", false)]
    [InlineData("ckpt", "step_300", false)]
    [InlineData("ckpt/step_300/model.pt", "other.pt", false)]
    [InlineData("within/latest", "step_300", false)]
    [InlineData("dangling", "other", false)]
    public void Only_a_link_that_leads_into_the_results_is_made_and_none_in_place_of_anything_or_through_another(string path, string target, bool isMade)
    {
        Put("ckpt/step_300/model.pt");
        Directory.CreateSymbolicLink(At("within"), "ckpt");
        File.CreateSymbolicLink(At("dangling"), "gone");
        var before = Everything();

        BundleLinks.Make(directory.Path, Listing(ManifestLink.Of(path, target)));

        Everything().Except(before).Select(e => Path.GetRelativePath(directory.Path, e)).ShouldBe(isMade ? Ways(path) : []);
        before.Except(Everything()).ShouldBeEmpty();
        if (isMade)
            new FileInfo(At(path)).LinkTarget.ShouldBe(target);
        new FileInfo(At("dangling")).LinkTarget.ShouldBe("gone");
    }

    [Fact]
    public void Results_may_lie_behind_a_link_of_the_user_s_own()
    {
        Put("real/ckpt/step_300/model.pt");
        Directory.CreateSymbolicLink(At("results"), "real");
        BundleLinks.Make(At("results"), Listing(ManifestLink.Of("ckpt/latest", "step_300")));
        new FileInfo(At("real/ckpt/latest")).LinkTarget.ShouldBe("step_300");
    }

    [Fact]
    public void Who_follows_links_goes_in_no_circle()
    {
        Put("a/x.pt");
        Put("b/y.pt");
        BundleLinks.Make(directory.Path, Listing(
            ManifestLink.Of("a/b", "../b"), ManifestLink.Of("b/a", "../a"), ManifestLink.Of("chain", "first"), ManifestLink.Of("first", "a/x.pt"), ManifestLink.Of("into", "a")));
        Everything().Where(e => new FileInfo(e).LinkTarget is not null).Select(e => Path.GetRelativePath(directory.Path, e)).ShouldBe(["first"]);
    }

    [Fact]
    public void Those_that_the_bundles_manifest_lists_are_removed_again_and_no_other()
    {
        Put("ckpt/step_300/model.pt");
        var manifest = Listing(ManifestLink.Of("latest", "ckpt/step_300"), ManifestLink.Of("ckpt/last", "step_300"));
        Directory.CreateDirectory(At(BundleLayout.OwnDirectory));
        manifest.WriteFile(At(BundleLayout.ManifestPath));
        BundleLinks.Make(directory.Path, manifest);
        File.Delete(At("ckpt/last"));
        File.CreateSymbolicLink(At("ckpt/last"), "another");
        File.CreateSymbolicLink(At("mine"), "ckpt");
        BundleLinks.MadeIn(directory.Path).ShouldBe(["latest"]);

        BundleLinks.Remove(directory.Path);

        new FileInfo(At("latest")).LinkTarget.ShouldBeNull();
        (new FileInfo(At("ckpt/last")).LinkTarget, new FileInfo(At("mine")).LinkTarget).ShouldBe(("another", "ckpt"));
        File.Exists(At("ckpt/step_300/model.pt")).ShouldBeTrue();
    }

    private static IEnumerable<string> Ways(string path) => path == "ckpt/deep/latest" ? ["ckpt/deep", path] : [path];

    private static Manifest Listing(params ManifestLink[] links) => Manifest.Create(DateTimeOffset.UnixEpoch, "/workspace/a", links).Manifest!;

    private string At(string path) => Path.Combine(directory.Path, path);

    private void Put(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), "x");
    }

    /// <summary>No link is followed.</summary>
    private List<string> Everything()
    {
        List<string> found = [];
        void Walk(string at)
        {
            foreach (var entry in new DirectoryInfo(at).EnumerateFileSystemInfos())
            {
                found.Add(entry.FullName);
                if (entry is DirectoryInfo { LinkTarget: null })
                    Walk(entry.FullName);
            }
        }

        Walk(directory.Path);
        return found;
    }
}
