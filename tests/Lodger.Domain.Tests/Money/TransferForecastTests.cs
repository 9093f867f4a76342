using Lodger.Domain.Box;
using Lodger.Domain.Money;

namespace Lodger.Domain.Tests.Money;

public sealed class TransferForecastTests
{
    [Fact]
    public void What_is_left_follows_from_the_rate_and_the_cost_from_the_hosts_price_per_gigabyte()
    {
        var forecast = TransferForecast.Of(new TransferProgress(1_200_000_000, 5_000_000_000, 36e6), 0.02m);
        forecast.ShouldBe(new TransferForecast(TimeSpan.FromSeconds(106), 0.02m, 0.024m, 0.1m));
        TransferForecast.Of(new TransferProgress(5, 5, 1), 0m).ShouldBe(new TransferForecast(TimeSpan.Zero, 0m, 0m, 0m));
    }

    [Fact]
    public void What_is_not_known_is_not_forecast()
    {
        TransferForecast.Of(new TransferProgress(10, 100, 0), null).ShouldBe(new TransferForecast(null, null, null, null));
        TransferForecast.Of(new TransferProgress(1_000_000_000, null, 5), 0.01m).ShouldBe(new TransferForecast(null, 0.01m, 0.01m, null));
        TransferForecast.Of(new TransferProgress(0, long.MaxValue, 0.001), 0.01m).Left.ShouldBeNull("nobody waits for thousands of years");
        TransferForecast.Of(new TransferProgress(200, 100, 5), null).Left.ShouldBe(TimeSpan.Zero);
    }
}
