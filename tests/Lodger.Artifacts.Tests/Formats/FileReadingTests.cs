using System.Security.Cryptography;
using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Tests;

/// <summary>Reading a file here and there while it is hashed, parts of it, and files beside it.</summary>
public sealed class FileReadingTests : IDisposable
{
    private const int MiB = 1024 * 1024;

    private readonly TemporaryDirectory _directory = new();
    private readonly byte[] _bytes = new byte[(2 * MiB) + 100_000];
    private readonly List<long> _hashed = [];

    public FileReadingTests()
    {
        new Random(3).NextBytes(_bytes);
        _directory.With("d/file", _bytes);
    }

    public void Dispose() => _directory.Dispose();

    private HashedFile Open() => new(_directory["d/file"], _hashed.Add, TestContext.Current.CancellationToken);

    private string Sha256 => Convert.ToHexStringLower(SHA256.HashData(_bytes));

    private static byte[] Read(HashedFile file, long offset, int bytes)
    {
        var buffer = new byte[bytes];
        return buffer[..file.Read(offset, buffer)];
    }

    [Fact]
    public void A_file_is_read_anywhere_and_its_hash_is_that_of_all_of_it()
    {
        using var file = Open();
        file.Length.ShouldBe(_bytes.Length);
        foreach (var (offset, bytes) in ((int, int)[])[(0, 10), (5, 10), (100, 50), (20, 10), (2_000_000, 500), (70_000, 200_000), (0, 500_000), (_bytes.Length - 7, 100), (_bytes.Length, 5), (_bytes.Length + 9, 5)])
        {
            Read(file, offset, bytes).ShouldBe(_bytes[Math.Min(offset, _bytes.Length)..Math.Min(offset + bytes, _bytes.Length)], $"{bytes} at {offset}");
        }

        file.FinishHash().ShouldBe(Sha256);
        _hashed.Sum().ShouldBe(_bytes.Length);
    }

    [Fact]
    public void Bytes_count_as_read_once_in_order_and_a_gap_of_up_to_64_KiB_with_them()
    {
        using var file = Open();
        Read(file, 0, 100);
        Read(file, 40, 20);
        _hashed.Sum().ShouldBe(100);
        Read(file, 90, 20);
        _hashed.Sum().ShouldBe(110);
        Read(file, 110 + 65_536, 10);
        _hashed.Sum().ShouldBe(65_656);
        Read(file, 65_656 + 65_537, 10);
        _hashed.Sum().ShouldBe(65_656, "too far ahead");
        file.FinishHash().ShouldBe(Sha256);
        _hashed.Sum().ShouldBe(_bytes.Length);
    }

