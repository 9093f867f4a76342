using System.Buffers.Binary;
using System.IO.Compression;

namespace Lodger.Artifacts.Tests.Fuzz;

/// <summary>Changes a file at random, the same way for the same random numbers: bits, numbers at their extremes, blocks moved, parts of other files, records of a zip with their CRC put right.</summary>
internal static class Mutation
{
    private const int MaxBytes = 256 * 1024;
    private static readonly long[] _extremes = [0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40];

    internal static byte[] Of(byte[] seed, IReadOnlyList<byte[]> corpus, Random random)
    {
        if (seed.AsSpan().StartsWith("PK\x03\x04"u8) && random.Next(3) > 0 && Repacked(seed, corpus, random) is { } zip)
        {
            return zip;
        }

        var bytes = seed;
        for (var edits = 1 << random.Next(5); edits > 0; edits--)
        {
            bytes = Edited(bytes, corpus, random);
        }

        return bytes;
    }

    private static byte[] Edited(byte[] bytes, IReadOnlyList<byte[]> corpus, Random random)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        var at = random.Next(bytes.Length);
        var length = Math.Min(random.Next(1, 1 << random.Next(1, 12)), bytes.Length - at);
        var edited = bytes.ToArray();
        switch (random.Next(9))
        {
            case 0:
                edited[at] ^= (byte)(1 << random.Next(8));
                return edited;
            case 1:
                edited[at] = (byte)random.Next(256);
                return edited;
            case 2 or 3:
                Span<byte> number = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(number, _extremes[random.Next(_extremes.Length)]);
                number[..Math.Min(1 << random.Next(4), bytes.Length - at)].CopyTo(edited.AsSpan(at));
                return edited;
            case 4:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 5:
                return bytes.Length + length > MaxBytes ? edited : [.. bytes[..at], .. bytes.AsSpan(at, length), .. bytes[at..]];
            case 6:
                var other = corpus[random.Next(corpus.Count)];
                var from = random.Next(other.Length);
                return [.. bytes[..at], .. other.AsSpan(from, Math.Min(length, other.Length - from)), .. bytes[(at + length)..]];
            case 7:
                return bytes[..at];
            default:
                random.NextBytes(edited.AsSpan(at, Math.Min(length, 16)));
                return edited;
        }
    }

    /// <summary>One record changed, in a zip that is whole: what is behind the checksums is reached.</summary>
    private static byte[]? Repacked(byte[] seed, IReadOnlyList<byte[]> corpus, Random random)
    {
        try
        {
            using var old = new ZipArchive(new MemoryStream(seed), ZipArchiveMode.Read);
            var bytes = new MemoryStream();
            var changed = old.Entries.Count > 0 && random.Next(2) == 0 ? 0 : random.Next(Math.Max(1, old.Entries.Count));
            using (var made = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            {
                for (var i = 0; i < old.Entries.Count; i++)
                {
                    using var content = new MemoryStream();
                    using (var opened = old.Entries[i].Open())
                    {
                        opened.CopyTo(content);
                    }

                    using var member = made.CreateEntry(old.Entries[i].FullName, random.Next(8) == 0 ? CompressionLevel.Fastest : CompressionLevel.NoCompression).Open();
                    var record = content.ToArray();
                    member.Write(i == changed && record.Length > 0 ? Edited(record, corpus, random) : record);
                }
            }

            return bytes.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
