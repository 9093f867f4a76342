using System.Buffers;

namespace Lodger.Artifacts.Formats.Csv;

/// <summary>Counts the columns of each record (RFC 4180) as bytes come by, in constant memory.</summary>
internal sealed class CsvScan
{
    private readonly byte _delimiter;
    private readonly bool _quotes;
    private readonly SearchValues<byte> _marks;
    private State _state = State.FieldStart;
    private long _line = 1;
    private long _quoteLine;
    private long _recordLine = 1;
    private long _columns = 1;
    private bool _blank = true;

    /// <param name="delimiter">What stands between two columns.</param>
    /// <param name="quotes">False where a quote is a character like others.</param>
    internal CsvScan(byte delimiter, bool quotes = true)
    {
        _delimiter = delimiter;
        _quotes = quotes;
        _marks = SearchValues.Create([delimiter, (byte)'\n', (byte)'\r', (byte)'"']);
    }

    private enum State
    {
        FieldStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }

    /// <summary>Records that are not blank, the header too.</summary>
    internal long Records { get; private set; }

    /// <summary>Columns of the first record.</summary>
    internal long Columns { get; private set; }

    /// <summary>Records with another number of columns.</summary>
    internal long Uneven { get; private set; }

    /// <summary>The line, and the columns, of the first such record.</summary>
    internal (long Line, long Columns) FirstUneven { get; private set; }

    /// <summary>The line of the last record, and its columns.</summary>
    internal (long Line, long Columns) Last { get; private set; }

    /// <summary>The line in which text follows a closing quote; null when there is none.</summary>
    internal long? StrayQuoteLine { get; private set; }

    /// <summary>The line in which a quote opens that never closes; null when there is none. Known after <see cref="Finish"/>.</summary>
    internal long? OpenQuoteLine { get; private set; }

    /// <summary>Whether every record has as many columns and every quote is where one can be. Known after <see cref="Finish"/>.</summary>
    internal bool IsEven => Uneven == 0 && OpenQuoteLine is null && StrayQuoteLine is null;

    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var plain = _state == State.Quoted ? bytes.IndexOfAny((byte)'"', (byte)'\n') : bytes.IndexOfAny(_marks);
            if (plain != 0)
            {
                TakePlain();
                if (plain < 0)
                {
                    return;
                }
            }

            Take(bytes[plain]);
            bytes = bytes[(plain + 1)..];
        }
    }

    internal void Finish()
    {
        OpenQuoteLine = _state == State.Quoted ? _quoteLine : null;
        EndRecord();
    }

    private void TakePlain()
    {
        _blank = false;
        if (_state == State.QuoteInQuoted)
        {
            StrayQuoteLine ??= _line;
        }

        _state = _state == State.Quoted ? State.Quoted : State.Plain;
    }

    private void Take(byte mark)
    {
        if (mark == '"')
        {
            TakeQuote();
        }
        else if (_state == State.Quoted)
        {
            _line++; // a line break inside quotes belongs to the field
        }
        else if (mark == _delimiter)
        {
            (_columns, _blank, _state) = (_columns + 1, false, State.FieldStart);
        }
        else if (mark == '\n')
        {
            EndRecord();
            (_line, _recordLine) = (_line + 1, _line + 1);
        }
    }

    private void TakeQuote()
    {
        _blank = false;
        (_state, _quoteLine) = _state switch
        {
            _ when !_quotes => (State.Plain, _quoteLine),
            State.FieldStart => (State.Quoted, _line),
            State.Quoted => (State.QuoteInQuoted, _quoteLine),
            State.QuoteInQuoted => (State.Quoted, _quoteLine), // two quotes stand for one
            _ => (State.Plain, _quoteLine), // inside plain text it is a character like others
        };
    }

    private void EndRecord()
    {
        if (!_blank)
        {
            Records++;
            Columns = Records == 1 ? _columns : Columns;
            Last = (_recordLine, _columns);
            if (_columns != Columns)
            {
                FirstUneven = Uneven == 0 ? Last : FirstUneven;
                Uneven++;
            }
        }

        (_columns, _blank, _state) = (1, true, State.FieldStart);
    }
}
