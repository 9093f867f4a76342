using System.Buffers;
using System.Buffers.Text;

namespace Lodger.Artifacts.Formats.Json;

/// <summary>
/// Checks JSON (RFC 8259) as its bytes come by, in constant memory whatever the size of the text or of one string in it. Accepts the NaN and Infinity that Python
/// writes and counts them. After a failure it stays failed.
/// </summary>
internal sealed class JsonScan
{
    /// <summary>Deeper nesting is not judged: Python's reader, for one, gives up near here.</summary>
    internal const int MaxDepth = 1000;

    private const int MaxCapturedBytes = 40;

    private static readonly SearchValues<byte> _endsPlainRun = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(b => b is < 0x20 or '"' or '\\' or >= 0x80).Select(b => (byte)b)]);

    private readonly bool[] _isObject = new bool[MaxDepth];
    private readonly JsonKeys _keys = new();
    private readonly byte[] _captured = new byte[MaxCapturedBytes];
    private readonly JsonNumber _number = new();
    private readonly JsonString _text = new();
    private readonly JsonWord _word = new();
    private readonly byte[] _key = new byte[MaxCapturedBytes];
    private int _capturedBytes;
    private int _keyBytes;
    private int _depth;
    private State _state = State.Value;
    private bool _isKey;
    private bool _endsLine;

    private enum State
    {
        Value,
        ValueOrEnd,
        KeyOrEnd,
        Key,
        Colon,
        After,
        Text,
        Number,
        Word,
        Done,
        Failed,
    }

    /// <summary>Why the text is not JSON; null while it may be.</summary>
    internal string? Failure { get; private set; }

    /// <summary>True when the failure is the depth limit, so that the text could still be sound.</summary>
    internal bool TooDeep { get; private set; }

    /// <summary>True while nothing but white space was read.</summary>
    internal bool IsBlank => _state == State.Value && _depth == 0;

    /// <summary>True when the value at the top is a number, which a cut could have shortened unseen.</summary>
    internal bool IsBareNumber { get; private set; }

    /// <summary>How many NaN, Infinity or -Infinity there were.</summary>
    internal long NotFinite { get; private set; }

    /// <summary>A key that occurred twice in one object, the first one found.</summary>
    internal string? DuplicateKey => _keys.Duplicate;

    /// <summary>Told of the values of the keys at the top; null when nobody wants them.</summary>
    internal IJsonListener? Listener { get; init; }

    /// <summary>Whether further documents may follow the first: on a line of their own, or an object or array right behind.</summary>
    internal bool TakesSeveral { get; init; }

    /// <summary>Documents that began.</summary>
    internal long Documents { get; private set; } = 1;

    /// <summary>The key at the top whose value comes next; empty when there is none, or it is longer than what is kept.</summary>
    private ReadOnlySpan<byte> TopKey => _key.AsSpan(0, _keyBytes);

    /// <summary>Starts over for the next document.</summary>
    internal void Reset()
    {
        (_depth, _state, Failure, TooDeep, IsBareNumber, _keyBytes) = (0, State.Value, null, false, false, 0);
        _keys.Clear();
    }

    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length && _state != State.Failed; i++)
        {
            if (_state == State.Text && _text.IsPlain)
            {
                var plain = bytes[i..].IndexOfAny(_endsPlainRun);
                plain = plain < 0 ? bytes.Length - i : plain;
                Capture(bytes.Slice(i, plain));
                i += plain;
                if (i == bytes.Length)
                {
                    return;
                }
            }

            Step(bytes[i]);
        }
    }

    /// <summary>Says that the text ends here.</summary>
    internal void Finish()
    {
        if (_state == State.Number)
        {
            EndNumber();
        }

        if (_state is not (State.Done or State.Failed))
        {
            Fail(_depth > 0 || _state is State.Text or State.Word
                ? "it ends in the middle of a value: it was cut short." : "it is empty.");
        }
    }

    private void Step(byte value)
    {
        switch (_state)
        {
            case State.Text:
                InText(value);
                break;
            case State.Word:
                InWord(value);
                break;
            case State.Number:
                InNumber(value);
                break;
            case State.Value or State.ValueOrEnd or State.KeyOrEnd or State.Key or State.Colon or State.After or State.Done:
                if (value is not ((byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r'))
                {
                    Between(value);
                }

                _endsLine = _state == State.Done && (_endsLine || value == '\n');
                break;
            case State.Failed:
            default:
                break;
        }
    }

    private void Between(byte value)
    {
        switch (_state)
        {
            case State.ValueOrEnd when value == ']':
            case State.KeyOrEnd when value == '}':
                Close();
                break;
            case State.Value or State.ValueOrEnd:
                StartValue(value);
                break;
            case State.KeyOrEnd or State.Key when value == '"':
                StartText(isKey: true);
                break;
            case State.Colon when value == ':':
                _state = State.Value;
                break;
            case State.After when value == ',':
                _state = _isObject[_depth - 1] ? State.Key : State.Value;
                break;
            case State.After when value == (_isObject[_depth - 1] ? '}' : ']'):
                Close();
                break;
            case State.Done when TakesSeveral && (_endsLine || value is (byte)'{' or (byte)'['):
                Documents++;
                Reset();
                StartValue(value);
                break;
            default:
                FailAt(value);
                break;
        }
    }

    private void StartValue(byte value)
    {
        switch (value)
        {
            case (byte)'{':
                Open(isObject: true);
                break;
            case (byte)'[':
                Open(isObject: false);
                break;
            case (byte)'"':
                StartText(isKey: false);
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                StartNumber(value);
                break;
            default:
                StartWord(value);
                break;
        }
    }

    private void Open(bool isObject)
    {
        if (_depth == MaxDepth)
        {
            TooDeep = true;
            Fail($"it is nested deeper than {MaxDepth} levels.");
            return;
        }

        _isObject[_depth++] = isObject;
        _state = isObject ? State.KeyOrEnd : State.ValueOrEnd;
        _keyBytes = 0;
        _keys.Open(isObject);
    }

    private void Close()
    {
        _depth--;
        _keys.Close();
        EndValue();
    }

    private void EndValue()
    {
        _keyBytes = 0;
        _state = _depth == 0 ? State.Done : State.After;
    }

    private void StartText(bool isKey)
    {
        (_state, _isKey, _capturedBytes) = (State.Text, isKey, 0);
        _text.Start();
        if (isKey)
        {
            _keys.StartKey();
        }
    }

    private void InText(byte value)
    {
        switch (_text.Take(value))
        {
            case JsonString.Part.Content:
                Capture([value]);
                break;
            case JsonString.Part.End:
                EndText();
                break;
            default:
                Fail(_text.Failure!);
                break;
        }
    }

    private void EndText()
    {
        var text = _captured.AsSpan(0, _capturedBytes);
        if (!_isKey)
        {
            if (_keyBytes > 0 && _capturedBytes < MaxCapturedBytes)
            {
                Listener?.Text(TopKey, text);
            }

            EndValue();
            return;
        }

        _keys.EndKey(text);
        _state = State.Colon;
        _keyBytes = _depth == 1 && _capturedBytes < MaxCapturedBytes ? _capturedBytes : 0;
        text[.._keyBytes].CopyTo(_key);
    }

    private void StartWord(byte first)
    {
        if (!_word.Start(first))
        {
            FailAt(first);
            return;
        }

        NotFinite += _word.IsNotFinite ? 1 : 0;
        _state = State.Word;
    }

    private void InWord(byte value)
    {
        if (!_word.Take(value))
        {
            FailAt(value);
        }
        else if (_word.IsWhole)
        {
            if (_keyBytes > 0 && _word.Truth is { } truth)
            {
                Listener?.Truth(TopKey, truth);
            }

            EndValue();
        }
    }

    private void StartNumber(byte value)
    {
        (_state, _capturedBytes) = (State.Number, 0);
        _number.Start(value);
        Capture([value]);
    }

    private void InNumber(byte value)
    {
        if (value == 'I' && _number.IsOnlyMinus)
        {
            StartWord(value);
            return;
        }

        if (_number.Take(value))
        {
            Capture([value]);
            return;
        }

        EndNumber();
        if (_state != State.Failed)
        {
            Step(value);
        }
    }

    private void EndNumber()
    {
        if (!_number.IsWhole)
        {
            Fail("it has a number that is not complete.");
            return;
        }

        if (_keyBytes > 0 && _capturedBytes < MaxCapturedBytes && Utf8Parser.TryParse(_captured.AsSpan(0, _capturedBytes), out double value, out _))
        {
            Listener?.Number(TopKey, value);
        }

        IsBareNumber = _depth == 0;
        EndValue();
    }

    private void Capture(ReadOnlySpan<byte> bytes)
    {
        if (_state == State.Text && _isKey)
        {
            _keys.Take(bytes);
        }

        var fits = Math.Min(bytes.Length, MaxCapturedBytes - _capturedBytes);
        bytes[..fits].CopyTo(_captured.AsSpan(_capturedBytes));
        _capturedBytes += fits;
    }

    private void FailAt(byte value) => Fail(value is > 0x20 and < 0x7F ? $"it has a '{(char)value}' where that cannot stand." : $"it has a byte 0x{value:X2} where that cannot stand.");

    private void Fail(string what)
    {
        Failure = what;
        _state = State.Failed;
    }
}
