using Lodger.Domain.Profile;
using Lodger.Domain.Sweep;

namespace Lodger.Domain.Tests.Sweep;

/// <summary>The choice follows from each of its inputs; nothing in it is a constant of a platform.</summary>
public sealed class SweepPaceTests
{
    [Theory]
    [InlineData(0, 3)]
    [InlineData(25, 3)]
    [InlineData(26, 4)]
    [InlineData(100, 8)]
    [InlineData(1000, 80)]
    public void More_pages_are_looked_at_less_often(int rentals, double seconds) => Every(rentals).ShouldBe(seconds);

    [Theory]
    [InlineData(0.1, 3)]
    [InlineData(1.5, 3)]
    [InlineData(4, 8)]
    public void A_stricter_limit_is_looked_at_less_often(double spacing, double seconds) => Every(1, spacing: spacing).ShouldBe(seconds);

    [Theory]
    [InlineData(10, 20)]
    [InlineData(25, 8)]
    [InlineData(100, 3)]
    public void Larger_pages_are_looked_at_more_often(int page, double seconds) => Every(100, page: page).ShouldBe(seconds);

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1.6, 3.2)]
    [InlineData(14, 28)]
    public void A_platform_that_takes_its_time_is_given_it(double took, double seconds) => Every(1, took: took).ShouldBe(seconds);

    [Theory]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 4, 0, 4)]
    [InlineData(1000, 1, 0, 40)]
    [InlineData(1, 1, 7, 7)]
    public void After_a_push_all_that_the_limit_allows_is_used_and_no_more(int rentals, double spacing, double took, double seconds) =>
        SweepPace.AfterPush(Samples.Profile(TimeSpan.FromSeconds(spacing), 25), rentals, TimeSpan.FromSeconds(took)).TotalSeconds.ShouldBe(seconds);

    [Fact]
    public void At_its_turn_half_of_what_the_limit_allows_is_left_to_others()
    {
        foreach (var rentals in (int[])[1, 26, 77, 500, 10_000])
        {
            foreach (var spacing in (double[])[0.5, 1, 3.5])
            {
                var pages = Math.Ceiling(rentals / 25.0);
                (pages * spacing / Every(rentals, spacing)).ShouldBeLessThanOrEqualTo(0.5, $"{rentals} rentals, {spacing} s between calls");
            }
        }
    }

    private static double Every(int rentals, double spacing = 1, int page = 25, double took = 0) =>
        SweepPace.Every(Samples.Profile(TimeSpan.FromSeconds(spacing), page), rentals, TimeSpan.FromSeconds(took)).TotalSeconds;
}
