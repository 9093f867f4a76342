using System.Text.RegularExpressions;
using Lodger.Domain.Spec;
using Lodger.Remote.Script;

namespace Lodger.Cli.Jobs;

/// <summary>What is wrong with a job from flags, said of flags: the lines of a file that nobody wrote would mislead.</summary>
internal static partial class FlagWords
{
    public static string Of(SpecError error)
    {
        var said = error.Message
            .Replace("relative to this file. For its own directory", "relative to this directory. For itself", StringComparison.Ordinal)
            .Replace("this file is no place", "a command line is no place", StringComparison.Ordinal);
        return $"{Flag(error.Field)}: {Example().Replace(said, m => $"  {Flag(m.Groups["field"].Value)} {Value(m.Groups["field"].Value, m.Groups["value"].Value)}")}";
    }

    private static string Flag(string field)
    {
        var top = field.Split('.')[0];
        return "--" + top switch
        {
            "secrets" => "secret",
            "ports" => "port",
            "gpu" when field == "gpu.count" => "count",
            "run" => " COMMAND",
            _ => top,
        };
    }

    /// <summary>Of a list the first: a flag is given once for each.</summary>
    private static string Value(string field, string yaml)
    {
        var first = yaml.Trim('[', ']', '{', '}').Split(',')[0];
        return ShellQuote.Word(field switch
        {
            "gpu" => first.Replace(' ', '_'),
            "env" => first.Replace(": ", "=", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal),
            _ => first,
        });
    }

    /// <summary>Two spaces stand before what is to be typed, and behind it unless the sentence ends there.</summary>
    [GeneratedRegex(@"  (?<field>name|image|gpu|disk|code|setup|results|checkpoints|secrets|ports|work|budget|teardown|env): (?<value>\S.*?)(?=  |$)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Example();
}
