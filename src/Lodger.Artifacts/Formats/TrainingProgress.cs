using System.Globalization;

namespace Lodger.Artifacts.Formats;

/// <summary>Recognises what a checkpoint says about how far training was, by the names that training code commonly uses.</summary>
internal static class TrainingProgress
{
    /// <summary>The longest name that is looked for, in characters.</summary>
    private const int MaxNameChars = 16;

    /// <summary>The known name that these UTF-8 bytes are; null when they are none.</summary>
    internal static string? NameOf(ReadOnlySpan<byte> name) =>
        name.Length > MaxNameChars ? null
        : name.SequenceEqual("step"u8) ? "step"
        : name.SequenceEqual("global_step"u8) ? "global_step"
        : name.SequenceEqual("iteration"u8) ? "iteration"
        : name.SequenceEqual("iter"u8) ? "iter"
        : name.SequenceEqual("epoch"u8) ? "epoch"
        : null;

    internal static bool IsProgress(string name) => IsStep(name) || IsEpoch(name);

    /// <summary>Takes a value into the report when the name is one of the known ones and the value is a sensible count.</summary>
    internal static void Take(string name, string value, FormatReport report)
    {
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            Take(name, number, report);
        }
    }

    internal static void Take(string name, double value, FormatReport report)
    {
        // 2^53: beyond it a double no longer counts by ones
        if (!(value is >= 0 and <= 9_007_199_254_740_992))
        {
            return;
        }

        if (IsStep(name) && value == Math.Floor(value))
        {
            report.Step = (long)value;
        }
        else if (IsEpoch(name))
        {
            report.Epoch = value;
        }
    }

    internal static bool IsStep(string name) => name is "step" or "global_step" or "iteration" or "iter" or "iter_num" or "global_steps" or "num_steps" or "train_step" or "current_step" or "completed_steps" or "steps";

    internal static bool IsEpoch(string name) => name is "epoch" or "current_epoch" or "last_epoch";
}
