using System.Globalization;

namespace Lodger.Vast.Query;

/// <summary>One condition as it was written.</summary>
/// <param name="Value">Null for <c>any</c>: drop what was asked of the field.</param>
internal sealed record Condition(string Field, string Operator, QueryValue? Value);

/// <summary>
/// Reads <c>field op value</c>, again and again. The grammar is the official client's; where that one sends on what it does not understand,
/// this one says where it stopped understanding.
/// </summary>
internal sealed class OfferQueryParser
{
    private const int LengthMax = 8192;

    private readonly string text;
    private int at;

    private OfferQueryParser(string text) => this.text = text;

    public static List<Condition> Parse(string text, out QueryError? error)
    {
        if (text.Length > LengthMax)
        {
            error = new QueryError(text[..40], 1, $"it is longer than {LengthMax} characters");
            return [];
        }

        var parser = new OfferQueryParser(text);
        var conditions = new List<Condition>();
        error = null;
        parser.SkipBlanks();
        while (error is null && parser.at < text.Length)
        {
            if (parser.ReadCondition(conditions.LastOrDefault(), out error) is { } condition) conditions.Add(condition);
            parser.SkipBlanks();
        }

        return conditions;
    }

    /// <param name="before">The condition that stands before this one; null: none.</param>
    private Condition? ReadCondition(Condition? before, out QueryError? error)
    {
        var fieldAt = at;
        var name = ReadName();
        if (name.Length == 0) return Fail(out error, fieldAt, $"expected a field name, found \"{text[at]}\"");
        if (name.ToLowerInvariant() is "and" or "or") return Fail(out error, fieldAt, $"\"{name}\" is not part of the grammar; conditions stand side by side and all must hold");
        if (OfferField.Find(name) is not { } field)
        {
            if (WithSpace(before, name) is { } whole) return Fail(out error, fieldAt, $"\"{name}\" is no field of an offer", whole, "A value with a space is written with _ instead, or in quotes.");
            var near = OfferField.Nearest(name);
            return Fail(out error, fieldAt, $"\"{name}\" is no field of an offer", near, near is null ? OfferField.Listed : null);
        }

        SkipBlanks();
        var operatorAt = at;
        var written = ReadOperator();
        if (written.Length == 0)
        {
            var found = at < text.Length ? $"found \"{text[at]}\"" : "the query ends";
            return Fail(out error, operatorAt, $"expected an operator (=, !=, >, >=, <, <=, in, notin) after {name}, {found}");
        }

        if (Operator(written) is not { } op) return Fail(out error, operatorAt, $"\"{written}\" is no operator", NearestOperator(written));
        if (!IsAllowed(field.Kind, op)) return Fail(out error, operatorAt, $"{name} is {Describe(field)}; it has no order, so only =, !=, in and notin make sense");

        SkipBlanks();
        return ReadValue(field, op, out error);
    }

    /// <summary>The condition before, with these words as the rest of its name; null: an operator follows, so a field was meant.</summary>
    private string? WithSpace(Condition? before, string name)
    {
        if (before is not { Value: QueryValue.Text { Value: var begun }, Operator: "eq" or "neq" }) return null;
        var stays = at;
        var words = new List<string> { begun };
        while (name.Length > 0 && !OperatorFollows())
        {
            words.Add(name);
            stays = at;
            SkipBlanks();
            name = ReadName();
        }

        at = stays;
        return words.Count == 1 ? null : $"{before.Field}{(before.Operator == "eq" ? "=" : "!=")}{string.Join('_', words).Replace(' ', '_')}";
    }

    private bool OperatorFollows()
    {
        var stays = at;
        SkipBlanks();
        var follows = Operator(ReadOperator()) is not null;
        at = stays;
        return follows;
    }

    private Condition? ReadValue(OfferField field, string op, out QueryError? error)
    {
        var valueAt = at;
        if (at >= text.Length) return Fail(out error, valueAt, $"expected a value for {field.Name}, the query ends");
        var isList = op is "in" or "notin";
        if (ReadWords(isList, out error) is not { } words) return null;
        if (words.Count == 0) return Fail(out error, valueAt, $"expected a value for {field.Name}");
        if (!isList && words.Count > 1) return Fail(out error, valueAt, "a list needs the operator in or notin");

        if (words is [{ IsQuoted: false, Text: "any" or "?" or "*" }])
        {
            if (op != "eq") return Fail(out error, valueAt, "any, ? and * only make sense with =: they drop what was asked of a field", $"{field.Name}=any");
            error = null;
            return new Condition(field.Name, op, null);
        }

        var values = new List<QueryValue>();
        foreach (var word in words)
        {
            if (Convert(field, word, out var expected) is not { } value) return Fail(out error, word.At, $"{field.Name} is {Describe(field)}; expected {expected}, found \"{word.Text}\"");
            values.Add(value);
        }

        error = null;
        return new Condition(field.Name, op, isList ? new QueryValue.OneOf(values) : values[0]);
    }

