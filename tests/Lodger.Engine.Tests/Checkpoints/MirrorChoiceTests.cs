using Lodger.Domain.Box;
using Lodger.Domain.Spec;
using Lodger.Engine.Checkpoints;

namespace Lodger.Engine.Tests.Checkpoints;

/// <summary>Which checkpoints may be removed from a machine whose disk fills.</summary>
public sealed class MirrorChoiceTests
{
    private static readonly JobSpec Spec = new() { Name = "job", Image = "python:3.12-slim", Gpu = new GpuRequest([], 1, null), DiskGb = 10, Run = "true", Results = ["out"], Checkpoints = ["ckpt/*"] };

    [Fact]
    public void Only_copied_ones_older_than_the_newest_that_is_wholly_copied_may_go_oldest_first()
    {
        var files = Files("ckpt/1", "ckpt/2", "ckpt/3", "ckpt/4", "ckpt/5");
        Spare(Spec, files, "ckpt/1", "ckpt/3", "ckpt/4").ShouldBe(["ckpt/1", "ckpt/3"]);
        Spare(Spec, files, "ckpt/5").ShouldBeEmpty();
        Spare(Spec, files).ShouldBeEmpty();
    }

    [Fact]
    public void By_time_only_those_that_one_machine_wrote_are_ordered()
    {
        // The first two came from the machine before, whose clock was fast.
        List<BoxFile> files = [new("ckpt/1", 1, At(50)), new("ckpt/2", 1, At(60)), new("ckpt/3", 1, At(1)), new("ckpt/4", 1, At(2))];
        static int Era(BoxFile file) => file.ModifiedAt >= At(50) ? 1 : 2;

        MirrorChoice.Spare(Spec, files, Era, _ => true).Select(f => f.Path).ShouldBe(["ckpt/1", "ckpt/2", "ckpt/3"]);
        MirrorChoice.Spare(Spec, files, Era, f => f.Path != "ckpt/4").Select(f => f.Path).ShouldBe(["ckpt/1", "ckpt/2"]);
        MirrorChoice.Kept(Spec with { Mirror = new MirrorSpec(3, []) }, files, Era, _ => null).Select(f => f.Path).ShouldBe(["ckpt/2", "ckpt/3", "ckpt/4"]);
        MirrorChoice.Kept(Spec with { Mirror = new MirrorSpec(2, []) }, files, Era, f => f.Path == "ckpt/1" ? 500 : 20).Select(f => f.Path).ShouldBe(["ckpt/1", "ckpt/3", "ckpt/4"]);

        static DateTimeOffset At(int minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);
    }

    [Fact]
    public void Shards_go_together_or_not_at_all()
    {
        var files = Files("ckpt/1/a", "ckpt/1/b", "ckpt/2/a", "ckpt/2/b", "ckpt/3/a", "ckpt/3/b");
        var spec = Spec with { Checkpoints = ["ckpt/**"] };
        Spare(spec, files, "ckpt/1/a", "ckpt/2/a", "ckpt/2/b").ShouldBeEmpty();
        Spare(spec, files, "ckpt/1/a", "ckpt/1/b", "ckpt/2/a", "ckpt/2/b", "ckpt/3/a").ShouldBe(["ckpt/1/a", "ckpt/1/b"]);
    }

    [Theory]
    [InlineData("ckpt/*/*", "ckpt/2/b")]
    [InlineData("ckpt/**", "ckpt/2/a ckpt/2/b")]
    [InlineData("./ckpt/", "ckpt/2/a ckpt/2/b")]
    [InlineData("ckpt", "ckpt/2/a ckpt/2/b")]
    [InlineData("**/b", "ckpt/2/b")]
    public void The_newest_checkpoint_is_all_of_its_shards(string pattern, string newest) =>
        MirrorChoice.Newest(Spec with { Checkpoints = [pattern] }, Files("ckpt/1/a", "ckpt/1/b", "ckpt/2/a", "ckpt/2/b"), 0).Select(f => f.Path).ShouldBe(newest.Split(' '));

    [Fact]
    public void What_is_pinned_or_newest_by_another_pattern_stays()
    {
        var files = Files("ckpt/1", "ckpt/2", "ckpt/best", "ckpt/4", "ckpt/5");
        Spare(Spec with { Mirror = new MirrorSpec(2, ["ckpt/2"]) }, files, [.. files.Select(f => f.Path)]).ShouldBe(["ckpt/1", "ckpt/best", "ckpt/4"]);
        Spare(Spec with { Checkpoints = ["ckpt/*", "ckpt/best"] }, files, [.. files.Select(f => f.Path)]).ShouldBe(["ckpt/1", "ckpt/2", "ckpt/4"]);
    }

    private static List<BoxFile> Files(params string[] paths) => [.. paths.Select((path, i) => new BoxFile(path, 1, DateTimeOffset.UnixEpoch.AddMinutes(i)))];

    private static IEnumerable<string> Spare(JobSpec spec, List<BoxFile> files, params string[] copied) => MirrorChoice.Spare(spec, files, _ => 0, f => copied.Contains(f.Path)).Select(f => f.Path);
}
