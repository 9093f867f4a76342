using FsCheck;
using FsCheck.Fluent;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("36h", 129_600)]
    [InlineData("90m", 5_400)]
    [InlineData("1d12h", 129_600)]
    [InlineData("45s", 45)]
    [InlineData("1h0m1s", 3_601)]
    [InlineData("1d2h3m4s", 93_784)]
    [InlineData("366d", 31_622_400)]
    [InlineData("000000045s", 45)]
    public void A_duration_is_read(string text, int seconds)
    {
        Quantity.TryParseDuration(text, out TimeSpan duration).ShouldBeTrue();
        duration.TotalSeconds.ShouldBe(seconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0s")]
    [InlineData("5")]
    [InlineData("h")]
    [InlineData("1m1h")]
    [InlineData("1h1h")]
    [InlineData("-1h")]
    [InlineData("1.5h")]
    [InlineData("1 h")]
    [InlineData("400d")]
    [InlineData("366d1s")]
    [InlineData("0000000045s")]
    [InlineData("1h30")]
    [InlineData("1w")]
    [InlineData("99999999999999999999s")]
    [InlineData("١h")]
    public void What_is_no_duration_is_refused(string? text) => Quantity.TryParseDuration(text, out _).ShouldBeFalse();

    [Fact]
    public void What_is_written_is_read_back() =>
        Prop.ForAll(Gen.Choose(1, 366 * 86_400).ToArbitrary(), seconds =>
            Quantity.TryParseDuration(Quantity.Write(TimeSpan.FromSeconds(seconds)), out TimeSpan back) && back == TimeSpan.FromSeconds(seconds))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.9, "0s")]
    [InlineData(1, "1s")]
    [InlineData(61.9, "1m1s")]
    [InlineData(3_600, "1h")]
    [InlineData(3_605, "1h5s")]
    [InlineData(86_400, "1d")]
    [InlineData(93_600, "1d2h")]
    public void A_duration_is_written_in_its_shortest_form(double seconds, string text) => Quantity.Write(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    [Theory]
    [InlineData("50GB", 50_000_000_000)]
    [InlineData("512MB", 512_000_000)]
    [InlineData("2TB", 2_000_000_000_000)]
    [InlineData("1.5gb", 1_500_000_000)]
    [InlineData("40 GB", 40_000_000_000)]
    [InlineData("1kb", 1_000)]
    [InlineData("0.001KB", 1)]
    [InlineData("1000TB", 1_000_000_000_000_000)]
    public void A_size_is_read(string text, long bytes)
    {
        Quantity.TryParseSize(text, out long read).ShouldBeTrue();
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("40")]
    [InlineData("0GB")]
    [InlineData("-1GB")]
    [InlineData("1e3GB")]
    [InlineData("1,5GB")]
    [InlineData("0.0001KB")]
    [InlineData("1001TB")]
    [InlineData("40GiB")]
    [InlineData("4 0GB")]
    [InlineData("99999999999999999999999999999999TB")]
    public void What_is_no_size_is_refused(string? text) => Quantity.TryParseSize(text, out _).ShouldBeFalse();
}
