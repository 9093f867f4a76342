namespace Lodger.Artifacts.Formats.Yaml;

/// <summary>
/// How many values a document has once its aliases are unfolded. An anchor weighs what was counted from it to the end of its node: the end of the bracket it stands
/// before, or the next line that is not indented further.
/// </summary>
internal sealed class YamlAnchors
{
    /// <summary>More values than this are called a bomb.</summary>
    internal const long MaxUnfolded = 10_000_000;

    // "billion laughs" needs nine; a real configuration has tens
    private const int MaxAnchors = 10_000;

    private readonly Dictionary<string, long> _weights = new(StringComparer.Ordinal);
    private readonly Stack<(string Name, long From, int Depth, int Indent)> _open = new();
    private long _unfolded;

    internal bool UnfoldsTooFar => _unfolded > MaxUnfolded;

    /// <summary>Set when there were more anchors than are kept.</summary>
    internal bool HasTooMany { get; private set; }

    internal void Count() => _unfolded++;

    /// <param name="name">The anchor.</param>
    /// <param name="depth">Brackets open where it stands.</param>
    /// <param name="indent">Its line's indentation.</param>
    internal void Define(string name, int depth, int indent)
    {
        if (_weights.Count >= MaxAnchors)
        {
            HasTooMany = true;
            throw new InvalidDataException($"it has more than {MaxAnchors} anchors.");
        }

        _weights[name] = 1;
        _open.Push((name, _unfolded, depth, indent));
    }

    /// <summary>Adds what the alias stands for; false when no such anchor came before it.</summary>
    internal bool Use(string name)
    {
        if (!_weights.TryGetValue(name, out var weight))
        {
            return false;
        }

        _unfolded = Math.Min(_unfolded + weight, long.MaxValue / 4);
        return true;
    }

    /// <summary>A bracket closed, and this many are open now.</summary>
    internal void Closed(int depth)
    {
        while (_open.TryPeek(out var top) && top.Depth > depth)
        {
            EndTop();
        }

        // an anchor right before the bracket stands at the depth that is open now
        if (_open.TryPeek(out var owner) && owner.Depth == depth && depth > 0)
        {
            EndTop();
        }
    }

    /// <summary>A line of block style begins.</summary>
    internal void Line(int indent)
    {
        while (_open.TryPeek(out var top) && indent <= top.Indent)
        {
            EndTop();
        }
    }

    /// <summary>A document ended: its anchors are not known in the next.</summary>
    internal void Clear()
    {
        _open.Clear();
        _weights.Clear();
    }

    private void EndTop()
    {
        var (name, from, _, _) = _open.Pop();
        _weights[name] = Math.Max(1, _unfolded - from);
    }
}
