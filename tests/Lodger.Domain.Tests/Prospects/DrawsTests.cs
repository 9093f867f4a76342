using Lodger.Domain.Prospects;

namespace Lodger.Domain.Tests.Prospects;

public sealed class DrawsTests
{
    [Theory]
    [InlineData(7, 0, 0.7057653734953508, 0.43680362416161284)]
    [InlineData(7, 1, 0.3935456894893556, 0.996696146313802)]
    [InlineData(8, 0, 0.20748596852510032, 0.6095834646656229)]
    public void The_same_seed_and_life_draw_the_same_everywhere_as_splitmix64_does(int seed, int life, double first, double second)
    {
        var draws = new Draws(seed, life);
        (draws.Uniform(), draws.Uniform()).ShouldBe((first, second));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.25)]
    [InlineData(5)]
    public void A_gamma_draw_is_positive_with_its_shape_as_mean_and_as_variance(double shape)
    {
        var draws = new Draws(1, 2);
        double[] values = [.. Enumerable.Range(0, 200_000).Select(_ => draws.Gamma(shape))];
        values.Min().ShouldBePositive();
        var mean = values.Average();
        mean.ShouldBe(shape, shape * 0.01);
        values.Average(v => (v - mean) * (v - mean)).ShouldBe(shape, shape * 0.025);
        // Of shape 1 it is exponential: half lie below ln 2.
        if (shape == 1)
            values.Count(v => v < Math.Log(2)).ShouldBeInRange(99_000, 101_000);
    }

    [Fact]
    public void An_exponential_draw_has_mean_one()
    {
        var draws = new Draws(3, 4);
        Enumerable.Range(0, 200_000).Average(_ => draws.Exponential()).ShouldBe(1, 0.01);
    }
}
