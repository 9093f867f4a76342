using System.Text;
using Lodger.Domain.Policy.Deadlines;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Policy.Deadlines;

public sealed class SpotTraceTests
{
    private static Outcome<SpotTrace> Read(string json, int availableWhen = 1) => SpotTrace.Read("traces/zone-a.json", Encoding.UTF8.GetBytes(json), availableWhen);

    [Fact]
    public void A_trace_is_named_after_its_file_and_either_value_can_mean_available()
    {
        var trace = Read("""{"metadata": {"gap_seconds": 600, "start": "x"}, "data": [0, 1, 1.0]}""").Value;
        (trace.Zone, trace.TickHours, trace.UsdPerHour).ShouldBe(("zone-a", 1 / 6d, null));
        trace.Available.ShouldBe([false, true, true]);
        Read("""{"metadata": {"gap_seconds": 600}, "data": [0, 1, 1]}""", availableWhen: 0).Value.Available.ShouldBe([true, false, false]);
    }

    [Fact]
    public void Prices_are_kept_and_may_be_unknown_while_spot_is_away() =>
        Read("""{"metadata": {"gap_seconds": 600}, "data": [1, 0], "prices": [0.9, null]}""").Value.UsdPerHour.ShouldBe([0.9, 0]);

    [Theory]
    [InlineData("[1, 0", "is not JSON (line 1, byte 6)")]
    [InlineData("[1, 0]", "is not a JSON object")]
    [InlineData("""{"data": [1]}""", "has no metadata.gap_seconds")]
    [InlineData("""{"metadata": {"gap_seconds": 0}, "data": [1]}""", "metadata.gap_seconds that is not a number from 1 to 86400")]
    [InlineData("""{"metadata": {"gap_seconds": "60"}, "data": [1]}""", "metadata.gap_seconds that is not a number from 1 to 86400")]
    [InlineData("""{"metadata": {"gap_seconds": 60}}""", "has no data")]
    [InlineData("""{"metadata": {"gap_seconds": 60}, "data": []}""", "has 0 entries in data")]
    [InlineData("""{"metadata": {"gap_seconds": 60}, "data": [1, 2]}""", "a data[1] that is neither 0 nor 1")]
    [InlineData("""{"metadata": {"gap_seconds": 60}, "data": [1, true]}""", "a data[1] that is neither 0 nor 1")]
    [InlineData("""{"metadata": {"gap_seconds": 60}, "data": [1, 1], "prices": [1]}""", "prices that are not one number for each of the 2 entries of data")]
    [InlineData("""{"metadata": {"gap_seconds": 60}, "data": [1, 1], "prices": [1, null]}""", "a prices[1] that is no price")]
    [InlineData("""{"metadata": {"gap_seconds": 60}, "data": [1, 1], "prices": [1, -2]}""", "a prices[1] that is no price")]
    public void What_is_wrong_with_a_trace_names_file_and_field(string json, string what)
    {
        var problem = Read(json).Problem!;
        problem.Message.ShouldStartWith("traces/zone-a.json ");
        problem.Message.ShouldContain(what);
        problem.ExitCode.ShouldBe(ExitCode.BadInput);
    }
}
