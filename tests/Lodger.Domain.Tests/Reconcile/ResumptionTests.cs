using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Reconcile;

public sealed class ResumptionTests
{
    [Theory]
    [InlineData(41, 40, null, false)]
    [InlineData(4, 40, null, false)]
    [InlineData(3, 40, null, true)]
    [InlineData(0, 11, null, true)]
    [InlineData(0, 10, null, false)]
    [InlineData(0, null, null, false)]
    [InlineData(29, 40, 30L, true)]
    [InlineData(30, 40, 30L, false)]
    [InlineData(31, 40, 30L, false)]
    [InlineData(0, 40, 11L, true)]
    [InlineData(0, 4000, 10L, false)]
    public void A_command_began_anew_when_it_is_before_its_checkpoint_or_far_before_where_it_was(long step, int? before, long? checkpoint, bool fromZero) =>
        Resumption.IsFromZero(step, before, checkpoint).ShouldBe(fromZero);
}
