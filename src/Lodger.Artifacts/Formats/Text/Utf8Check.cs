using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Lodger.Artifacts.Formats.Text;

/// <summary>Whether bytes that come by in pieces are UTF-8, and where they first are not.</summary>
internal sealed class Utf8Check
{
    private const int LongestCharacter = 4;

    private readonly byte[] _open = new byte[LongestCharacter];
    private int _openBytes;
    private long _offset;

    /// <summary>Offset of the first byte that is not UTF-8; null while there is none.</summary>
    internal long? FirstWrong { get; private set; }

    /// <summary>True when what was read so far ends inside a character.</summary>
    internal bool IsOpen => _openBytes > 0;

    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        var start = _offset;
        _offset += bytes.Length;
        if (FirstWrong is not null)
        {
            return;
        }

        // the character that the last piece broke off in
        while (_openBytes > 0 && bytes.Length > 0)
        {
            _open[_openBytes++] = bytes[0];
            bytes = bytes[1..];
            start++;
            var status = Rune.DecodeFromUtf8(_open.AsSpan(0, _openBytes), out _, out _);
            if (status == OperationStatus.InvalidData)
            {
                FirstWrong = start - _openBytes;
                return;
            }

            _openBytes = status == OperationStatus.Done ? 0 : _openBytes;
        }

        if (bytes.Length > 0 && Rune.DecodeLastFromUtf8(bytes, out _, out var last) == OperationStatus.NeedMoreData)
        {
            bytes[^last..].CopyTo(_open);
            _openBytes = last;
            bytes = bytes[..^last];
        }

        if (!Utf8.IsValid(bytes))
        {
            FirstWrong = start + Offset(bytes);
        }
    }

    private static int Offset(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes[at..], out _, out var consumed) == OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }
}