    [Theory]
    [InlineData("longer")]
    [InlineData("shorter")]
    [InlineData("longer, and dated back")]
    [InlineData("shorter, and dated back")]
    [InlineData("other")]
    public void A_file_that_changes_while_it_is_read_has_no_hash(string how)
    {
        using var file = Open();
        var written = File.GetLastWriteTimeUtc(_directory["d/file"]);
        Read(file, 0, 10);
        using (var writer = File.OpenHandle(_directory["d/file"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            if (how == "other")
            {
                RandomAccess.Write(writer, [1], 0);
                File.SetLastWriteTimeUtc(writer, DateTime.UtcNow.AddMinutes(1));
            }
            else
            {
                RandomAccess.SetLength(writer, _bytes.Length + (how.StartsWith("longer", StringComparison.Ordinal) ? 1 : -1));
                File.SetLastWriteTimeUtc(writer, how.EndsWith("back", StringComparison.Ordinal) ? written : written.AddMinutes(1));
            }
        }

        file.FinishHash().ShouldBeNull();
    }

    [Fact]
    public void Reading_stops_when_it_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        using var file = new HashedFile(_directory["d/file"], _hashed.Add, cancelled.Token);
        Read(file, 0, 10);
        cancelled.Cancel();

        Should.Throw<OperationCanceledException>(() => Read(file, 10, 10));
    }

    [Fact]
    public void A_part_is_read_like_a_file_of_its_own_to_its_end()
    {
        using var file = Open();
        var part = file.AsPart().Part(1000, 500).Part(100, 50);
        var buffer = new byte[80];

        (part.Length, part.Read(0, buffer)).ShouldBe((50, 50));
        buffer[..50].ShouldBe(_bytes[1100..1150]);
        part.Read(45, buffer).ShouldBe(5);
        buffer[..5].ShouldBe(_bytes[1145..1150]);
        (part.Read(49, buffer), part.Read(50, buffer), part.Read(51, buffer)).ShouldBe((1, 0, 0));
        part.Read(3, buffer.AsSpan(0, 4)).ShouldBe(4);
        file.AsPart().Length.ShouldBe(_bytes.Length);
        (file.IsNamed("file"), file.IsNamed("d/file")).ShouldBe((true, false));
    }

    [Fact]
    public void A_slice_is_a_stream_that_only_goes_forward()
    {
        using var file = Open();
        using var slice = new FileSlice(file, 1000, 300);
        var read = new MemoryStream();
        slice.CopyTo(read, 128);
        read.ToArray().ShouldBe(_bytes[1000..1300]);

        using var again = new FileSlice(file, 1000, 300);
        var buffer = new byte[10];
        (again.Read(buffer, 2, 5), again.Position, again.Length).ShouldBe((5, 5, 300));
        buffer.ShouldBe([0, 0, .. _bytes[1000..1005], 0, 0, 0]);
        (again.CanRead, again.CanSeek, again.CanWrite).ShouldBe((true, false, false));
        again.Flush();
        Should.Throw<NotSupportedException>(() => again.Position = 1);
        Should.Throw<NotSupportedException>(() => again.Seek(0, SeekOrigin.Begin));
        Should.Throw<NotSupportedException>(() => again.SetLength(1));
        Should.Throw<NotSupportedException>(() => again.Write(buffer, 0, 1));
    }

    [Theory]
    [InlineData("beside", true)]
    [InlineData("empty", true)]
    [InlineData("..data", true)]
    [InlineData("gone", false)]
    [InlineData("link", false)]
    [InlineData("inner", false)]
    [InlineData("inner/x", false)]
    [InlineData("./beside", false)]
    [InlineData("../outside", false)]
    [InlineData("a\\b", false)]
    [InlineData("beside\0", false)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    public void Only_a_regular_file_beside_it_is_opened(string name, bool opens)
    {
        _directory.With("d/beside", "beside").With("d/..data", "beside").With("d/inner/x", "x").With("d/a\\b", "x").With("d/empty", "").With("outside", "x");
        File.CreateSymbolicLink(_directory["d/link"], _directory["d/beside"]);
        using var file = Open();
        using var beside = file.OpenBeside(name);

        (beside is not null).ShouldBe(opens);
        if (beside is { Length: > 0 })
        {
            beside.Length.ShouldBe(6);
            using var reader = new StreamReader(beside.Content());
            reader.ReadToEnd().ShouldBe("beside");
        }
    }

    [Theory]
    [InlineData(InspectionDepth.Counts, 0L, 40, false, false)]
    [InlineData(InspectionDepth.Tensors, 0L, 40, true, false)]
    [InlineData(InspectionDepth.Values, 0L, 40, true, true)]
    [InlineData(InspectionDepth.Values, 777L, 2_000_000, true, true)]
    [InlineData(InspectionDepth.Values, 97_152L, 2_100_000, true, true)]
    [InlineData(InspectionDepth.Values, 97_153L, 2_100_000, true, false)]
    [InlineData(InspectionDepth.Values, null, 40, true, false)]
    public void An_array_is_listed_and_measured_where_it_lies(InspectionDepth depth, long? offset, int bytes, bool lists, bool measures)
    {
        var report = new FormatReport("a", depth);
        using var file = Open();

        TensorListing.List(report, file, new TensorEntry("w", "int32", [bytes / 4], bytes) { Offset = offset }, TestContext.Current.CancellationToken);

        report.ListedTensors.Count.ShouldBe(lists ? 1 : 0);
        if (lists)
        {
            var tensor = report.ListedTensors[0];
            (tensor.Statistics?.Values, tensor.ValuesSha256).ShouldBe(measures ? (bytes / 4, Convert.ToHexStringLower(SHA256.HashData(_bytes.AsSpan((int)offset!, bytes)))) : (null, null));
        }
    }

    [Fact]
    public void Arrays_and_their_numbers_are_counted()
    {
        var report = new FormatReport("a");
        TensorListing.Count(report, 6);
        TensorListing.Count(report, 4);

        (report.Tensors, report.Parameters).ShouldBe((2, 10));
    }
}
