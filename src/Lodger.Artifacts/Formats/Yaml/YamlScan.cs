using System.Text;

namespace Lodger.Artifacts.Formats.Yaml;

/// <summary>
/// Goes once through a YAML text, line by line outside quotes and brackets. Where the rules of plain text are subtle it lets things pass: what it refuses, every
/// reader refuses.
/// </summary>
internal sealed class YamlScan(byte[] text)
{
    private const int MaxDepth = 1000;

    private readonly Stack<byte> _brackets = new();
    private int _at;
    private int _line = 1;
    private int _indent;
    private int? _plainParent; // indentation that a line must exceed to go on with the plain text before it

    internal YamlAnchors Anchors { get; } = new();

    /// <summary>Scalars, brackets and aliases.</summary>
    internal long Nodes { get; private set; }

    /// <summary>True when the failure is the depth limit, so that the text could still be sound.</summary>
    internal bool TooDeep { get; private set; }

    private bool InFlow => _brackets.Count > 0;

    private byte Here => _at < text.Length ? text[_at] : (byte)'\n';

    /// <exception cref="InvalidDataException">The sentence says in which line what is wrong.</exception>
    internal void Run(CancellationToken cancellation)
    {
        _at = text.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        while (_at < text.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            StartLine();
            while (Here != '\n')
            {
                Step();
            }

            NextLine();
        }

        if (InFlow)
        {
            throw Wrong($"the text ends before {(char)_brackets.Peek()} is closed: it was cut short");
        }
    }

    private void StartLine()
    {
        if (InFlow)
        {
            return;
        }

        var start = _at;
        while (Here == ' ')
        {
            _at++;
        }

        _indent = _at - start;
        if (Here is (byte)'\n' or (byte)'\r' or (byte)'#')
        {
            _plainParent = Here == '#' ? null : _plainParent;
            SkipToLineEnd();
        }
        else if (_indent == 0 && (IsMarker("---"u8) || IsMarker("..."u8)))
        {
            Anchors.Clear();
            _plainParent = null;
            _at += 3;
        }
        else if (_plainParent is { } parent && _indent > parent)
        {
            Plain(); // goes on with the text of the line before
        }
        else
        {
            _plainParent = null;
            Anchors.Line(_indent);
            if (Here == '\t' && !text.AsSpan(_at, LineBytes()).Trim(" \t\r"u8).IsEmpty)
            {
                throw Wrong("a tab indents it, which YAML forbids");
            }
        }
    }

    private void Step()
    {
        var value = Here;
        switch (value)
        {
            case (byte)' ' or (byte)'\t' or (byte)'\r':
                _at++;
                break;
            case (byte)'#':
                SkipToLineEnd();
                break;
            case (byte)'"' or (byte)'\'':
                Count();
                _at = YamlQuotes.End(text, _at, ref _line, Wrong);
                break;
            case (byte)'[' or (byte)'{':
                Open(value);
                break;
            case (byte)']' or (byte)'}' when InFlow:
                Close(value);
                break;
            case (byte)',' when InFlow:
                _at++;
                break;
            case (byte)'-' or (byte)'?' or (byte)':' when IsSpace(_at + 1) || (InFlow && value == ':'):
                _at++;
                break;
            case (byte)'&' or (byte)'*':
                AnchorOrAlias(value);
                break;
            case (byte)'!':
                Tag();
                break;
            case (byte)'|' or (byte)'>' when !InFlow:
                Count();
                BlockText();
                break;
            default:
                Count();
                Plain();
                break;
        }
    }

    private void Open(byte bracket)
    {
        if (_brackets.Count == MaxDepth)
        {
            TooDeep = true;
            throw Wrong($"brackets are nested deeper than {MaxDepth}");
        }

        Count();
        _brackets.Push(bracket);
        _at++;
    }

    private void Close(byte bracket)
    {
        if (_brackets.Pop() != (bracket == ']' ? '[' : '{'))
        {
            throw Wrong($"{(char)bracket} closes another kind of bracket");
        }

        _at++;
        Anchors.Closed(_brackets.Count);
    }

