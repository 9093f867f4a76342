namespace Lodger.Artifacts.Formats.Json;

/// <summary>A JSON number, digit by digit: minus? (0 | 1-9 digits*) (. digits+)? ([eE] [+-]? digits+)?</summary>
internal sealed class JsonNumber
{
    private State _state;

    private enum State
    {
        Minus,
        Zero,
        Whole,
        Point,
        Fraction,
        Exponent,
        ExponentSign,
        ExponentDigits,
    }

    /// <summary>True when the number may end here.</summary>
    internal bool IsWhole => _state is State.Zero or State.Whole or State.Fraction or State.ExponentDigits;

    internal bool IsOnlyMinus => _state == State.Minus;

    internal void Start(byte first) => _state = first switch
    {
        (byte)'-' => State.Minus,
        (byte)'0' => State.Zero,
        _ => State.Whole,
    };

    /// <summary>Takes the next byte when the number goes on with it.</summary>
    internal bool Take(byte value)
    {
        if (Next(value) is not { } next)
        {
            return false;
        }

        _state = next;
        return true;
    }

    private State? Next(byte value)
    {
        var isDigit = value is >= (byte)'0' and <= (byte)'9';
        return _state switch
        {
            State.Minus => value == '0' ? State.Zero : isDigit ? State.Whole : null,
            State.Whole when isDigit => State.Whole,
            State.Zero or State.Whole => value == '.' ? State.Point : value is (byte)'e' or (byte)'E' ? State.Exponent : null,
            State.Point or State.Fraction when isDigit => State.Fraction,
            State.Fraction => value is (byte)'e' or (byte)'E' ? State.Exponent : null,
            State.Exponent when value is (byte)'+' or (byte)'-' => State.ExponentSign,
            State.Exponent or State.ExponentSign or State.ExponentDigits when isDigit => State.ExponentDigits,
            _ => null,
        };
    }
}
