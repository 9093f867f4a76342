namespace Lodger.Artifacts.Formats;

/// <summary>Another file that a file cannot be loaded without: a shard, a file of weights beside a graph. It is looked for once all files were read.</summary>
/// <param name="name">Its path from the directory of the file that needs it, forward slashes. Hostile.</param>
internal sealed class Companion(string name)
{
    /// <summary>More than this in one file are not kept.</summary>
    internal const int MaxParts = 1_000_000;

    internal string Name => name;

    /// <summary>Stretches of it that must be there.</summary>
    internal List<CompanionPart> Parts { get; } = [];

    /// <summary>Arrays that it must have by its own account.</summary>
    internal List<string> Tensors { get; } = [];
}

/// <summary>A stretch of another file.</summary>
/// <param name="Tensor">The array that lies there.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Crc32C">The CRC-32C of those bytes; null when none is promised.</param>
internal readonly record struct CompanionPart(string Tensor, long Offset, long Bytes, uint? Crc32C);
