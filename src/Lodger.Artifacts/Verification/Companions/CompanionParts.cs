using System.Buffers;
using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Verification.Companions;

/// <summary>Whether the stretches that a file claims of another are there, apart from each other, and fit their CRCs.</summary>
internal static class CompanionParts
{
    /// <summary>What is wrong, with the array named; null when nothing is.</summary>
    internal static string? Wrong(Companion companion, ListedFile file, CancellationToken cancellation)
    {
        var parts = companion.Parts.OrderBy(part => part.Offset).ThenBy(part => part.Bytes).ToList();
        foreach (var part in parts)
        {
            var there = Math.Clamp(file.Bytes - part.Offset, 0, part.Bytes);
            if (there < part.Bytes)
            {
                return $"tensor \"{Shown(part)}\": {part.Bytes} bytes promised at {part.Offset}, {there} there: it was cut short.";
            }
        }

        return WrongCrc(parts, file, cancellation);
    }

    /// <summary>What was compared, for people.</summary>
    internal static string Checked(Companion companion) => companion.Parts.Exists(part => part.Crc32C is not null) ? "every offset, size and CRC" : "every offset and size; values have no checksum";

    private static string? WrongCrc(List<CompanionPart> parts, ListedFile file, CancellationToken cancellation)
    {
        if (!parts.Exists(part => part.Crc32C is not null))
        {
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(1024 * 1024);
        try
        {
            using var handle = File.OpenHandle(file.FullPath);
            long filled = 0;
            foreach (var part in parts.Where(part => part.Crc32C is not null))
            {
                // honest parts lie apart; that also bounds how often a byte is read
                if (part.Offset < filled && part.Bytes > 0)
                {
                    return $"tensor \"{Shown(part)}\" begins at {part.Offset}, inside another that ends at {filled}.";
                }

                filled = Math.Max(filled, part.Offset + part.Bytes);
                if (CrcOf(handle, part, buffer, cancellation) != part.Crc32C)
                {
                    return $"tensor \"{Shown(part)}\" does not fit its CRC: bytes were altered.";
                }
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be read: {PrintableText.Of(e.Message)}";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static uint CrcOf(Microsoft.Win32.SafeHandles.SafeFileHandle handle, CompanionPart part, byte[] buffer, CancellationToken cancellation)
    {
        uint crc = 0;
        for (long at = part.Offset, end = part.Offset + part.Bytes; at < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
            if (read == 0)
            {
                break;
            }

            crc = Crc32C.Append(crc, buffer.AsSpan(0, read));
            at += read;
        }

        return crc;
    }

    private static string Shown(CompanionPart part) => PrintableText.Of(part.Tensor, 100);
}
