using Lodger.Domain.Problems;
using Lodger.Domain.Progress;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;
using Lodger.Remote.Durable;

namespace Lodger.Engine.Spec;

/// <content>What comes home, and how the job is watched meanwhile.</content>
internal sealed partial class JobDocument
{
    private List<string> ReadPatterns(YamlNode node, string field)
    {
        var patterns = new List<string>();
        foreach (YamlNode item in fields.Items(node, field))
        {
            if (fields.Text(item, field, pattern => PathRules.Below(pattern, "the job's workdir")) is { } pattern && !patterns.Contains(pattern))
                patterns.Add(pattern);
        }

        return patterns;
    }

    private void ReadResults(YamlNode node)
    {
        results = ReadPatterns(node, "results");
        if (node is YamlList { Items.Count: 0 })
            fields.Add(node, "results", Missing("results"));
    }

    private void ReadCopies(YamlNode node)
    {
        foreach (YamlNode item in fields.Items(node, "copies"))
        {
            if (fields.Text(item, "copies") is not { } text)
                continue;
            // A file that is committed and sent names no home of anybody's.
            if (text == "~" || text.StartsWith("~/", StringComparison.Ordinal))
                fields.Add(item, "copies", $"~ is not understood here. Write the whole path, or a place:  copies: [/data{text[1..]}]");
            else if (!DurableTarget.Parse(text, directory, home: null).TryGet(out DurableTarget? target, out Problem? problem))
                fields.Add(item, "copies", $"{problem.Message} {problem.Fix}");
            else if (copies.Contains(target.ToString()))
                fields.Add(item, "copies", "This place stands here twice.");
            else
                copies.Add(target.ToString());
        }
    }

    private void ReadProgress(YamlNode node)
    {
        string? file = null;
        string? regex = null;
        foreach (YamlEntry entry in fields.Entries(node, "progress", JobFields.Progress))
        {
            if (entry.Key.Value == "file")
                file = fields.Text(entry.Value, "progress.file", path => PathRules.Below(path, "the job's workdir") ?? NoWildcard(path));
            else
                regex = fields.Text(entry.Value, "progress.regex", ExplainRegex);
        }

        if (node is YamlMap { Entries.Count: 0 })
            fields.Add(node, "progress", "Say where progress is read: file: PATH, or regex: with a group (?<step>...), or both.");
        if (file is not null || regex is not null)
            progress = new ProgressSpec(file, regex);
    }

    private static string? ExplainRegex(string regex)
    {
        if (regex.Contains("(?P<", StringComparison.Ordinal))
            return "Named groups are written (?<step>...) here, without the P.";
        return ProgressReader.Complaint(regex) is { } complaint ? $"This expression cannot be used: {complaint}. Write for example:  'step (?<step>\\d+)/(?<total>\\d+) loss (?<loss>[\\d.]+)'" : null;
    }

    private void ReadStall(YamlNode node)
    {
        if (node is YamlScalar)
        {
            stall = fields.Duration(node, "stall") is { } alone ? new StallSpec(alone, StallAction.Tell) : null;
            return;
        }

        TimeSpan? after = null;
        StallAction action = StallAction.Tell;
        foreach (YamlEntry entry in fields.Entries(node, "stall", JobFields.Stall))
        {
            if (entry.Key.Value == "after")
                after = fields.Duration(entry.Value, "stall.after");
            else
                action = fields.Word(entry.Value, "stall.action", "tell", "stop") == "stop" ? StallAction.Stop : StallAction.Tell;
        }

        if (node is YamlMap map && map.Find("after") is null)
            fields.Add(node, "stall.after", "After how long without progress? Write for example:  stall: {after: 30m, action: tell}");
        stall = after is { } limit ? new StallSpec(limit, action) : null;
    }
}