    private void AnchorOrAlias(byte mark)
    {
        var start = ++_at;
        while (!IsSpace(_at) && !(Here is (byte)',' or (byte)'[' or (byte)']' or (byte)'{' or (byte)'}'))
        {
            _at++;
        }

        var name = Encoding.UTF8.GetString(text, start, Math.Min(_at - start, 200));
        if (mark == '&')
        {
            Anchors.Define(name, _brackets.Count, _indent);
        }
        else if (!Anchors.Use(name.TrimEnd(':')) && !Anchors.Use(name))
        {
            throw Wrong($"*{PrintableText.Of(name, 60)} stands for nothing that came before it");
        }
        else
        {
            Nodes++;
        }
    }

    private void Tag()
    {
        while (!IsSpace(_at) && !(InFlow && Here is (byte)',' or (byte)']' or (byte)'}'))
        {
            _at++;
        }
    }

    /// <summary>Plain text to where it ends in this line: a comment, a key's colon, and between brackets their marks.</summary>
    private void Plain()
    {
        while (Here != '\n')
        {
            var value = Here;
            if ((value == ':' && (IsSpace(_at + 1) || (InFlow && IsFlowMark(_at + 1)))) || (InFlow && IsFlowMark(_at)))
            {
                _plainParent = null;
                return;
            }

            if (value == '#' && _at > 0 && text[_at - 1] is (byte)' ' or (byte)'\t')
            {
                _plainParent = null;
                SkipToLineEnd();
                return;
            }

            _at++;
        }

        _plainParent ??= InFlow ? null : PlainParent();
    }

    /// <summary>A plain text goes on further in than the dash or the key before it, one that is a line's whole content at its own indentation.</summary>
    private int PlainParent()
    {
        var start = text.AsSpan(0, _at).LastIndexOf((byte)'\n') + 1;
        var line = text.AsSpan(start, _at - start);
        var (column, parent) = (_indent, _indent - 1);
        while (line[column..].StartsWith("- "u8) || line[column..].StartsWith("? "u8))
        {
            parent = column++;
            while (column < line.Length && line[column] == ' ')
            {
                column++;
            }
        }

        return line[column..].IndexOf(": "u8) >= 0 ? column : parent;
    }

    /// <summary>A | or > text: its lines are those indented as far as its first, or further.</summary>
    private void BlockText()
    {
        SkipToLineEnd();
        int? least = null;
        while (_at + 1 < text.Length)
        {
            var lineStart = _at + 1;
            var spaces = text.AsSpan(lineStart).IndexOfAnyExcept((byte)' ');
            var content = spaces < 0 ? text.Length : lineStart + spaces;
            var isBlank = content >= text.Length || text[content] is (byte)'\n' or (byte)'\r';
            if (!isBlank && spaces <= (least is null ? _indent : least - 1))
            {
                // text at the margin is only a document's own
                return;
            }

            least ??= isBlank ? null : spaces;
            (_at, _line) = (content, _line + 1);
            SkipToLineEnd();
        }
    }

    private void Count()
    {
        Nodes++;
        Anchors.Count();
    }

    private void NextLine() => (_at, _line) = (_at + 1, _line + 1);

    private void SkipToLineEnd() => _at += LineBytes();

    private int LineBytes()
    {
        var newline = _at < text.Length ? text.AsSpan(_at).IndexOf((byte)'\n') : 0;
        return newline < 0 ? text.Length - _at : newline;
    }

    private bool IsMarker(ReadOnlySpan<byte> marker) => text.AsSpan(_at).StartsWith(marker) && IsSpace(_at + 3);

    private bool IsSpace(int at) => at >= text.Length || text[at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';

    private bool IsFlowMark(int at) => at < text.Length && text[at] is (byte)',' or (byte)'[' or (byte)']' or (byte)'{' or (byte)'}';

    private InvalidDataException Wrong(string what) => new($"line {_line}: {what}.");
}
