using Lodger.Artifacts.Formats.Sharded;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Verification.Companions;

/// <summary>The directories that have an index of shards: the arrays of files there must be known by name.</summary>
internal sealed class ShardedDirectories
{
    private static readonly string[] _shardEndings = [".safetensors", ".bin", ".pt", ".pth"];

    private readonly HashSet<string> _directories;

    private ShardedDirectories(HashSet<string> directories) => _directories = directories;

    internal static ShardedDirectories Of(IEnumerable<ListedFile> files) =>
        new(files.Where(file => ShardIndexFormat.IsIndex(file.Path)).Select(file => CompanionCheck.DirectoryOf(file.Path)).ToHashSet(StringComparer.Ordinal));

    /// <summary>How much of a file's arrays the look at its directory needs.</summary>
    internal InspectionDepth DepthOf(string path) =>
        _directories.Count > 0 && Array.Exists(_shardEndings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) && _directories.Contains(CompanionCheck.DirectoryOf(path))
            ? InspectionDepth.Tensors : InspectionDepth.Counts;
}
