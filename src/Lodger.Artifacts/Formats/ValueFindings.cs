using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats;

/// <summary>What is said of measured values: those that no training can go on from are a warning, all-zero tensors a note.</summary>
internal static class ValueFindings
{
    private const int Named = 5;

    internal static void Tell(IEnumerable<(string Name, TensorStatistics? Statistics)> tensors, FormatReport report)
    {
        var measured = tensors.Where(tensor => tensor.Statistics is not null).ToList();
        var broken = measured.Where(tensor => tensor.Statistics!.HasNonFinite).ToList();
        if (broken.Count > 0)
        {
            var named = string.Join(", ", broken.Take(Named).Select(tensor =>
                $"{PrintableText.Of(tensor.Name, 100)} ({tensor.Statistics!.NaNs} NaN, {tensor.Statistics.Infinities} infinite of {tensor.Statistics.Values})"));
            report.Warn("values-not-finite", $"values that are not finite are in {broken.Count} of {measured.Count} tensors: {named}{More(broken.Count)}.", "A run that resumes from them goes on with NaN; look at an earlier checkpoint.");
        }

        var zero = measured.Where(tensor => tensor.Statistics!.IsAllZero).ToList();
        if (zero.Count > 0)
        {
            report.Note("values-all-zero", $"all zero: {zero.Count} of {measured.Count} tensors, {string.Join(", ", zero.Take(Named).Select(tensor => PrintableText.Of(tensor.Name, 100)))}{More(zero.Count)}.", "Usual for biases and counters, not for weights.");
        }
    }

    private static string More(int count) => count > Named ? $" and {count - Named} more" : string.Empty;
}
