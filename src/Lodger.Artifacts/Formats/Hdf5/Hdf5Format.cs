using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>
/// HDF5, and with it Keras' .h5 (HDF5 File Format Specification 3.0): the superblock's end of file, every group and dataset reached from the root, every dataset's shape
/// and type against its bytes, contiguous or in chunks. Values have no checksum; chunks are not unpacked; what newer files keep in dense form is named and not walked.
/// </summary>
internal sealed class Hdf5Format : IFormat
{
    private static readonly string[] _endings = [".h5", ".hdf5", ".hdf"];

    public string Name => "HDF5";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => Hdf5Superblock.Find(head) is not null;

    public bool RecognisesName(string fileName) => Array.Exists(_endings, ending => fileName.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var head = new byte[(int)Math.Min(file.Length, KnownFormats.HeadBytes)];
            var place = Hdf5Superblock.Find(head.AsSpan(0, file.Read(0, head))) ?? throw new InvalidDataException("it does not begin with HDF5's mark.");
            if (Hdf5Superblock.Read(new FieldReader(file), place, report) is { } superblock)
            {
                Verify(file, superblock, report, cancellation);
            }
        }
        catch (InvalidDataException e)
        {
            report.Damaged("hdf5-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    private static void Verify(HashedFile file, Hdf5Superblock superblock, FormatReport report, CancellationToken cancellation)
    {
        if (superblock.EndOfFile > file.Length || superblock.Base > superblock.EndOfFile)
        {
            throw new InvalidDataException($"its superblock says that it ends at byte {superblock.EndOfFile}, and it has {file.Length}: it was cut short, or never closed.");
        }

        if (superblock.EndOfFile < file.Length)
        {
            report.Note("hdf5-trailing", $"{file.Length - superblock.EndOfFile} bytes follow what HDF5 calls its end.", "Readers ignore them.");
        }

        var walk = new Hdf5Walk(file, new Hdf5File(new FieldReader(file, 0, superblock.EndOfFile), superblock), report, cancellation);
        walk.From((ulong)superblock.RootHeader);
        (report.Tensors, report.Parameters) = (report.Tensors.GetValueOrDefault(), report.Parameters.GetValueOrDefault());
        report.Checked = $"end of file, {walk.Groups} groups, {walk.Datasets} datasets, every shape, type and extent; chunks not unpacked, values have no checksum";
    }
}
