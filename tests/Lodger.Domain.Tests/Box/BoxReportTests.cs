using Lodger.Domain.Box;

namespace Lodger.Domain.Tests.Box;

public sealed class BoxReportTests
{
    [Theory]
    [InlineData(new int[0], false)]
    [InlineData(new[] { 0 }, true)]
    [InlineData(new[] { 5, 0 }, true)]
    [InlineData(new[] { 6 }, false)]
    [InlineData(new[] { 0, 97 }, false)]
    public void Its_gpus_are_idle_when_it_has_some_and_none_of_them_works(int[] percents, bool idle) =>
        new BoxReport { Phase = BoxPhase.Running, Gpus = [.. percents.Select(p => new BoxGpu("RTX 4090", 24_564, p, "550"))] }.IsGpuIdle.ShouldBe(idle);
}
