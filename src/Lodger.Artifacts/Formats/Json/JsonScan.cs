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

    private static readonly byte[] _true = [.. "true"u8];
    private static readonly byte[] _false = [.. "false"u8];
    private static readonly byte[] _null = [.. "null"u8];
    private static readonly byte[] _naN = [.. "NaN"u8];
    private static readonly byte[] _infinity = [.. "Infinity"u8];

    private readonly bool[] _isObject = new bool[MaxDepth];
    private readonly JsonKeys _keys = new();
    private readonly byte[] _captured = new byte[MaxCapturedBytes];
    private readonly JsonNumber _number = new();
    private readonly Utf8Sequence _utf8 = new();
    private int _capturedBytes;
    private int _depth;
    private State _state = State.Value;
    private bool _isKey;
    private int _hexDigitsDue;
    private byte[] _literal = [];
    private int _literalMatched;
    private string? _progressName;

    private enum State
    {
        Value,
        ValueOrEnd,
        KeyOrEnd,
        Key,
        Colon,
        After,
        Text,
        Escape,
        Hex,
        Number,
        Literal,
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

    /// <summary>Called with a top-level training progress name and its number.</summary>
    internal Action<string, double>? Progress { get; init; }

    /// <summary>Starts over for the next document.</summary>
    internal void Reset()
    {
        (_depth, _state, Failure, TooDeep, IsBareNumber, _progressName) = (0, State.Value, null, false, false, null);
        _keys.Clear();
    }

    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length && _state != State.Failed; i++)
        {
            if (_state == State.Text && !_utf8.IsOpen)
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
            Fail(_depth > 0 || _state is State.Text or State.Escape or State.Hex or State.Literal
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
            case State.Escape:
                InEscape(value);
                break;
            case State.Hex:
                InHex(value);
                break;
            case State.Literal:
                InLiteral(value);
                break;
            case State.Number:
                InNumber(value);
                break;
            case State.Value or State.ValueOrEnd or State.KeyOrEnd or State.Key or State.Colon or State.After or State.Done:
                if (value is not ((byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r'))
                {
                    Between(value);
                }

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
            case (byte)'t':
                StartLiteral(_true);
                break;
            case (byte)'f':
                StartLiteral(_false);
                break;
            case (byte)'n':
                StartLiteral(_null);
                break;
            case (byte)'N':
                NotFinite++;
                StartLiteral(_naN);
                break;
            case (byte)'I':
                NotFinite++;
                StartLiteral(_infinity);
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                StartNumber(value);
                break;
            default:
                FailAt(value);
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
        _progressName = null;
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
        _progressName = null;
        _state = _depth == 0 ? State.Done : State.After;
    }

    private void StartText(bool isKey)
    {
        (_state, _isKey, _capturedBytes) = (State.Text, isKey, 0);
        if (isKey)
        {
            _keys.StartKey();
        }
    }

    private void InText(byte value)
    {
        if (_utf8.IsOpen || value >= 0x80)
        {
            if (!_utf8.Take(value))
            {
                Fail("it has a string that is not UTF-8.");
                return;
            }
        }
        else if (value == '"')
        {
            EndText();
            return;
        }
        else if (value == '\\')
        {
            _state = State.Escape;
        }
        else if (value < 0x20)
        {
            Fail("it has a line break or control character inside a string.");
            return;
        }

        Capture([value]);
    }

    private void EndText()
    {
        if (!_isKey)
        {
            EndValue();
            return;
        }

        _keys.EndKey(_captured.AsSpan(0, _capturedBytes));
        _state = State.Colon;
        _progressName = _depth == 1 ? TrainingProgress.NameOf(_captured.AsSpan(0, _capturedBytes)) : null;
    }

    private void InEscape(byte value)
    {
        (_state, _hexDigitsDue) = value == 'u' ? (State.Hex, 4) : (State.Text, 0);
        if (!"\"\\/bfnrtu"u8.Contains(value))
        {
            Fail("it has a backslash in a string that escapes nothing.");
        }

        Capture([value]);
    }

    private void InHex(byte value)
    {
        if (!char.IsAsciiHexDigit((char)value))
        {
            Fail("it has a \\u in a string without four hex digits.");
            return;
        }

        Capture([value]);
        if (--_hexDigitsDue == 0)
        {
            _state = State.Text;
        }
    }

    private void StartLiteral(byte[] literal) => (_literal, _literalMatched, _state) = (literal, 1, State.Literal);

    private void InLiteral(byte value)
    {
        if (value != _literal[_literalMatched])
        {
            FailAt(value);
        }
        else if (++_literalMatched == _literal.Length)
        {
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
            NotFinite++;
            StartLiteral(_infinity);
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

        if (_progressName is { } name && _capturedBytes < MaxCapturedBytes && Utf8Parser.TryParse(_captured.AsSpan(0, _capturedBytes), out double value, out _))
        {
            Progress?.Invoke(name, value);
        }

        IsBareNumber = _depth == 0;
        EndValue();
    }

    private void Capture(ReadOnlySpan<byte> bytes)
    {
        if (_state is State.Text or State.Escape or State.Hex && _isKey)
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
