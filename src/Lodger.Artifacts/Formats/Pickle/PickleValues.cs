namespace Lodger.Artifacts.Formats.Pickle;

// The inert values of a pickle. None, True, False, whole numbers to 63 bits and floats are null, bool, long and double.

/// <summary>A text. Its characters are kept only when it is short.</summary>
/// <param name="Value">Null when it is longer than <see cref="PickleLimits.MaxKeptBytes"/>.</param>
/// <param name="Characters">Its length in code points.</param>
/// <param name="Offset">Where its bytes begin in the pickle.</param>
/// <param name="StoredBytes">How many bytes it takes there.</param>
internal sealed record PickleText(string? Value, long Characters, long Offset, long StoredBytes);

/// <summary>A byte string, kept only when it is short.</summary>
/// <param name="IsLatin1">It is stored as a text of characters below 256, one a byte, as protocol 2 has to.</param>
internal sealed record PickleBytes(byte[]? Value, long Length, long Offset, long StoredBytes, bool IsLatin1 = false);

/// <summary>A whole number beyond 63 bits, whose value nothing here needs.</summary>
internal sealed record PickleBigNumber(long Bytes);

internal sealed record PickleTuple(object?[] Items);

internal sealed class PickleList
{
    internal List<object?> Items { get; } = [];
}

internal sealed class PickleSet
{
    internal List<object?> Items { get; } = [];
}

/// <summary>A dict, or something made by an allowed global that is one (OrderedDict, defaultdict).</summary>
internal sealed class PickleDict
{
    internal List<KeyValuePair<object?, object?>> Entries { get; } = [];

    /// <summary>The value of a text key, the last where several are; null when there is none.</summary>
    internal object? this[string key] => Entries.FindLast(entry => entry.Key is PickleText text && text.Value == key).Value;

    internal bool Has(string key) => Entries.Exists(entry => entry.Key is PickleText text && text.Value == key);
}

/// <summary>A class or function by its name. It is never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    internal string FullName => $"{Module}.{Name}";
}

/// <summary>What calling a callable would make: the call is written down, not done.</summary>
internal sealed class PickleCall(object? callable, object? arguments)
{
    internal object? Callable { get; } = callable;

    internal object?[] Arguments { get; } = (arguments as PickleTuple)?.Items ?? [];

    /// <summary>What BUILD would set on it.</summary>
    internal object? State { get; set; }

    /// <summary>What would be appended or added to it.</summary>
    internal List<object?> Items { get; } = [];

    /// <summary>What would be set in it by key.</summary>
    internal List<KeyValuePair<object?, object?>> Entries { get; } = [];

    /// <summary>The callable's full name; empty when it is not a global.</summary>
    internal string Name => (Callable as PickleGlobal)?.FullName ?? string.Empty;
}

/// <summary>A reference to something outside the pickle (BINPERSID): in PyTorch files, a storage.</summary>
internal sealed record PickleReference(object? Id);
