using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Problems;

public sealed class OutcomeTests
{
    private static readonly Problem Gone = new("offer-gone", "The offer is gone.", "Run it again.", ExitCode.NoOffer);

    [Fact]
    public void A_value_is_there_or_the_problem_that_kept_it_away()
    {
        Outcome<int> good = 7;
        (good.IsOk, good.Value, good.Problem).ShouldBe((true, 7, null));
        good.TryGet(out var value, out _).ShouldBeTrue();
        value.ShouldBe(7);

        Outcome<int> bad = Gone;
        (bad.IsOk, bad.Problem).ShouldBe((false, Gone));
        bad.TryGet(out _, out var problem).ShouldBeFalse();
        problem.ShouldBe(Gone);
        Should.Throw<InvalidOperationException>(() => bad.Value).Message.ShouldContain("The offer is gone.");
        Should.Throw<ArgumentNullException>(() => (Outcome<int>)(Problem)null!);
        Done.Ok.IsOk.ShouldBeTrue();
    }

    [Fact]
    public void What_comes_next_is_done_with_a_value_alone()
    {
        Outcome<int> good = 7;
        good.Then<string>(n => $"{n + 1}").Value.ShouldBe("8");
        good.Then<string>(_ => Gone).Problem.ShouldBe(Gone);
        Outcome<int> bad = Gone;
        var asked = 0;
        bad.Then<string>(_ => $"{++asked}").Problem.ShouldBe(Gone);
        asked.ShouldBe(0);
    }

    [Theory]
    [InlineData("Run it again.", "The offer is gone. Run it again.")]
    [InlineData("", "The offer is gone.")]
    public void A_problem_is_said_with_what_to_do_where_there_is_something(string fix, string said) => (Gone with { Fix = fix }).ToString().ShouldBe(said);
}
