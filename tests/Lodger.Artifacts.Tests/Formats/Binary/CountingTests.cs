using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Tests;

/// <summary>Shapes, stretches, limits and the CRC that several formats share.</summary>
public sealed class CountingTests
{
    private const long Huge = long.MaxValue;

    [Theory]
    [InlineData(1L)]
    [InlineData(7L, 7L)]
    [InlineData(6L, 2L, 3L)]
    [InlineData(0L, 5L, 0L)]
    [InlineData(0L, Huge, Huge, 0L)]
    [InlineData(Huge, Huge)]
    [InlineData(1L << 62, 1L << 31, 1L << 31)]
    [InlineData(null, 1L << 32, 1L << 31)]
    [InlineData(null, 1L << 32, 1L << 32)]
    [InlineData(null, 1L << 40, 1L << 40, 2L)]
    [InlineData(null, -1L)]
    [InlineData(null, 3L, -1L)]
    [InlineData(null, -1L, 0L)]
    public void A_shape_has_as_many_elements_as_its_sizes_make_or_cannot_exist(long? elements, params long[] sizes) => Shape.Elements(sizes).ShouldBe(elements);

    [Theory]
    [InlineData(2L, 3L, 5L)]
    [InlineData(Huge, 0L, Huge)]
    [InlineData(Huge, 1L, Huge)]
    [InlineData(Huge, Huge, Huge)]
    public void A_sum_of_counts_stops_at_the_largest(long a, long b, long sum) => Shape.Sum(a, b).ShouldBe(sum);

    [Theory]
    [InlineData(0L, 4L << 30)]
    [InlineData(1L, (4L << 30) + 100)]
    [InlineData(1_000_000L, (4L << 30) + 100_000_000)]
    [InlineData(Huge / 100, Huge)]
    [InlineData(Huge, Huge)]
    public void A_packed_file_may_unpack_to_four_GiB_and_a_hundred_times_its_size_and_one_of_arrays_to_28_GiB_more(long packed, long limit)
    {
        UnpackLimit.Of(packed).ShouldBe(limit);
        UnpackLimit.OfArrays(packed).ShouldBe(limit == Huge ? Huge : limit + (28L << 30));
    }

    [Fact]
    public void Stretches_that_lie_apart_in_a_file_are_right_in_any_order() =>
        Extent.Wrong([new("c", 7, 3), new("a", 0, 5), new("b", 5, 2), new("nothing", 6, 0), new("end", 10, 0)], 10).ShouldBeNull();

    [Theory]
    [InlineData(0L, 11L, 10L, 0L, "\"b\" ends at byte 11, and the file has 10")]
    [InlineData(-1L, 1L, 10L, 0L, "\"b\" ends at byte 0")]
    [InlineData(Huge, Huge, 10L, 0L, "\"b\" ends at byte 18446744073709551614")]
    [InlineData(3L, 2L, 0L, 4L, "\"b\" begins at byte 3, inside \"a\", which ends at 4.")]
    [InlineData(0L, 5L, 0L, 4L, "\"b\" begins at byte 0, inside \"a\", which ends at 4.")]
    [InlineData(0L, 3L, 0L, 4L, "\"a\" begins at byte 0, inside \"b\", which ends at 3.")]
    public void A_stretch_outside_the_file_or_inside_another_is_named(long begin, long bytes, long otherBegin, long otherBytes, string wrong) =>
        Extent.Wrong([new("a", otherBegin, otherBytes), new("b", begin, bytes)], 10).ShouldNotBeNull().ShouldStartWith(wrong);

    [Fact]
    public void An_empty_stretch_hides_no_overlap() =>
        Extent.Wrong([new("a", 0, 6), new("nothing", 2, 0), new("b", 4, 2)], 10).ShouldBe("\"b\" begins at byte 4, inside \"a\", which ends at 6.");

    [Theory]
    [InlineData("", 0u)]
    [InlineData("313233343536373839", 0xE3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AAu)] // RFC 3720, B.4
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 0x62A8AB43u)]
    [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", 0x46DD794Eu)]
    [InlineData("1F1E1D1C1B1A191817161514131211100F0E0D0C0B0A09080706050403020100", 0x113FDB5Cu)]
    public void The_CRC_32C_is_the_published_one_whole_or_in_parts(string hex, uint crc)
    {
        var bytes = Convert.FromHexString(hex);

        Crc32C.Append(0, bytes).ShouldBe(crc);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Crc32C.Append(Crc32C.Append(0, bytes.AsSpan(..cut)), bytes.AsSpan(cut..)).ShouldBe(crc);
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xE3069283u)]
    [InlineData(0xFFFFFFFFu)]
    public void The_mask_of_a_stored_CRC_is_taken_off(uint crc) => Crc32C.Unmask(((crc >> 15) | (crc << 17)) + 0xA282EAD8).ShouldBe(crc);
}
