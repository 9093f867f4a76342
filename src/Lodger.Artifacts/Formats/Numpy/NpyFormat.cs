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
        var stream = new FileSlice(file, 0, file.Length);
        long arrays = 0;
        Int128 elements = 0;
        do
        {
            var remaining = file.Length - stream.Position;
            if (NpyArray.Read(stream, remaining, $"arr_{arrays}", arrays == 0 ? string.Empty : $"after {arrays} whole arrays: ", report, cancellation) is not { } array)
            {
                return;
            }

            arrays++;
            elements += array.Elements;
            if (arrays > MaxArrays)
            {
                report.CannotJudge("npy-too-many", $"it holds more than {MaxArrays} arrays.");
                return;
            }
        }
        while (stream.Position < file.Length);

        report.Tensors = arrays;
        report.Parameters = (long)Int128.Min(elements, long.MaxValue);
        report.Checked = arrays == 1 ? "header, type, shape, exact size" : $"{arrays} arrays one after another, exact size";
    }
}
