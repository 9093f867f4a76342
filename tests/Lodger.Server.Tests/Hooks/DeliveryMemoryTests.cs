using Lodger.Server.Hooks;

namespace Lodger.Server.Tests.Hooks;

public sealed class DeliveryMemoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_delivery_is_new_once_for_as_long_as_its_signature_could_be_shown_again()
    {
        var memory = new DeliveryMemory(100, TimeSpan.FromSeconds(600));
        memory.IsNew("a", Start).ShouldBeTrue();
        memory.IsNew("a", Start).ShouldBeFalse();
        memory.IsNew("a", Start.AddSeconds(600)).ShouldBeFalse();
        memory.IsNew("a", Start.AddSeconds(601)).ShouldBeTrue();
        memory.Count.ShouldBe(1);
    }

    [Fact]
    public void However_many_come_no_more_than_so_many_are_remembered()
    {
        var memory = new DeliveryMemory(10, TimeSpan.FromSeconds(600));
        for (var i = 0; i < 1000; i++)
        {
            memory.IsNew($"{i}", Start).ShouldBeTrue();
            memory.Count.ShouldBeLessThanOrEqualTo(10);
        }

        for (var i = 990; i < 1000; i++)
            memory.IsNew($"{i}", Start).ShouldBeFalse();
        memory.IsNew("989", Start).ShouldBeTrue("the oldest are given up to make room");
    }
}
