using System.Text;
using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Tests.Pickle;

/// <summary>A pickle that no pickler writes is refused with its byte and the reason.</summary>
public sealed class BrokenPickleTests
{
    [Theory]
    [InlineData(@"\xff.", "pickle-opcode", "its pickle is broken before byte 1: 0xFF is not an opcode.")]
    [InlineData(@"N\x99.", "pickle-opcode", "its pickle is broken before byte 2: 0x99 is not an opcode.")]
    [InlineData(@"\x80\x06.", "pickle-protocol", "its pickle is broken before byte 2: protocol 6 is newer than any Python's.")]
    [InlineData(@"\x97.", "pickle-buffer", "it wants a buffer from outside, which a file does not have.")]
    [InlineData(@"N\x98.", "pickle-buffer", "it wants a buffer from outside, which a file does not have.")]
    [InlineData(@"N", "pickle-cut", "its pickle stops at byte 1, before its end mark: it was cut short.")]
    [InlineData(@"M\x01", "pickle-cut", "its pickle stops at byte 2, before its end mark: it was cut short.")]
    [InlineData(@"X\x05\x00\x00\x00abc", "pickle-cut", "its pickle stops at byte 8, before its end mark: it was cut short.")]
    [InlineData(@"X\x00\x00\x01\x00abc", "pickle-cut", "its pickle stops at byte 8, before its end mark: it was cut short.")]
    [InlineData(@"I12", "pickle-cut", "its pickle stops at byte 3, before its end mark: it was cut short.")]
    [InlineData(@".", "pickle-stack", "its pickle is broken before byte 1: it takes a value from its stack where there is none.")]
    [InlineData(@"N(.", "pickle-stack", "its pickle is broken before byte 3: it takes a value from its stack where there is none.")]
    [InlineData(@"2.", "pickle-stack", "its pickle is broken before byte 1: it takes a value from its stack where there is none.")]
    [InlineData(@"N(2.", "pickle-stack", "its pickle is broken before byte 3: it takes a value from its stack where there is none.")]
    [InlineData(@"0.", "pickle-stack", "its pickle is broken before byte 1: it takes a value from its stack where there is none.")]
    [InlineData(@"N(\x85.", "pickle-stack", "its pickle is broken before byte 3: it takes a value from its stack where there is none.")]
    [InlineData(@"q\x00.", "pickle-stack", "its pickle is broken before byte 2: it takes a value from its stack where there is none.")]
    [InlineData(@"Nt.", "pickle-stack", "its pickle is broken before byte 2: it closes a group that it did not open.")]
    [InlineData(@"N\x31.", "pickle-stack", "its pickle is broken before byte 2: it closes a group that it did not open.")]
    [InlineData(@"NNa.", "pickle-add", "its pickle is broken before byte 3: it adds items to something that holds none.")]
    [InlineData(@")Na.", "pickle-add", "its pickle is broken before byte 3: it adds items to something that holds none.")]
    [InlineData(@"}Na.", "pickle-add", "its pickle is broken before byte 3: it adds items to something that holds none.")]
    [InlineData(@"]NNs.", "pickle-add", "its pickle is broken before byte 4: it adds items to something that holds none.")]
    [InlineData(@"\x8f(NNu.", "pickle-add", "its pickle is broken before byte 5: it adds items to something that holds none.")]
    [InlineData(@"}(NNNu.", "pickle-add", "its pickle is broken before byte 6: it sets a key without a value.")]
    [InlineData(@"(Nd.", "pickle-add", "its pickle is broken before byte 3: it sets a key without a value.")]
    [InlineData(@"NNR.", "pickle-call", "its pickle is broken before byte 3: it calls something with arguments that are no tuple.")]
    [InlineData(@"N]\x81.", "pickle-call", "its pickle is broken before byte 3: it calls something with arguments that are no tuple.")]
    [InlineData(@"N(o.", "pickle-call", "its pickle is broken before byte 3: it calls without saying what.")]
    [InlineData(@"NNb.", "pickle-build", "its pickle is broken before byte 3: it gives a state to something that has none.")]
    [InlineData(@"NN\x93.", "pickle-global", "its pickle is broken before byte 3: it names a global by something that is not a short text.")]
    [InlineData(@"N\x8c\x01a\x93.", "pickle-global", "its pickle is broken before byte 5: it names a global by something that is not a short text.")]
    [InlineData(@"\x8c\x01aN\x93.", "pickle-global", "its pickle is broken before byte 5: it names a global by something that is not a short text.")]
    [InlineData(@"I4x\n.", "pickle-number", "its pickle is broken before byte 4: \"4x\" is not a whole number.")]
    [InlineData(@"I\n.", "pickle-number", "its pickle is broken before byte 2: \"\" is not a whole number.")]
    [InlineData(@"I-\n.", "pickle-number", "its pickle is broken before byte 3: \"-\" is not a whole number.")]
    [InlineData(@"L1.5L\n.", "pickle-number", "its pickle is broken before byte 6: \"1.5\" is not a whole number.")]
    [InlineData(@"F1.x\n.", "pickle-number", "its pickle is broken before byte 5: \"1.x\" is not a number.")]
    [InlineData(@"g-1\n.", "pickle-memo", "its pickle is broken before byte 4: \"-1\" is not a memo slot.")]
    [InlineData(@"Np 1\n.", "pickle-memo", "its pickle is broken before byte 5: \" 1\" is not a memo slot.")]
    [InlineData(@"Nq\x00h\x01.", "pickle-memo", "its pickle is broken before byte 5: it refers to memo slot 1, which it never filled.")]
    [InlineData(@"Sabc\n.", "pickle-text", "its pickle is broken before byte 5: a text is not in quotes.")]
    [InlineData(@"S'abc""\n.", "pickle-text", "its pickle is broken before byte 7: a text is not in quotes.")]
    [InlineData(@"Sxabx\n.", "pickle-text", "its pickle is broken before byte 6: a text is not in quotes.")]
    [InlineData(@"S'\n.", "pickle-text", "its pickle is broken before byte 3: a text is not in quotes.")]
    [InlineData(@"S'\\x4'\n.", "pickle-text", "its pickle is broken before byte 7: a text has an escape that is none.")]
    [InlineData(@"V\\u004\n.", "pickle-text", "its pickle is broken before byte 7: a text has an escape that is none.")]
    [InlineData(@"V\\u00zz\n.", "pickle-text", "its pickle is broken before byte 8: a text has an escape that is none.")]
    [InlineData(@"V\\U00110000\n.", "pickle-text", "its pickle is broken before byte 12: a text has an escape that is none.")]
    public void It_is_named_with_its_byte(string opcodes, string id, string message)
    {
        var broken = Should.Throw<PickleException>(() => Interpreted.Run(Interpreted.Opcodes(opcodes)));

        (broken.Id, broken.Message).ShouldBe((id, message));
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Texts_and_bytes_are_kept_to_a_kibibyte_and_their_length_and_place_always(int length, bool kept)
    {
        var bytes = Encoding.Latin1.GetString(BitConverter.GetBytes((long)length));
        var content = new string('a', length);
        var pickle = Encoding.Latin1.GetBytes($"(X{bytes[..4]}{content}T{bytes[..4]}{content}B{bytes[..4]}{content}\u008d{bytes}{content}\u008e{bytes}{content}t.");
        var items = ((PickleTuple)Interpreted.Run(pickle).Value!).Items;

        var text = kept ? content : null;
        items[0].ShouldBe(new PickleText(text, length, 6, length));
        items[1].ShouldBe(new PickleText(text, length, 11 + length, length));
        items[3].ShouldBe(new PickleText(text, length, 25 + (3 * length), length));
        (((PickleBytes)items[2]!).Value?.Length, ((PickleBytes)items[2]!).Length, ((PickleBytes)items[2]!).Offset).ShouldBe((kept ? length : null, length, 16 + (2 * length)));
        (((PickleBytes)items[4]!).Value?.Length, ((PickleBytes)items[4]!).StoredBytes, ((PickleBytes)items[4]!).Offset).ShouldBe((kept ? length : null, length, 34 + (4 * length)));
    }

    [Fact]
    public void A_long_text_is_counted_in_characters_wherever_its_bytes_come_from_the_file()
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("aä€😀", 20_000)));
        byte[] pickle = [(byte)'X', .. BitConverter.GetBytes(content.Length), .. content, (byte)'.'];

        foreach (var piece in (int[])[7, 65_536, int.MaxValue])
        {
            var reader = new PickleReader(new InPieces(pickle, piece), TestContext.Current.CancellationToken);
            PickleMachine.Run(reader).Value.ShouldBe(new PickleText(null, 80_000, 5, 200_000));
            (reader.Position, reader.IsAtEnd).ShouldBe((200_006, true));
        }
    }

    [Fact]
    public void What_follows_the_end_mark_is_left_to_the_caller()
    {
        var reader = new PickleReader(new MemoryStream("N.N."u8.ToArray()), TestContext.Current.CancellationToken);

        PickleMachine.Run(reader).Value.ShouldBeNull();
        (reader.Position, reader.IsAtEnd).ShouldBe((2, false));
        PickleMachine.Run(reader).Value.ShouldBeNull();
        (reader.Position, reader.IsAtEnd).ShouldBe((4, true));
    }

    [Fact]
    public void A_line_may_have_sixty_four_kibibytes()
    {
        var longest = new string('a', 65_536);
        Interpreted.Run(Encoding.Latin1.GetBytes($"V{longest}\n.")).Value.ShouldBeOfType<PickleText>().Characters.ShouldBe(65_536);

        var broken = Should.Throw<PickleException>(() => Interpreted.Run(Encoding.Latin1.GetBytes($"V{longest}a\n.")));
        (broken.Id, broken.Message).ShouldBe((
            "pickle-line", "its pickle is broken before byte 65538: it has a line of more than 65536 bytes at byte 65538, where Python writes short ones."));
    }

    [Fact]
    public void A_memo_slot_may_leave_a_gap_of_a_million()
    {
        Interpreted.ValueOf(@"K\x07p999999\n0g999999\n.").ShouldBe("7");
        Interpreted.ValueOf(@"Np4\n0K\x07p1000004\n0K\x08p3\n0g1000004\n.").ShouldBe("7");

        Should.Throw<PickleException>(() => Interpreted.ValueOf(@"Np1000000\n.")).Message.ShouldBe(
            "its pickle is broken before byte 10: it uses memo slot 1000000 after slot 0: Python would reserve memory for all between.");
        Should.Throw<PickleException>(() => Interpreted.ValueOf(@"Np4\np3\np1000005\n.")).Message.ShouldContain("memo slot 1000005 after slot 4");
    }

    [Fact]
    public void A_hundred_kinds_of_code_are_all_named_and_thousands_are_not()
    {
        var pickle = Encoding.Latin1.GetBytes($"({string.Concat(Enumerable.Range(0, 300).Select(i => $"cm\nf{i}\n"))}t.");

        Interpreted.Run(pickle).Foreign.ShouldBe(Enumerable.Range(0, 256).Select(i => $"m.f{i}"));
    }

    [Fact]
    public void Reading_stops_when_it_is_called_off()
    {
        using var calledOff = new CancellationTokenSource();
        calledOff.Cancel();

        Should.Throw<OperationCanceledException>(() => PickleMachine.Run(new PickleReader(new MemoryStream("N."u8.ToArray()), calledOff.Token)));
    }

    /// <summary>A stream that never gives more than a few bytes at once.</summary>
    private sealed class InPieces(byte[] content, int most) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, most)]);
    }
}
