namespace Lodger.Engine.Yaml;

/// <summary>A piece of a YAML file that knows where it stands; lines and columns count from 1.</summary>
internal abstract record YamlNode(int Line, int Column);

/// <param name="IsPlain">Not quoted and not a block: only then can it mean null, true or a number.</param>
internal sealed record YamlScalar(string Value, bool IsPlain, int Line, int Column) : YamlNode(Line, Column)
{
    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(IReadOnlyList<YamlNode> Items, int Line, int Column) : YamlNode(Line, Column);

/// <summary>Keys are unique and in the file's order.</summary>
internal sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, int Line, int Column) : YamlNode(Line, Column)
{
    public YamlEntry? Find(string key) => Entries.FirstOrDefault(entry => string.Equals(entry.Key.Value, key, StringComparison.Ordinal));
}

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);
