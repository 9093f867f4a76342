using Lodger.Domain.Box;
using Lodger.Engine.Adopt;

namespace Lodger.Engine.Tests.Adopt;

public sealed class AdoptRulesTests
{
    [Theory]
    [InlineData("/workspace/ckpt/latest", "/workspace/ckpt/step-1000", "path-by-link")]
    [InlineData("/data/out", "/mnt/out", "path-by-link")]
    [InlineData("/workspace/.lodger/run.log", "/workspace/.lodger/run.log", "bad-path")]
    [InlineData("/workspace/out/.lodger", "/workspace/out/.lodger", "bad-path")]
    [InlineData("/", "/", "bad-path")]
    [InlineData("/proc/1", "/proc/1", "bad-path")]
    public void What_may_lead_elsewhere_later_or_would_be_left_out_is_refused(string asked, string path, string problem) =>
        AdoptRules.Refuse(new LookedPath(asked, path, 1, 1))?.Id.ShouldBe(problem);

    [Theory]
    [InlineData("/workspace/out", "/workspace/out")]
    [InlineData("/workspace/out/", "/workspace/out")]
    [InlineData("/workspace//a/../out/.", "/workspace/out")]
    [InlineData("/workspace/a.lodger", "/workspace/a.lodger")]
    public void However_it_is_written_a_path_without_links_may_be_saved(string asked, string path) =>
        AdoptRules.Refuse(new LookedPath(asked, path, 1, 1)).ShouldBeNull();
}
