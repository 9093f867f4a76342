using System.Buffers.Binary;
using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>Numbers as files have them, and what is said of a file that was put together from them.</summary>
internal static class FileBytes
{
    internal static byte[] U16(long value) => BitConverter.GetBytes((ushort)value);

    internal static byte[] U32(long value) => BitConverter.GetBytes((uint)value);

    internal static byte[] U64(long value) => BitConverter.GetBytes(value);

    internal static byte[] U32BigEndian(uint value) => BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(value));

    internal static byte[] Join(IEnumerable<byte[]> parts)
    {
        using var all = new MemoryStream();
        foreach (var part in parts)
        {
            all.Write(part);
        }

        return all.ToArray();
    }

    /// <summary>Bytes that differ from their neighbours, so that a wrong place shows.</summary>
    internal static byte[] Pattern(int bytes) => [.. Enumerable.Range(0, bytes).Select(i => (byte)((i * 7) + (i >> 8)))];

    /// <summary>A CRC of 32 bits, bit by bit.</summary>
    /// <param name="polynomial">Lowest power first: 0xEDB88320 for zlib's, 0x82F63B78 for Castagnoli's.</param>
    internal static uint Crc(IEnumerable<byte> bytes, uint polynomial = 0xEDB88320)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
            }
        }

        return ~crc;
    }

    internal static FileReport Report(string name, ReadOnlySpan<byte> content, InspectionDepth depth = InspectionDepth.Tensors)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory[name], content);
        return Verifying.File(directory[name], depth);
    }

    /// <summary>The report on a file that is found whole without a word against it.</summary>
    internal static FileReport Whole(string name, ReadOnlySpan<byte> content)
    {
        var report = Report(name, content);
        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        report.Findings.ShouldBeEmpty();
        return report;
    }

    /// <summary>The one finding on a file.</summary>
    internal static Finding Finding(string name, ReadOnlySpan<byte> content, Verdict verdict = Verdict.Damaged)
    {
        var report = Report(name, content);
        report.Verdict.ShouldBe(verdict, string.Join('\n', report.Findings));
        return report.Findings.ShouldHaveSingleItem();
    }

    /// <summary>What one format's check says of a file, whatever the file is recognised as.</summary>
    /// <param name="shrinksTo">What is left of it once it was opened; null when all is.</param>
    internal static FormatReport By(IFormat format, string name, ReadOnlySpan<byte> content, int? shrinksTo = null)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory[name], content);
        using var file = new HashedFile(directory[name], _ => { }, TestContext.Current.CancellationToken);
        if (shrinksTo is { } bytes)
        {
            using var handle = File.OpenHandle(directory[name], FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.SetLength(handle, bytes);
        }

        var report = new FormatReport(name);
        format.Verify(file, report, TestContext.Current.CancellationToken);
        return report;
    }

    /// <summary>The arrays of a report, one a line: name, type, shape, bytes, offset.</summary>
    internal static string[] Arrays(FileReport report) =>
        [.. report.TensorList.Select(tensor => $"{tensor.Name} {tensor.Type} [{string.Join(',', tensor.Shape)}] {tensor.Bytes} @{(tensor.Offset is { } offset ? offset : "?")}")];
}
