using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

public sealed class HostMemoryTests
{
    private static double After(TimeSpan age, int times = 1) =>
        HostMemory.At(Samples.T0 + age, Enumerable.Repeat(new HostFailure("h1", Samples.T0), times))["h1"];

    [Fact]
    public void A_failure_excludes_a_host_at_once_and_is_forgotten_by_halves()
    {
        After(TimeSpan.Zero).ShouldBe(0.8);
        After(HostMemory.HalfLife).ShouldBe(0.4, 1e-9);
        After(HostMemory.HalfLife * 10).ShouldBeLessThan(0.001);
        After(TimeSpan.Zero).ShouldBeGreaterThan(HostMemory.ExcludedFrom);
        After(HostMemory.HalfLife).ShouldBeLessThan(HostMemory.ExcludedFrom);
    }

    [Fact]
    public void Several_failures_are_remembered_longer_than_one()
    {
        After(HostMemory.HalfLife, 3).ShouldBe(1 - (0.6 * 0.6 * 0.6), 1e-9);
        After(HostMemory.HalfLife, 3).ShouldBeGreaterThan(HostMemory.ExcludedFrom);
    }

    [Fact]
    public void A_host_without_failures_is_not_there_and_a_clock_ahead_counts_as_now()
    {
        HostMemory.At(Samples.T0, []).ShouldBeEmpty();
        After(TimeSpan.FromHours(-3)).ShouldBe(0.8);
    }
}
