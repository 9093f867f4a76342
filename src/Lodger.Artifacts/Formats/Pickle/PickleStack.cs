namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>The machine's stack, marks and memo, and the count of what their values take.</summary>
internal sealed class PickleStack
{
    private const int MemoBytes = 48;

    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private long _largestSlot = -1;

    /// <summary>Estimated memory of everything made so far; it never falls.</summary>
    internal long Bytes { get; private set; }

    /// <summary>True once the budget is spent: everything was let go.</summary>
    internal bool IsSpent { get; private set; }

    internal int MemoCount => _memo.Count;

    internal void Charge(long bytes)
    {
        Bytes += bytes;
        if (Bytes > PickleLimits.MaxValueBytes && !IsSpent)
        {
            IsSpent = true;
            _stack.Clear();
            _stack.TrimExcess();
            _marks.Clear();
            _memo.Clear();
            _memo.TrimExcess();
        }
    }

    internal void Push(object? value)
    {
        Charge(CostOf(value));
        if (!IsSpent)
        {
            _stack.Add(value);
        }
    }

    // What a value takes in bytes with its slot: object headers and the growth of lists included, on the generous side.
    private static int CostOf(object? value) => value switch
    {
        null => 16,
        bool or long or double => 40,
        PickleTuple tuple => 64 + (8 * tuple.Items.Length),
        PickleDict or PickleList or PickleSet => 96,
        PickleCall => 192,
        _ => 80,
    };

    internal object? Pop()
    {
        if (_stack.Count == 0 || (_marks.Count > 0 && _marks[^1] == _stack.Count))
        {
            throw Empty();
        }

        var value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    internal object? Top => _stack.Count > 0 && !(_marks.Count > 0 && _marks[^1] == _stack.Count) ? _stack[^1] : throw Empty();

    internal void Mark()
    {
        Charge(sizeof(int));
        _marks.Add(_stack.Count);
    }

    /// <summary>Everything above the last mark, which goes too.</summary>
    internal object?[] PopMark()
    {
        if (_marks.Count == 0)
        {
            throw new PickleException("pickle-stack", "it closes a group that it did not open.");
        }

        var from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = _stack[from..].ToArray();
        _stack.RemoveRange(from, items.Length);
        Charge((long)items.Length * 16);
        return items;
    }

    /// <summary>Whether a group is open and nothing is in it.</summary>
    internal bool IsAtMark => _marks.Count > 0 && _marks[^1] == _stack.Count;

    internal void Remember(long slot)
    {
        if (slot > _largestSlot + PickleLimits.MaxMemoGap)
        {
            throw new PickleException("pickle-memo", $"it uses memo slot {slot} after slot {Math.Max(_largestSlot, 0)}: Python would reserve memory for all between.");
        }

        _largestSlot = Math.Max(_largestSlot, slot);
        Charge(MemoBytes);
        if (!IsSpent)
        {
            _memo[slot] = Top;
        }
    }

    internal object? Recall(long slot) =>
        _memo.TryGetValue(slot, out var value) ? value : throw new PickleException("pickle-memo", $"it refers to memo slot {slot}, which it never filled.");

    private static PickleException Empty() => new("pickle-stack", "it takes a value from its stack where there is none.");
}
