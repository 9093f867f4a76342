using Lodger.Server.Access;

namespace Lodger.Server.Tests.Access;

public sealed class AllowanceTests
{
    private readonly SetTime time = new();

    [Fact]
    public void So_many_at_once_and_then_as_many_as_come_back()
    {
        var allowance = new Allowance(most: 3, perSecond: 0.5, keysMax: 10, time);
        for (var i = 0; i < 3; i++)
            allowance.Take("a").ShouldBeNull();
        allowance.Take("a").ShouldBe(TimeSpan.FromSeconds(2));
        allowance.Take("b").ShouldBeNull("another key has its own");
        time.Pass(TimeSpan.FromSeconds(1));
        allowance.Wait("a").ShouldBe(TimeSpan.FromSeconds(1));
        time.Pass(TimeSpan.FromSeconds(1));
        allowance.Wait("a").ShouldBeNull();
        allowance.Wait("a").ShouldBeNull("looking takes nothing");
        allowance.Take("a").ShouldBeNull();
        allowance.Take("a").ShouldNotBeNull();
    }

    [Fact]
    public void Who_is_silent_for_long_has_no_more_than_the_most()
    {
        var allowance = new Allowance(most: 2, perSecond: 1, keysMax: 10, time);
        allowance.Take("a");
        time.Pass(TimeSpan.FromDays(1));
        allowance.Take("a").ShouldBeNull();
        allowance.Take("a").ShouldBeNull();
        allowance.Take("a").ShouldNotBeNull();
    }

    [Fact]
    public void However_many_keys_come_so_many_are_remembered_and_the_emptiest_are_kept()
    {
        var allowance = new Allowance(most: 2, perSecond: 0.001, keysMax: 8, time);
        allowance.Take("worst");
        allowance.Take("worst");
        for (var i = 0; i < 1000; i++)
        {
            allowance.Take($"{i}");
            allowance.Count.ShouldBeLessThanOrEqualTo(8);
        }

        allowance.Take("worst").ShouldNotBeNull("nobody buys a new allowance by asking under many names");
    }
}
