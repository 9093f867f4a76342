namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>NumPy's .npy, versions 1 to 3 (numpy/lib/format.py): one array, or several saved to one file one after another.</summary>
internal sealed class NpyFormat : IFormat
{
    private const int MaxArrays = 1_000_000;

    public string Name => "NumPy";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => NpyArray.HasMagic(head);

    public bool RecognisesName(string fileName) => fileName.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        long arrays = 0, at = 0;
        Int128 elements = 0;
        do
        {
            var remaining = file.Length - at;
            var where = arrays == 0 ? string.Empty : $"after {arrays} whole arrays: ";
            if (NpyArray.Read(new FileSlice(file, at, remaining), remaining, $"arr_{arrays}", where, report, cancellation) is not { } array)
            {
                return;
            }

            arrays++;
            at += array.Bytes;
            if (array.IsPickle && at < file.Length && !BeginsAt(at, file))
            {
                report.Damaged("npy-pickle", $"{where}its pickle ends {file.Length - at} bytes before the file does.");
                return;
            }

            elements += array.Elements;
            if (arrays > MaxArrays)
            {
                report.CannotJudge("npy-too-many", $"it holds more than {MaxArrays} arrays.");
                return;
            }
        }
        while (at < file.Length);

        report.Tensors = arrays;
        report.Parameters = (long)Int128.Min(elements, long.MaxValue);
        report.Checked = arrays == 1 ? "header, type, shape, exact size" : $"{arrays} arrays one after another, exact size";
    }

    private static bool BeginsAt(long at, HashedFile file)
    {
        Span<byte> mark = stackalloc byte[8];
        return NpyArray.HasMagic(mark[..file.Read(at, mark)]);
    }
}