    /// <summary>[a, "b c"], a,b or a single word.</summary>
    private List<Word>? ReadWords(bool isList, out QueryError? error)
    {
        error = null;
        var words = new List<Word>();
        if (text[at] != '[')
        {
            do
            {
                if (ReadWord(" \t\n\r,", out error) is not { } word) return error is null ? words : null;
                words.Add(word);
            }
            while (Took(',') && isList && at < text.Length && !IsBlank(text[at]));
            return words;
        }

        var open = at++;
        while (true)
        {
            SkipBlanks();
            if (at >= text.Length) return FailWords(out error, open, "this list is never closed; expected ]");
            if (Took(']')) break;
            if (Took(',')) continue;
            if (ReadWord(",]", out error) is not { } word) return null;
            words.Add(word);
        }

        Took(',');
        if (at < text.Length && !IsBlank(text[at])) return FailWords(out error, at, $"expected a space after ], found \"{text[at]}\"");
        return words;
    }

    private Word? ReadWord(string ends, out QueryError? error)
    {
        error = null;
        var start = at;
        if (text[at] is '"' or '\'')
        {
            var quote = text[at++];
            var close = text.IndexOf(quote, at);
            if (close < 0)
            {
                error = new QueryError(text, start + 1, $"this {quote} is never closed.");
                return null;
            }

            var inside = text[at..close];
            at = close + 1;
            return inside.Trim().Length == 0 ? null : new Word(inside, start, true);
        }

        while (at < text.Length && !ends.Contains(text[at], StringComparison.Ordinal) && text[at] is not ('[' or '"')) at++;
        var plain = text[start..at].TrimEnd();
        if (plain.Length > 0) return new Word(plain, start, false);
        if (at < text.Length && text[at] is '[' or '"') error = new QueryError(text, at + 1, $"unexpected {text[at]}.");
        return null;
    }

    private static QueryValue? Convert(OfferField field, Word word, out string expected)
    {
        expected = "";
        if (!word.IsQuoted && word.Text is "None" or "null") return new QueryValue.None();
        switch (field.Kind)
        {
            case FieldKind.Number:
                expected = field.Unit.Length == 0 ? "a number" : $"a number in {field.Unit}";
                return Number(word.Text) is { } number ? Scaled(number, field.Factor) : null;
            case FieldKind.Flag:
                expected = "true, false or any";
                return word.Text.ToLowerInvariant() switch { "true" => new QueryValue.Flag(true), "false" => new QueryValue.Flag(false), _ => null };
            case FieldKind.DriverVersion:
                expected = "three parts such as 535.86.05";
                return DriverVersion(word.Text);
            default:
                return new QueryValue.Text(word.Text.Replace('_', ' '));
        }
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    // The division takes trailing zeros off: 1.50 and 1.5 are the same condition.
    private static QueryValue.Number? Scaled(decimal number, decimal factor) =>
        Math.Abs(number) <= decimal.MaxValue / factor ? new QueryValue.Number(number * factor / 1.0000000000000000000000000000m) : null;

    private static QueryValue.Number? DriverVersion(string text)
    {
        var parts = text.Split('.');
        if (parts.Length == 1) return Number(text) is { } whole ? new QueryValue.Number(whole) : null;
        if (parts.Length != 3 || !parts.All(part => part.Length is >= 1 and <= 3 && part.All(char.IsAsciiDigit))) return null;
        return new QueryValue.Number(decimal.Parse(string.Concat(parts.Select(part => part.PadLeft(3, '0'))), CultureInfo.InvariantCulture));
    }

    private string ReadName()
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_')) at++;
        return text[start..at];
    }

    private string ReadOperator()
    {
        var start = at;
        while (at < text.Length && text[at] is '=' or '<' or '>' or '!') at++;
        if (at > start) return text[start..at];
        var word = ReadName();
        if (word != "not") return word;
        // "not in" and "not eq" are one operator of two words.
        SkipBlanks();
        return $"not {ReadName()}".TrimEnd();
    }

    private static string? Operator(string written) => written switch
    {
        "=" or "==" or "eq" => "eq",
        "!=" or "neq" or "noteq" or "not eq" => "neq",
        ">" or "gt" => "gt",
        ">=" or "gte" => "gte",
        "<" or "lt" => "lt",
        "<=" or "lte" => "lte",
        "in" => "in",
        "notin" or "not in" or "nin" => "notin",
        _ => null,
    };

    private static string? NearestOperator(string written) => written switch
    {
        "=>" => ">=",
        "=<" => "<=",
        "<>" or "=!" => "!=",
        _ when written.StartsWith("not", StringComparison.Ordinal) => "not in",
        _ => null,
    };

    private static bool IsAllowed(FieldKind kind, string op) => kind is not (FieldKind.Text or FieldKind.Flag) || op is "eq" or "neq" or "in" or "notin";

    private static string Describe(OfferField field) => field.Kind switch
    {
        FieldKind.Number => "a number",
        FieldKind.Flag => "true or false",
        FieldKind.DriverVersion => "a driver version",
        FieldKind.Version => "a version",
        _ => "a name",
    };

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\r';

    private void SkipBlanks()
    {
        while (at < text.Length && IsBlank(text[at])) at++;
    }

    private bool Took(char c)
    {
        if (at >= text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    private Condition? Fail(out QueryError? error, int position, string message, string? suggestion = null, string? hint = null)
    {
        error = new QueryError(text, position + 1, message + ".", suggestion, hint);
        return null;
    }

    private List<Word>? FailWords(out QueryError? error, int position, string message)
    {
        Fail(out error, position, message);
        return null;
    }

    private sealed record Word(string Text, int At, bool IsQuoted);
}
