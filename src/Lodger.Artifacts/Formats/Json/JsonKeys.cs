using System.Text;

namespace Lodger.Artifacts.Formats.Json;

/// <summary>
/// Notices a key that occurs twice in one object. Keeps a 64-bit hash a key of the objects that are open, up to a limit in all; past it, later keys are not compared.
/// </summary>
internal sealed class JsonKeys
{
    private const int MaxKeys = 100_000;

    // clearing a set costs its capacity: a large one is not kept
    private const int MaxSpareKeys = 64;

    // FNV-1a, 64 bits
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    private readonly Stack<HashSet<ulong>?> _open = new();
    private readonly Stack<HashSet<ulong>> _spare = new(); // a log has an object a line: sets are used again
    private int _keys;
    private ulong _hash;

    internal string? Duplicate { get; private set; }

    internal void Open(bool isObject) => _open.Push(!isObject ? null : _spare.TryPop(out var spare) ? spare : []);

    internal void Close()
    {
        if (_open.Pop() is not { } keys)
        {
            return;
        }

        _keys -= keys.Count;
        if (keys.Count <= MaxSpareKeys)
        {
            keys.Clear();
            _spare.Push(keys);
        }
    }

    internal void Clear()
    {
        _open.Clear();
        _keys = 0;
    }

    internal void StartKey() => _hash = OffsetBasis;

    internal void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            _hash = (_hash ^ value) * Prime;
        }
    }

    /// <param name="start">The key's first bytes, for the note.</param>
    internal void EndKey(ReadOnlySpan<byte> start)
    {
        if (_keys >= MaxKeys || _open.Peek() is not { } keys)
        {
            return;
        }

        if (keys.Add(_hash))
        {
            _keys++;
        }
        else
        {
            Duplicate ??= Encoding.UTF8.GetString(start);
        }
    }
}
