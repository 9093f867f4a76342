using Lodger.Domain.Box;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

/// <summary>Where files grow until a pull is whole.</summary>
public sealed class StagedFilesTests
{
    [Fact]
    public void A_directory_of_which_nothing_is_wanted_any_more_is_not_in_the_way_of_a_file()
    {
        using var home = new TemporaryDirectory();
        var staged = new StagedFiles(home.Path);
        foreach (var path in (string[])["ckpt/deep/part.pt", "other/kept.pt"])
        {
            var file = Path.Combine(staged.Directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "begun");
        }

        List<WantedFile> wanted = [new("ckpt", 3), new("other/kept.pt", 9)];
        staged.Open(wanted);
        File.WriteAllText(Path.Combine(staged.Directory, "ckpt"), "new");
        staged.Close(wanted);

        File.ReadAllText(Path.Combine(home.Path, "ckpt")).ShouldBe("new");
        File.ReadAllText(Path.Combine(home.Path, "other/kept.pt")).ShouldBe("begun");
    }

    [Fact]
    public void What_is_not_wanted_any_more_goes_and_nothing_behind_a_link()
    {
        using var directory = new TemporaryDirectory();
        var (bundle, foreign) = (Path.Combine(directory.Path, "bundle"), Path.Combine(directory.Path, "foreign"));
        var staged = new StagedFiles(bundle);
        foreach (var (place, name) in (IEnumerable<(string, string)>)[(staged.Directory, "a/old"), (staged.Directory, "a/wanted"), (foreign, "mine")])
        {
            var file = Path.Combine(place, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "content");
        }

        Directory.CreateSymbolicLink(Path.Combine(staged.Directory, "a", "link"), foreign);
        File.CreateSymbolicLink(Path.Combine(staged.Directory, "a", "file"), Path.Combine(foreign, "mine"));
        staged.Open([new("a/wanted", 7), new("a/link/mine", 7)]);

        File.ReadAllText(Path.Combine(foreign, "mine")).ShouldBe("content");
        Directory.EnumerateFileSystemEntries(Path.Combine(staged.Directory, "a")).Select(Path.GetFileName).ShouldBe(["wanted"]);
    }
}
