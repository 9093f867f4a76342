namespace Lodger.Artifacts.Formats.Safetensors;

/// <summary>Whether the tensors fill the data exactly: each as large as its shape and type say, no overlap, no hole, no byte too many or too few.</summary>
internal static class SafetensorsLayout
{
    internal static void Verify(List<SafetensorsTensor> tensors, long dataBytes, FormatReport report)
    {
        tensors.Sort(static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long filled = 0;
        foreach (var tensor in tensors)
        {
            if (Wrong(tensor, filled, dataBytes) is { } what)
            {
                report.Damaged("safetensors-layout", $"tensor \"{PrintableText.Of(tensor.Name, 100)}\" {what}");
                return;
            }

            filled = tensor.End;
        }

        if (filled != dataBytes)
        {
            report.Damaged("safetensors-size", $"its tensors end at byte {filled} of the data, and the data has {dataBytes}.");
        }
    }

    private static string? Wrong(SafetensorsTensor tensor, long filled, long dataBytes)
    {
        if (tensor.End < tensor.Begin)
        {
            return "ends before it begins.";
        }

        if (tensor.Begin != filled)
        {
            return tensor.Begin < filled ? $"begins at {tensor.Begin}, inside the one before it, which ends at {filled}." : $"begins at {tensor.Begin} and leaves a hole after {filled}.";
        }

        if (tensor.End > dataBytes)
        {
            return $"ends at byte {tensor.End} of the data, and only {dataBytes} are there: the file was cut short.";
        }

        var bits = (Int128)tensor.Elements * tensor.Bits;
        return tensor.Bits != 0 && (Int128)(tensor.End - tensor.Begin) * 8 != bits
            ? $"has {tensor.End - tensor.Begin} bytes where its shape and type {tensor.Type} make {bits} bits."
            : null;
    }
}
