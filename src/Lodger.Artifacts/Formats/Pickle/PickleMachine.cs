using System.Globalization;
using System.Text;

namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>
/// Interprets a pickle (Python's pickletools.py, protocols 0 to 5) into inert values. Nothing is imported and nothing is called: a global is a name, a
/// call is written down. Memory is bounded by <see cref="PickleLimits"/>, time by the length of the pickle.
/// </summary>
internal sealed class PickleMachine
{
    private const byte Stop = (byte)'.';
    private const int HighestProtocol = 5;

    private readonly PickleReader _reader;
    private readonly PickleStack _stack = new();
    private readonly PickleCalls _calls;

    // the last two texts, with nothing after them but memo slots: they name a global where the stack was let go
    private PickleText? _textBefore;
    private PickleText? _text;

    // a pickle that is an array inside another has no such arrays itself
    private readonly bool _isInner;

    private PickleMachine(PickleReader reader, Func<string, bool>? alsoAllowed, bool isInner)
    {
        _reader = reader;
        _isInner = isInner;
        _calls = new PickleCalls(_stack, alsoAllowed);
    }

    /// <summary>Runs one pickle to its STOP; the reader is then at the byte after it.</summary>
    /// <param name="reader">Where the pickle is.</param>
    /// <param name="alsoAllowed">Full names of globals that are harmless here besides <see cref="PickleGlobals"/>.</param>
    /// <exception cref="PickleException">It is no pickle; the sentence says why and where.</exception>
    internal static PickleOutcome Run(PickleReader reader, Func<string, bool>? alsoAllowed = null)
    {
        var machine = new PickleMachine(reader, alsoAllowed, isInner: false);
        try
        {
            return machine.Run();
        }
        catch (Exception e) when (e is EndOfStreamException or PickleException)
        {
            throw machine.Explained(e);
        }
    }

    private PickleException Explained(Exception e) =>
        _stack.IsSpent && _calls.Foreign.Contains(JoblibArray.Wrapper)
            ? new PickleException(JoblibArray.NotFollowed, $"it has arrays of joblib's behind more values than the {PickleLimits.MaxValueBytes >> 20} MiB kept here.", e) { Foreign = _calls.Foreign }
        : e is PickleException { Id: JoblibArray.NotFollowed or PickleException.Buffer } known
            ? new PickleException(known.Id, known.Message, e) { Foreign = _calls.Foreign }
        : e is PickleException broken
            ? new PickleException(broken.Id, $"its pickle is broken before byte {_reader.Position}: {e.Message}", e) { Foreign = _calls.Foreign }
        : new PickleException("pickle-cut", $"its pickle stops at byte {_reader.Position}, before its end mark: it was cut short.", e) { Foreign = _calls.Foreign };

    private PickleOutcome Run()
    {
        for (var opcode = _reader.Next(); opcode != Stop; opcode = _reader.Next())
        {
            if (!TakeConstant(opcode) && !TakeText(opcode) && !TakeStructure(opcode))
            {
                throw new PickleException("pickle-opcode", $"0x{opcode:X2} is not an opcode.");
            }

            if (!LeavesTexts(opcode))
            {
                (_textBefore, _text) = (null, null);
            }
        }

        var value = _stack.IsSpent ? null : _stack.Pop();
        return new PickleOutcome(value, !_stack.IsSpent, _calls.Foreign, _stack.IsSpent ? [] : _calls.References);
    }

    private static bool LeavesTexts(byte opcode) => opcode is (byte)'X' or 0x8C or 0x8D or (byte)'U' or (byte)'T' or (byte)'V' or (byte)'S'
        or 0x94 or (byte)'q' or (byte)'r' or (byte)'p' or 0x95;

