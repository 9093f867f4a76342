using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// The description of the distributed checkpoint that was asked for last in one verification: all shards of a directory need the same one, and reading it takes
/// longer than a small shard. One is read at a time, so that memory holds one.
/// </summary>
internal sealed class DistcpLayouts
{
    private readonly Lock _lock = new();
    private (string Directory, long Bytes, DateTime ModifiedAt) _of;
    private DistcpLayout? _last;

    /// <summary>What a .metadata says; null when it describes more than is kept.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <param name="metadata">The file, opened.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="PickleException">It is not what torch.distributed.checkpoint writes.</exception>
    internal DistcpLayout? Of(string directory, FileBeside metadata, CancellationToken cancellation)
    {
        lock (_lock)
        {
            var asked = (directory, metadata.Length, metadata.ModifiedAt);
            if (_last is null || _of != asked)
            {
                _last = null;
                using var content = metadata.Content();
                var outcome = PickleMachine.Run(new PickleReader(content, cancellation), DistcpLayout.Allows);
                (_of, _last) = (asked, outcome.IsKept ? DistcpLayout.Of(outcome.Value) : null);
            }

            return _last;
        }
    }
}
