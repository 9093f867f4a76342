namespace Lodger.Artifacts.Formats.Json;

/// <summary>true, false and null, and the NaN and Infinity that Python writes, letter by letter.</summary>
internal sealed class JsonWord
{
    private static readonly byte[][] _words = [[.. "true"u8], [.. "false"u8], [.. "null"u8], [.. "NaN"u8], [.. "Infinity"u8]];

    private byte[] _word = _words[0];
    private int _matched;

    /// <summary>True when the word is one that no JSON has but Python's.</summary>
    internal bool IsNotFinite => _word[0] is (byte)'N' or (byte)'I';

    /// <summary>The truth value that the word is; null when it is none.</summary>
    internal bool? Truth => _word[0] switch
    {
        (byte)'t' => true,
        (byte)'f' => false,
        _ => null,
    };

    /// <summary>True when all letters were there.</summary>
    internal bool IsWhole => _matched == _word.Length;

    /// <summary>Begins a word; false when none begins so.</summary>
    internal bool Start(byte first)
    {
        var at = Array.FindIndex(_words, word => word[0] == first);
        (_word, _matched) = at < 0 ? (_word, 0) : (_words[at], 1);
        return at >= 0;
    }

    /// <summary>Takes the next letter when the word goes on with it.</summary>
    internal bool Take(byte value) => value == _word[_matched] && ++_matched > 0;
}
