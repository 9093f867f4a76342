using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>NumPy's .npz: a zip of .npy arrays, stored or deflated. Every array and every CRC is checked in one pass.</summary>
internal sealed class NpzFormat : IFormat
{
    public string Name => "NumPy zip";

    public bool RecognisesContent(ReadOnlySpan<byte> head)
    {
        // the first local header: 30 bytes, the name's length at 26
        if (head.Length < 31 || !head.StartsWith("PK\x03\x04"u8))
        {
            return false;
        }

        var nameBytes = head[26] | (head[27] << 8);
        return nameBytes <= head.Length - 30 && head.Slice(30, nameBytes).EndsWith(".npy"u8);
    }

    public bool RecognisesName(string fileName) => fileName.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var name = string.Empty;
        try
        {
            var (entries, directoryOffset, _) = ZipDirectory.Read(file);
            if (!ZipRules.Accept(entries, "npz", UnpackLimit.OfArrays(file.Length), report))
            {
                return;
            }

            (report.Tensors, report.Parameters) = (0, 0);
            for (var i = 0; i < entries.Count && !report.IsDamaged; i++)
            {
                name = $"member \"{PrintableText.Of(entries[i].Name, 100)}\": ";
                var end = i + 1 < entries.Count ? entries[i + 1].HeaderOffset : directoryOffset;
                VerifyMember(file, entries[i], end, name, report, cancellation);
            }

            report.Checked = $"{report.Tensors} arrays, every header, size and CRC";
        }
        catch (InvalidDataException e)
        {
            report.Damaged("npz-invalid", name + e.Message);
        }
    }

    private static void VerifyMember(HashedFile file, ZipEntry entry, long end, string where, FormatReport report, CancellationToken cancellation)
    {
        ZipContent.Read(file, entry, end, content =>
        {
            if (!entry.Name.EndsWith(".npy", StringComparison.Ordinal))
            {
                OtherMember(content, where, report);
                return;
            }

            if (NpyArray.Read(content, entry.Bytes, entry.Name[..^".npy".Length], where, report, cancellation) is not { } array)
            {
                return;
            }

            if (array.Bytes < entry.Bytes)
            {
                report.Damaged("npz-size", $"{where}{entry.Bytes - array.Bytes} bytes follow the array.");
            }

            report.Tensors++;
            report.Parameters = (long)Int128.Min((Int128)report.Parameters.GetValueOrDefault() + array.Elements, long.MaxValue);
            if (array.Scalar is { } scalar)
            {
                TrainingProgress.Take(entry.Name[..^".npy".Length], scalar, report);
            }
        });
    }

    /// <summary>NumPy takes a member for an array by how it begins, whatever it is called; its own writers call all of theirs .npy.</summary>
    private static void OtherMember(Stream content, string where, FormatReport report)
    {
        Span<byte> start = stackalloc byte[8];
        if (NpyArray.HasMagic(start[..content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]))
        {
            report.CannotJudge("npz-name", $"{where}it is an array that is not called .npy; only its CRC was checked.", "Read it with allow_pickle=False, which is NumPy's default.");
        }
        else
        {
            report.Note("npz-other-member", $"{where}it is not an array.", "Only its CRC was checked.");
        }
    }
}
