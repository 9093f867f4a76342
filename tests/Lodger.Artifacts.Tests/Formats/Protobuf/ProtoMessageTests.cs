using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Formats.Protobuf;
using static Lodger.Artifacts.Tests.Damage;

namespace Lodger.Artifacts.Tests;

/// <summary>Protobuf's fields as protobuf.dev/programming-guides/encoding has them, in a message that is a part of a file.</summary>
public sealed class ProtoMessageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private HashedFile? _file;

    public void Dispose()
    {
        _file?.Dispose();
        _directory.Dispose();
    }

    /// <summary>A message behind three bytes that are not its own, with others behind it.</summary>
    private ProtoMessage Of(params byte[] message)
    {
        _file?.Dispose();
        _directory.With("file", [9, 9, 9, .. message, .. Enumerable.Repeat((byte)1, 20)]);
        _file = new HashedFile(_directory["file"], _ => { }, TestContext.Current.CancellationToken);
        return new ProtoMessage(new FieldReader(_file), 3, 3 + message.Length);
    }

    private ProtoMessage First(params byte[] message)
    {
        var first = Of(message);
        first.Next().ShouldBeTrue();
        return first;
    }

    private static string Refused(Func<object?> read) => Should.Throw<InvalidDataException>(read).Message;

    [Fact]
    public void Fields_of_every_kind_come_one_after_another()
    {
        var message = Of([0x08, 0x96, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1A, 2, 7, 7, 0x25, 4, 3, 2, 1, .. Varint(((1UL << 29) - 1) << 3), 5]);
        var seen = new List<string>();
        while (message.Next())
        {
            seen.Add(message.HasLength ? $"{message.Field}: {message.Bytes} at {message.Start}" : $"{message.Field}: {message.Number:X}");
        }

        seen.ShouldBe(["1: 96", "2: 807060504030201", "3: 2 at 17", "4: 1020304", "536870911: 5"]);
        message.Next().ShouldBeFalse();
    }

    [Fact]
    public void An_empty_message_has_no_field() => Of().Next().ShouldBeFalse();

    [Theory]
    [InlineData("00", "at byte 3 there is no field where one should be.")]
    [InlineData("0700", "at byte 3 there is no field where one should be.")]
    [InlineData("808080801001", "at byte 3 there is no field where one should be.")]
    [InlineData("0B", "at byte 3 field 1 is of a kind that is not written any more.")]
    [InlineData("0C", "at byte 3 field 1 is of a kind that is not written any more.")]
    [InlineData("0E", "at byte 3 field 1 is of a kind that is not written any more.")]
    [InlineData("0F", "at byte 3 field 1 is of a kind that is not written any more.")]
    [InlineData("0A0201", "at byte 3 field 1 claims 2 bytes, and 1 are there: it was cut short, or a length is wrong.")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01", "at byte 3 field 1 claims 18446744073709551615 bytes, and 0 are there")]
    [InlineData("0A80", "at byte 3 field 1 claims 128 bytes, and 0 are there")]
    [InlineData("0880", "at byte 3 field 1 goes past its message's end.")]
    [InlineData("0901020304050607", "at byte 3 field 1 goes past its message's end.")]
    [InlineData("0D010203", "at byte 3 field 1 goes past its message's end.")]
    [InlineData("0880808080808080808080", "is longer than 64 bits.")]
    public void What_is_no_field_of_the_message_is_named(string hex, string says) => Refused(() => Of(Convert.FromHexString(hex)).Next()).ShouldContain(says);

    [Fact]
    public void A_number_has_up_to_64_bits()
    {
        First([0x08, .. Varint(ulong.MaxValue)]).Number.ShouldBe(ulong.MaxValue);
        First([0x08, .. Enumerable.Repeat((byte)0x80, 9), 0]).Number.ShouldBe(0ul);
        Refused(() => First([0x08, .. Enumerable.Repeat((byte)0x80, 10), 0])).ShouldBe("a number before byte 14 is longer than 64 bits.");
    }

    [Fact]
    public void A_message_in_a_field_is_walked_and_the_outer_one_goes_on_behind_it()
    {
        var outer = First([.. ProtoField(1, [0x10, 5, 0x18, 6]), 0x20, 7]);
        var inner = outer.Message();
        inner.Next().ShouldBeTrue();
        (inner.Field, inner.Number).ShouldBe((2, 5ul));

        outer.Next().ShouldBeTrue();
        (outer.Field, outer.Number, outer.HasLength).ShouldBe((4, 7ul, false));
        inner.Next().ShouldBeTrue();
        (inner.Field, inner.Number).ShouldBe((3, 6ul));
        inner.Next().ShouldBeFalse();
        Refused(() => outer.Message()).ShouldBe("field 4 should be a message, and is a number.");
    }

    [Fact]
    public void A_text_has_a_longest_length_and_must_be_one()
    {
        First(ProtoField(1, "größe"u8.ToArray())).Text().ShouldBe("größe");
        First(ProtoField(1, [])).Text().ShouldBe("");
        First(ProtoField(1, new byte[4096])).Text().Length.ShouldBe(4096);
        First(ProtoField(1, new byte[5])).Text(5).Length.ShouldBe(5);
        Refused(() => First(ProtoField(1, new byte[4097])).Text()).ShouldBe("field 1 should be a text of at most 4096 bytes, and has 4097.");
        Refused(() => First(ProtoField(1, new byte[6])).Text(5)).ShouldContain("at most 5 bytes, and has 6");
        Refused(() => First(0x08, 1).Text()).ShouldContain("field 1 should be a text");
    }

    [Fact]
    public void A_field_may_be_read_again_and_the_next_one_still_follows()
    {
        var message = First([.. ProtoField(1, "AB"u8.ToArray()), 0x10, 3]);

        message.Text().ShouldBe("AB");
        message.Text().ShouldBe("AB");
        message.Numbers().ShouldBe(['A', 'B']);
        message.Next().ShouldBeTrue();
        message.Number.ShouldBe(3ul);
    }

    [Fact]
    public void Whole_numbers_come_one_or_packed()
    {
        First(0x08, 5).Numbers().ShouldBe([5]);
        First(ProtoField(1, [])).Numbers().ShouldBeEmpty();
        First(ProtoField(1, [1, .. Varint(300), .. Varint(ulong.MaxValue)])).Numbers().ShouldBe([1, 300, -1]);
        Refused(() => First(ProtoField(1, [1, 0x80])).Numbers().ToList()).ShouldBe("the numbers of field 1 go past its end.");
    }
}
