using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Reconcile;

public sealed class ResumptionTests
{
    [Theory]
    [InlineData(41, 40, null, false)]
    [InlineData(4, 40, null, false)]
    [InlineData(3, 40, null, true)]
    [InlineData(0, 11, null, true)]
    [InlineData(0, 10, null, null)]
    [InlineData(0, null, null, null)]
    [InlineData(29, 40, 30L, true)]
    [InlineData(30, 40, 30L, false)]
    [InlineData(31, 40, 30L, false)]
    [InlineData(0, 40, 11L, true)]
    [InlineData(0, 4000, 10L, null)]
    public void A_command_began_anew_when_it_is_before_its_checkpoint_or_far_before_where_it_was(long step, int? before, long? checkpoint, bool? fromZero) =>
        Resumption.IsFromZero(new(step, true, step + 1), before, checkpoint).ShouldBe(fromZero);

    [Theory]
    [InlineData(12, false, 13L, "earlier steps stand before what was read")]
    [InlineData(12, true, null, "one step says nothing of how far apart they are")]
    [InlineData(100, true, 200L, "a start from zero says 100 first, too")]
    public void Past_its_checkpoint_it_went_on_only_when_a_start_from_zero_would_have_said_less(long step, bool isFirst, long? next, string why) =>
        Resumption.IsFromZero(new(step, isFirst, next), 20, 10).ShouldBeNull(why);
}
