using Lodger.Remote.Script;

namespace Lodger.Remote.Tests;

public sealed class ResultPatternTests
{
    [Fact]
    public void A_name_that_a_machine_made_up_to_be_hard_to_match_is_told_like_any_other()
    {
        var hard = "ckpt" + new string('-', 200);
        ResultPattern.Matches("ckpt-*-*-*-*-*-*-*.pt", hard).ShouldBeFalse();
        ResultPattern.Matches("ckpt-*-*-*-*-*-*-*.pt", hard + ".pt").ShouldBeTrue();
    }
}
