namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>How much one pickle may make this check keep or follow, whatever it says. What is past a limit is named, never followed.</summary>
internal static class PickleLimits
{
    /// <summary>
    /// Memory for the values of one pickle, in bytes as estimated by <see cref="PickleStack"/>: room for the state of some 30 000 tensors. Past it values
    /// are let go and the opcodes are only stepped over.
    /// </summary>
    internal const long MaxValueBytes = 48 * 1024 * 1024;

    /// <summary>A longer text or byte string is not kept; its place and length are.</summary>
    internal const int MaxKeptBytes = 1024;

    /// <summary>Containers inside one another that are followed.</summary>
    internal const int MaxDepth = 200;

    /// <summary>Different globals that are recorded.</summary>
    internal const int MaxGlobals = 256;

    /// <summary>A line argument (protocol 0, GLOBAL) longer than this is no pickle that Python writes.</summary>
    internal const int MaxLineBytes = 64 * 1024;

    /// <summary>Python writes memo slots one after another; a slot this far past the last makes its unpickler reserve memory for all between.</summary>
    internal const long MaxMemoGap = 1_000_000;
}
