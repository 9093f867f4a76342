using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class StagedFilesTests
{
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