    private bool TakeConstant(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'N': _stack.Push(null); return true;
            case 0x88: _stack.Push(true); return true;
            case 0x89: _stack.Push(false); return true;
            case (byte)'K': _stack.Push((long)_reader.Number(1)); return true;
            case (byte)'M': _stack.Push((long)_reader.Number(2)); return true;
            case (byte)'J': _stack.Push((long)(int)_reader.Number(4)); return true;
            case (byte)'G': _stack.Push(_reader.BigEndianDouble()); return true;
            case (byte)'I': _stack.Push(IntegerOf(_reader.Line())); return true;
            case (byte)'L': _stack.Push(IntegerOf(_reader.Line().TrimEnd('L'))); return true;
            case (byte)'F': _stack.Push(FloatOf(_reader.Line())); return true;
            case 0x8A: _stack.Push(LongOf(_reader.Number(1))); return true;
            case 0x8B: _stack.Push(LongOf(_reader.Number(4))); return true;
            default: return false;
        }
    }

    private bool TakeText(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'X': Text(_reader.Number(4)); return true;
            case 0x8C: Text(_reader.Number(1)); return true;
            case 0x8D: Text(_reader.Number(8)); return true;
            case (byte)'U': SingleByteText(_reader.Number(1)); return true;
            case (byte)'T': SingleByteText(_reader.Number(4)); return true;
            case (byte)'V': Line(PickleEscapes.Unicode(_reader.Line(Encoding.Latin1))); return true;
            case (byte)'S': Line(PickleEscapes.Quoted(_reader.Line(Encoding.Latin1))); return true;
            case (byte)'C': Bytes(_reader.Number(1)); return true;
            case (byte)'B': Bytes(_reader.Number(4)); return true;
            case 0x8E or 0x96: Bytes(_reader.Number(8)); return true;
            default: return false;
        }
    }

    private bool TakeStructure(byte opcode)
    {
        switch (opcode)
        {
            case 0x80:
                var protocol = _reader.Next();
                return protocol <= HighestProtocol ? true : throw new PickleException("pickle-protocol", $"protocol {protocol} is newer than any Python's.");
            case 0x95: _reader.Number(8); return true; // a frame: only a hint for reading ahead
            case 0x97 or 0x98: throw new PickleException(PickleException.Buffer, "it wants a buffer from outside, which a file does not have.");
            case (byte)'c': _calls.PushGlobal(_reader.Line(), _reader.Line()); return true;
            case (byte)'i': _calls.PushInstance(_reader.Line(), _reader.Line()); return true;
            case 0x82: _calls.PushExtension(_reader.Number(1)); return true;
            case 0x83: _calls.PushExtension(_reader.Number(2)); return true;
            case 0x84: _calls.PushExtension(_reader.Number(4)); return true;
            case (byte)'P': Line(_reader.Line()); return _stack.IsSpent || _calls.Take((byte)'Q');
            case (byte)'q': Remember(_reader.Number(1)); return true;
            case (byte)'r': Remember(_reader.Number(4)); return true;
            case (byte)'p': Remember(SlotOf(_reader.Line())); return true;
            case 0x93 when _stack.IsSpent: _calls.NameAfter(_textBefore, _text); return true;
            case (byte)'h': Recall(_reader.Number(1)); return true;
            case (byte)'j': Recall(_reader.Number(4)); return true;
            case (byte)'g': Recall(SlotOf(_reader.Line())); return true;
            case (byte)'b' when !_stack.IsSpent: _calls.Take(opcode); FollowArray(); return true;
            default: return _stack.IsSpent ? PickleCalls.IsStackOpcode(opcode) : _calls.Take(opcode);
        }
    }

    private void FollowArray()
    {
        if (!_isInner && !_stack.IsSpent && _stack.Top is PickleCall { Name: JoblibArray.Wrapper } wrapper && !JoblibArray.TrySkip(wrapper, _reader))
        {
            var inner = new PickleMachine(_reader, alsoAllowed: null, isInner: true);
            try
            {
                inner.Run();
            }
            finally
            {
                _calls.Add(inner._calls.Foreign);
            }
        }
    }

    private void Remember(ulong slot)
    {
        if (!_stack.IsSpent)
        {
            _stack.Remember((long)slot);
        }
    }

    private void Recall(ulong slot)
    {
        if (!_stack.IsSpent)
        {
            _stack.Push(_stack.Recall((long)slot));
        }
    }

    private void Text(ulong bytes)
    {
        var offset = _reader.Position;
        if (bytes > PickleLimits.MaxKeptBytes)
        {
            PushText(new PickleText(null, _reader.SkipText(bytes), offset, (long)bytes));
            return;
        }

        var text = Encoding.UTF8.GetString(_reader.Bytes((int)bytes));
        _stack.Charge(2 * (long)bytes);
        PushText(new PickleText(text, text.EnumerateRunes().Count(), offset, (long)bytes));
    }

    private void PushText(PickleText text)
    {
        (_textBefore, _text) = (_text, text);
        _stack.Push(text);
    }

    /// <summary>A str of Python 2: a text, or bytes, one character each.</summary>
    private void SingleByteText(ulong bytes)
    {
        var offset = _reader.Position;
        if (bytes > PickleLimits.MaxKeptBytes)
        {
            _reader.SkipText(bytes);
            PushText(new PickleText(null, (long)bytes, offset, (long)bytes));
            return;
        }

        _stack.Charge(2 * (long)bytes);
        PushText(new PickleText(Encoding.Latin1.GetString(_reader.Bytes((int)bytes)), (long)bytes, offset, (long)bytes));
    }

    /// <summary>The text of a line: where its bytes are is not told, as they are escaped.</summary>
    private void Line(string text)
    {
        _stack.Charge(2L * text.Length);
        PushText(new PickleText(text, text.Length, _reader.Position, text.Length));
    }

    private void Bytes(ulong bytes)
    {
        var offset = _reader.Position;
        byte[]? kept = null;
        if (bytes > PickleLimits.MaxKeptBytes)
        {
            _reader.SkipText(bytes);
        }
        else
        {
            kept = _reader.Bytes((int)bytes);
            _stack.Charge((long)bytes);
        }

        _stack.Push(new PickleBytes(kept, (long)bytes, offset, (long)bytes));
    }

    private object LongOf(ulong bytes)
    {
        if (bytes > 8)
        {
            _reader.SkipText(bytes);
            return new PickleBigNumber((long)bytes);
        }

        // little endian two's complement: the top byte's sign fills the rest
        var value = (long)_reader.Number((int)bytes);
        var unused = 64 - (8 * (int)bytes);
        return bytes == 0 ? 0L : value << unused >> unused;
    }

    private static object IntegerOf(string text) => text switch
    {
        "00" => false,
        "01" => true,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value) => value,
        _ when text.TrimStart('-') is { Length: > 0 } digits && digits.All(char.IsAsciiDigit) => new PickleBigNumber(text.Length),
        _ => throw new PickleException("pickle-number", $"\"{PrintableText.Of(text, 40)}\" is not a whole number."),
    };

    private static double FloatOf(string text) => text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
        _ => throw new PickleException("pickle-number", $"\"{PrintableText.Of(text, 40)}\" is not a number."),
    };

    private static ulong SlotOf(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
        ? slot : throw new PickleException("pickle-memo", $"\"{PrintableText.Of(text, 40)}\" is not a memo slot.");
}
