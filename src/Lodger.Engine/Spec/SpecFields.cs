using System.Globalization;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <summary>Takes typed values out of YAML nodes. A value that is not as it should be becomes an error with its place, and null.</summary>
internal sealed class SpecFields(string file, List<SpecError> errors)
{
    private const int TextLengthMax = 64 * 1024;
    private const int ItemsMax = 1000;

    public void Add(YamlNode place, string field, string message) => errors.Add(new SpecError(file, place.Line, place.Column, field, message));

    /// <summary>The value's text, when it is text that is not empty and passes the rule.</summary>
    public string? Text(YamlNode node, string field, Func<string, string?>? rule = null)
    {
        if (node is not YamlScalar scalar)
        {
            Add(node, field, "One value is needed here, not a list or a mapping.");
            return null;
        }

        if (scalar.IsNull || scalar.Value.Trim().Length == 0)
        {
            Add(node, field, "This is empty. Write a value or remove the field.");
            return null;
        }

        if (scalar.Value.Length > TextLengthMax || scalar.Value.Contains('\0', StringComparison.Ordinal))
        {
            Add(node, field, $"At most {TextLengthMax} characters, without NUL, can stand here. Put long scripts in a file of the code.");
            return null;
        }

        if (rule?.Invoke(scalar.Value) is { } complaint)
        {
            Add(node, field, complaint);
            return null;
        }

        return scalar.Value;
    }

    public TimeSpan? Duration(YamlNode node, string field)
    {
        if (Text(node, field) is not { } text)
            return null;
        if (Quantity.TryParseDuration(text, out TimeSpan duration))
            return duration;

        Add(node, field, $"'{Short(text)}' is not a duration. Write days, hours, minutes, seconds, for example 36h, 90m or 1d12h.");
        return null;
    }

    /// <summary>Whole gigabytes, rounded up.</summary>
    public int? Gigabytes(YamlNode node, string field, string example)
    {
        if (Text(node, field) is not { } text)
            return null;
        if (Quantity.TryParseSize(text, out long bytes))
            return (int)Math.Ceiling(bytes / 1e9);

        Add(node, field, $"'{Short(text)}' is not a size. Write a number with its unit (MB, GB, TB), for example:  {example}");
        return null;
    }

    public int? Count(YamlNode node, string field, int max)
    {
        if (Text(node, field) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1 && count <= max)
            return count;

        Add(node, field, $"'{Short(text)}' is not a whole number from 1 to {max}.");
        return null;
    }

    public decimal? Usd(YamlNode node, string field)
    {
        if (Text(node, field) is not { } text)
            return null;
        if (decimal.TryParse(text.Trim().TrimStart('$'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal usd) && usd > 0 && usd <= 1_000_000)
            return usd;

        Add(node, field, $"'{Short(text)}' is not an amount. Write US dollars above zero, for example:  budget: 6.00");
        return null;
    }

    /// <summary>One of the words; in the file they are lower case with hyphens.</summary>
    public string? Word(YamlNode node, string field, params ReadOnlySpan<string> words)
    {
        if (Text(node, field) is not { } text)
            return null;
        if (words.Contains(text))
            return text;

        string choice = string.Join(" or ", words.ToArray());
        Add(node, field, $"'{Short(text)}' is none of the choices. Write {choice}.");
        return null;
    }

    /// <summary>The items of a list; one value alone stands for a list of one.</summary>
    public IReadOnlyList<YamlNode> Items(YamlNode node, string field)
    {
        switch (node)
        {
            case YamlList list when list.Items.Count <= ItemsMax:
                return list.Items;
            case YamlScalar { IsNull: false }:
                return [node];
            case YamlList:
                Add(node, field, $"At most {ItemsMax} entries can stand here.");
                return [];
            default:
                Add(node, field, "A list is needed here, one entry a line, each after a hyphen.");
                return [];
        }
    }

    /// <summary>The mapping's entries, after refusing those whose key is not known.</summary>
    public IReadOnlyList<YamlEntry> Entries(YamlNode node, string field, IReadOnlyList<string> known)
    {
        if (node is not YamlMap map)
        {
            Add(node, field, $"A mapping is needed here, with {string.Join(", ", known)}.");
            return [];
        }

        foreach (YamlEntry entry in map.Entries.Where(entry => !known.Contains(entry.Key.Value)))
            RefuseUnknown(entry.Key, field, known);
        return [.. map.Entries.Where(entry => known.Contains(entry.Key.Value))];
    }

    public void RefuseUnknown(YamlScalar key, string parent, IReadOnlyList<string> known)
    {
        string field = parent.Length == 0 ? Short(key.Value) : $"{parent}.{Short(key.Value)}";
        string hint = Nearest.To(key.Value, known) is { } meant ? $"Did you mean {meant}?" : $"Fields here: {string.Join(", ", known)}.";
        Add(key, field, $"There is no such field. {hint}");
    }

    /// <summary>Enough of what was written to recognise it, without control characters.</summary>
    public static string Short(string text)
    {
        string clean = new([.. text.Take(60).Select(c => char.IsControl(c) ? ' ' : c)]);
        return text.Length > 60 ? clean + "..." : clean;
    }
}
