using Lodger.Engine.Adopt;

namespace Lodger.Engine.Tests.Adopt;

/// <summary>Two names that are one on a disk that makes no difference between upper and lower case.</summary>
public sealed class CaseTwinsTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("out/model.pt", "out/Model.pt", "/out/model.pt and /out/Model.pt on the machine differ in upper and lower case alone")]
    [InlineData("out/run/a.pt", "out/Run/b.pt", "/out/run/a.pt and /out/Run/b.pt on the machine")]
    [InlineData("out/log", "out/LOG/1", "/out/log and /out/LOG/1 on the machine")]
    [InlineData("out/\u001bé", "out/\u001bÉ", "/out/%1B%C3%A9 and /out/%1B%C3%89 on the machine")]
    public void A_disk_that_does_not_tell_them_apart_is_refused_with_both_names_and_two_ways_out(string one, string other, string said)
    {
        var refused = CaseTwins.Refuse(["out/other", one, other], "/home/anna/save", "77", () => false).ShouldNotBeNull();
        refused.Message.ShouldStartWith(said);
        refused.Message.ShouldContain("/home/anna/save");
        refused.Fix.ShouldContain("Rename one of them on the machine");
        refused.Fix.ShouldContain("lodger adopt --release 77");
        CaseTwins.Refuse(["out/other", one, other], "/home/anna/save", "77", () => true).ShouldBeNull("the disk tells them apart");
    }

    [Theory]
    [InlineData("out/a", "out/b")]
    [InlineData("out/run/a", "out/run/b")]
    [InlineData("out/run", "out/runs/a")]
    public void Where_there_is_no_such_pair_the_disk_is_not_asked(string one, string other) =>
        CaseTwins.Refuse([one, other], "/home/anna/save", "77", () => throw new InvalidOperationException("asked")).ShouldBeNull();

    [Fact]
    public void The_disk_is_asked_with_a_file_of_which_nothing_stays()
    {
        var saves = new SaveDirectories(Path.Combine(directory.Path, "home"));
        var probe = Path.Combine(directory.Path, "a");
        File.WriteAllText(probe, "");
        saves.TellsCaseApart().ShouldBe(!File.Exists(Path.Combine(directory.Path, "A")));
        Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories).ShouldBe([probe]);
    }
}
