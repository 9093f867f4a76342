using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>Goes from the root group to everything that hard links lead to, each object once.</summary>
internal sealed class Hdf5Walk(HashedFile content, Hdf5File file, FormatReport report, CancellationToken cancellation)
{
    private const int MaxObjects = 1_000_000;
    private const int MaxPathChars = 4096;

    // what the paths of all objects take: a short name in a deep group has a long one
    private const long MaxPathsBytes = 64 * 1024 * 1024;

    // objects that were visited or are due
    private readonly HashSet<ulong> _met = [];
    private readonly Stack<(string Path, ulong Address)> _due = new();
    private (string Path, string Why)? _firstNotWalked;
    private long _notWalked;
    private long _pathsBytes;
    private string? _tooMuch;

    internal long Groups { get; private set; }

    internal long Datasets { get; private set; }

    /// <exception cref="InvalidDataException">The sentence names the object and says what is wrong with it.</exception>
    internal void From(ulong root)
    {
        _met.Add(root);
        _due.Push((string.Empty, root));
        while (_due.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                Visit(next.Path, next.Address);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"\"/{PrintableText.Of(next.Path, 100)}\": {e.Message}", e);
            }

            if (_tooMuch is not null)
            {
                report.CannotJudge("hdf5-too-many", _tooMuch);
                return;
            }
        }

        if (file.HasMoreExtents)
        {
            report.DidNotCheck($"whether data beyond its first {file.Extents.Count} stretches overlaps");
        }

        if (Extent.Wrong(file.Extents, content.Length) is { } wrong)
        {
            throw new InvalidDataException($"dataset {wrong}");
        }

        if (_firstNotWalked is { } first)
        {
            report.Warn("hdf5-not-walked", $"{_notWalked} parts could not be followed, the first \"/{PrintableText.Of(first.Path, 100)}\": {first.Why}.", "Its end of file vouches for the length; load it once yourself.");
        }
    }

    private void Visit(string path, ulong address)
    {
        var messages = Hdf5ObjectHeader.Read(file, address);
        if (Hdf5Dataset.Is(messages))
        {
            Datasets++;
            var dataset = new Hdf5Dataset(file, path);
            dataset.Read(messages);
            NotWalked(path, dataset.NotWalked);
            if (dataset.IsNumbers)
            {
                TensorListing.Count(report, dataset.Elements);
                TensorListing.List(report, content, dataset.Entry, cancellation);
            }

            return;
        }

        if (!messages.Exists(Hdf5Groups.IsGroup))
        {
            return; // a named type
        }

        Groups++;
        var links = new List<(string Path, ulong Address)>();
        var walked = Hdf5Groups.Each(file, messages, (name, target) => Meet(path, name, target, links));
        NotWalked(path, walked ? null : "its links are in the dense form of newer files");
        links.ForEach(_due.Push);
    }

    private void Meet(string path, string name, ulong target, List<(string Path, ulong Address)> links)
    {
        if (_tooMuch is not null || !_met.Add(target))
        {
            return; // linked twice, or a loop
        }

        var joined = Join(path, name);
        _pathsBytes += sizeof(char) * joined.Length;
        _tooMuch = _met.Count > MaxObjects ? $"it has more than {MaxObjects} objects."
            : _pathsBytes > MaxPathsBytes ? $"the paths of its objects take more than {MaxPathsBytes >> 20} MiB." : null;
        links.Add((joined, target));
    }

    private void NotWalked(string path, string? why)
    {
        if (why is not null)
        {
            _notWalked++;
            _firstNotWalked ??= (path, why);
        }
    }

    private static string Join(string path, string name)
    {
        var joined = path.Length == 0 ? name : $"{path}/{name}";
        return joined.Length <= MaxPathChars ? joined : throw new InvalidDataException($"its path is longer than {MaxPathChars} characters.");
    }
}
