using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Tests;

public sealed class FieldReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<long> _readAtOnce = [];
    private readonly List<HashedFile> _files = [];

    public void Dispose()
    {
        _files.ForEach(file => file.Dispose());
        _directory.Dispose();
    }

    private HashedFile Open(byte[] content)
    {
        _directory.With("file", content);
        _files.Add(new HashedFile(_directory["file"], _readAtOnce.Add, TestContext.Current.CancellationToken));
        return _files[^1];
    }

    private static string Refused(Action read) => Should.Throw<InvalidDataException>(read).Message;

    [Fact]
    public void Numbers_of_every_width_are_read_one_after_another()
    {
        var fields = new FieldReader(Open([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, (byte)'o', (byte)'k']));

        fields.U8().ShouldBe((byte)1);
        fields.U16().ShouldBe((ushort)0x0302);
        fields.U32().ShouldBe(0x07060504u);
        fields.U64().ShouldBe(0x0F0E0D0C0B0A0908ul);
        fields.U16BigEndian().ShouldBe((ushort)0x1011);
        fields.U32BigEndian().ShouldBe(0x12131415u);
        fields.Text(2).ShouldBe("ok");
        (fields.Position, fields.Remaining, fields.End).ShouldBe((23, 0, 23));
    }

    [Fact]
    public void A_place_outside_the_part_is_refused_and_its_end_is_not()
    {
        var fields = new FieldReader(Open(new byte[20]), 0, 10);

        fields.Seek(10);
        fields.Remaining.ShouldBe(0);
        Refused(() => fields.Seek(11)).ShouldBe("it points to byte 11, and the part of the file it points into ends at 10.");
        Refused(() => fields.Seek(-1)).ShouldContain("byte -1");
        fields.Seek(0);
        fields.Skip(10);
        fields.Position.ShouldBe(10);
        Refused(() => fields.Skip(1)).ShouldContain("at byte 10 it needs 1 more bytes, and 0 are there");
        Refused(() => fields.Skip(-1)).ShouldContain("needs -1");
        fields.Position.ShouldBe(10);
    }

    [Fact]
    public void A_piece_must_be_there_whole()
    {
        var fields = new FieldReader(Open([1, 2, 3, 4]));

        fields.Take(0).Length.ShouldBe(0);
        fields.Skip(1);
        Refused(() => fields.U32()).ShouldStartWith("at byte 1 it needs 4 more bytes, and 3 are there: it was cut short");
        Refused(() => fields.Take(-1)).ShouldContain("needs -1");
        Refused(() => fields.Text(ulong.MaxValue)).ShouldContain("needs 2147483647");
        fields.Take(3).ToArray().ShouldBe([2, 3, 4]);
    }

    [Fact]
    public void A_part_that_is_said_to_end_behind_the_file_ends_with_it()
    {
        new FieldReader(Open(new byte[8]), 2, 100).Remaining.ShouldBe(6);
        new FieldReader(Open(new byte[8]), 2).End.ShouldBe(8);
        new FieldReader(Open(new byte[8]), 9).Remaining.ShouldBe(-1);
    }

    [Fact]
    public void A_piece_longer_than_64_KiB_is_no_field()
    {
        var content = FileBytes.Pattern(70_000);
        var fields = new FieldReader(Open(content));

        Refused(() => fields.Take(65_537)).ShouldBe("a field at byte 0 claims 65537 bytes, more than such a field can have.");
        fields.Take(65_536).SequenceEqual(content.AsSpan(0, 65_536)).ShouldBeTrue();
    }

    [Fact]
    public void Fields_are_right_in_whatever_order_they_are_read()
    {
        var content = FileBytes.Pattern(200_000);
        var fields = new FieldReader(Open(content));
        foreach (var (at, bytes) in (IEnumerable<(int, int)>)[(0, 10), (199_990, 10), (100, 65_536), (65_630, 8), (65_636, 8), (4_000, 5_000), (8_995, 10), (3_999, 2), (0, 1), (150_000, 4_096), (154_096, 4_096), (154_090, 1), (120_000, 1), (124_090, 12)])
        {
            fields.Seek(at);
            fields.Take(bytes).SequenceEqual(content.AsSpan(at, bytes)).ShouldBeTrue($"{bytes} bytes at {at}");
            fields.Position.ShouldBe(at + bytes);
        }
    }

    [Fact]
    public void Going_on_in_order_reads_whole_windows_and_a_jump_a_small_one()
    {
        var fields = new FieldReader(Open(FileBytes.Pattern(300_000)));
        fields.U8();
        fields.Skip(65_535);
        fields.U8();
        _readAtOnce.ShouldBe([65_536, 65_536]);

        fields.Seek(131_073);
        fields.U8();
        _readAtOnce.Skip(2).Sum().ShouldBe(1 + 4_096);
    }

    [Fact]
    public void A_file_that_shrinks_under_the_reader_is_said_so()
    {
        var file = Open(new byte[100_000]);
        using (var handle = File.OpenHandle(_directory["file"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.SetLength(handle, 10);
        }

        var fields = new FieldReader(file);
        fields.Seek(8);
        Refused(() => fields.U32()).ShouldBe("the file shrank while it was read.");
    }

    [Fact]
    public void Slices_of_a_file_are_one_stream()
    {
        var content = FileBytes.Pattern(100);
        using var stream = new SlicesStream(Open(content), [(10, 20), (5, 0), (90, 10), (0, 3)]);
        byte[] expected = [.. content[10..30], .. content[90..100], .. content[0..3]];
        var read = new byte[40];

        stream.Read([]).ShouldBe(0);
        stream.Read(read, 1, 7).ShouldBe(7);
        read[..8].ShouldBe([0, .. expected[..7]]);
        stream.ReadAtLeast(read, 40, throwOnEndOfStream: false).ShouldBe(26);
        read[..26].ShouldBe(expected[7..]);
        stream.Read(read).ShouldBe(0);
    }

    [Fact]
    public void Slices_can_only_be_read_forward()
    {
        using var stream = new SlicesStream(Open(new byte[4]), [(0, 4)]);

        (stream.CanRead, stream.CanSeek, stream.CanWrite).ShouldBe((true, false, false));
        stream.Flush();
        foreach (var refused in (Action[])[() => _ = stream.Length, () => _ = stream.Position, () => stream.Position = 0, () => stream.Seek(0, SeekOrigin.Begin), () => stream.SetLength(0), () => stream.Write([1], 0, 1)])
        {
            Should.Throw<NotSupportedException>(refused);
        }
    }
}
