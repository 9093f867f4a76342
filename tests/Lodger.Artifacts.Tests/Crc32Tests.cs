using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Tests;

public sealed class Crc32Tests
{
    [Fact]
    public void The_check_value_of_the_standard_is_met() => Crc32.Append(0, "123456789"u8).ShouldBe(0xCBF43926);

    [Fact]
    public void Every_length_and_every_split_gives_what_the_definition_gives()
    {
        var bytes = new byte[700];
        new Random(5).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var whole = bytes.AsSpan(0, length);
            var expected = FileBytes.Crc(whole.ToArray());
            Crc32.Append(0, whole).ShouldBe(expected, $"of {length} bytes");
            var split = length * 2 / 5;
            Crc32.Append(Crc32.Append(0, whole[..split]), whole[split..]).ShouldBe(expected, $"of {length} bytes, split at {split}");
        }
    }
}
