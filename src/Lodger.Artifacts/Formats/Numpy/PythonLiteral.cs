using System.Globalization;
using System.Text;

namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>
/// Reads the few Python literals that a NumPy header is made of: dict, tuple, list, string, whole number, True, False, None. Values are
/// <see cref="Dictionary{TKey,TValue}"/> with string keys, <see cref="List{T}"/> of objects, string, long, bool or null. Nothing is evaluated.
/// </summary>
internal sealed class PythonLiteral
{
    private const int MaxDepth = 32;

    private readonly string _text;
    private int _at;

    private PythonLiteral(string text) => _text = text;

    /// <exception cref="FormatException">The text is not one such literal.</exception>
    internal static object? Read(string text)
    {
        var reader = new PythonLiteral(text);
        var value = reader.Value(depth: 0);
        reader.SkipSpace();
        return reader._at == text.Length ? value : throw reader.Unexpected();
    }

    private object? Value(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"nested deeper than {MaxDepth} levels");
        }

        SkipSpace();
        switch (Peek())
        {
            case '{':
                return Dictionary(depth);
            case '(':
                return Items(')', depth);
            case '[':
                return Items(']', depth);
            case '\'' or '"':
                return Text();
            case '-' or (>= '0' and <= '9'):
                return Number();
            default:
                return Word();
        }
    }

    private Dictionary<string, object?> Dictionary(int depth)
    {
        var entries = new Dictionary<string, object?>(StringComparer.Ordinal);
        _at++;
        while (!Takes('}'))
        {
            if (Value(depth + 1) is not string key)
            {
                throw Unexpected();
            }

            if (!Takes(':') || !entries.TryAdd(key, Value(depth + 1)) || (!Takes(',') && !IsNext('}')))
            {
                throw Unexpected();
            }
        }

        return entries;
    }

    private object? Items(char close, int depth)
    {
        var items = new List<object?>();
        var commas = 0;
        _at++;
        while (!Takes(close))
        {
            items.Add(Value(depth + 1));
            if (Takes(','))
            {
                commas++;
            }
            else if (!IsNext(close))
            {
                throw Unexpected();
            }
        }

        // (3) is the number 3 in brackets, (3,) a tuple
        return close == ')' && items.Count == 1 && commas == 0 ? items[0] : items;
    }

    private string Text()
    {
        var quote = _text[_at++];
        var value = new StringBuilder();
        while (Peek() != quote)
        {
            if (Peek() == '\\')
            {
                _at++;
                value.Append(Escaped());
            }
            else
            {
                value.Append(Peek());
                _at++;
            }
        }

        _at++;
        return value.ToString();
    }

    private string Escaped()
    {
        var kind = Peek();
        _at++;
        return kind switch
        {
            '\\' or '\'' or '"' => kind.ToString(),
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'x' => Hex(2),
            'u' => Hex(4),
            'U' => Hex(8),
            _ => "\\" + kind,
        };
    }

    private string Hex(int digits)
    {
        if (_at + digits > _text.Length || !uint.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            throw Unexpected();
        }

        _at += digits;
        return value > 0x10FFFF || value is >= 0xD800 and <= 0xDFFF ? "\uFFFD" : char.ConvertFromUtf32((int)value);
    }

    private long Number()
    {
        var start = _at++;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            _at++;
        }

        var digits = _text.AsSpan(start, _at - start);
        if (_at < _text.Length && _text[_at] == 'L')
        {
            _at++; // Python 2 wrote its long numbers so
        }

        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value : throw new FormatException($"the number {digits} does not fit 63 bits");
    }

    private object? Word()
    {
        foreach (var (word, value) in new (string, object?)[] { ("True", true), ("False", false), ("None", null) })
        {
            if (_text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
            {
                _at += word.Length;
                return value;
            }
        }

        throw Unexpected();
    }

    private bool IsNext(char expected)
    {
        SkipSpace();
        return Peek() == expected;
    }

    private bool Takes(char expected)
    {
        if (!IsNext(expected))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\n' or '\t' or '\r')
        {
            _at++;
        }
    }

    private char Peek() => _at < _text.Length ? _text[_at] : throw new FormatException("it ends too early");

    private FormatException Unexpected() => new($"something unexpected at character {_at}");
}
