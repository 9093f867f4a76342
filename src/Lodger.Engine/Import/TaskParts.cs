using System.Globalization;
using System.Text.RegularExpressions;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Import;

/// <summary>What the files of several tools have alike.</summary>
internal static partial class TaskParts
{
    private const int PortsMax = 64;

    /// <summary>The platform's names for GPUs that others call otherwise, and what else then has to be asked for.</summary>
    private static readonly Dictionary<string, (string[] Names, int? MemoryGb)> Gpus = new(StringComparer.OrdinalIgnoreCase)
    {
        ["A100"] = (["A100 SXM4", "A100 PCIE"], null),
        ["A100-80GB"] = (["A100 SXM4", "A100 PCIE"], 80),
        ["H100"] = (["H100 SXM", "H100 PCIE", "H100 NVL"], null),
        ["H100-SXM"] = (["H100 SXM"], null),
        ["V100"] = (["Tesla V100"], null),
        ["V100-32GB"] = (["Tesla V100"], 32),
        ["T4"] = (["Tesla T4"], null),
        ["A6000"] = (["RTX A6000"], null),
        ["RTXA6000"] = (["RTX A6000"], null),
        ["RTX6000-Ada"] = (["RTX 6000Ada"], null),
    };

    /// <summary>The scalar's text; null for a null, and for what is no scalar, which is noted.</summary>
    public static string? Text(YamlNode node, string field, TaskDraft draft)
    {
        if (node is YamlScalar scalar)
            return scalar.IsNull ? null : scalar.Value;
        draft.Note(node, field, "a text was expected here; it was left out.");
        return null;
    }

    public static void Gpu(string name, TaskDraft draft, YamlNode at)
    {
        var plain = name.Trim();
        if (Gpus.TryGetValue(plain, out var known))
        {
            draft.GpuNames.AddRange(known.Names);
            draft.GpuMemoryGb = known.MemoryGb ?? draft.GpuMemoryGb;
            return;
        }

        var spaced = Geforce().Match(plain) is { Success: true } match ? $"{match.Groups["maker"].Value} {match.Groups["number"].Value} {match.Groups["kind"].Value}".TrimEnd() : plain;
        draft.GpuNames.Add(spaced.ToUpperInvariant().Replace("TI", "Ti", StringComparison.Ordinal));
        if (spaced == plain)
            draft.Note(at, "gpu", $"{TaskDraft.Printable(plain)} was taken as it is: see how the platform calls it with  lodger offers");
    }

    /// <summary>Gigabytes of <c>80</c>, <c>80GB</c>, <c>80+</c>, <c>80GB..</c>; null when it is none of these.</summary>
    public static int? Gigabytes(string text) =>
        Size().Match(text.Trim()) is { Success: true } match && int.TryParse(match.Groups["number"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? match.Groups["unit"].Value.StartsWith("T", StringComparison.OrdinalIgnoreCase) ? number * 1000 : number
            : null;

    /// <summary>A port, a range, or outside:inside, of which what is outside is decided by the platform.</summary>
    public static void Port(YamlNode node, TaskDraft draft)
    {
        if (Text(node, "ports", draft) is not { } text)
            return;
        var inside = text.Split(':')[^1].Split('/')[0];
        var ends = inside.Split('-');
        if (ends.Length is 1 or 2 && ends.All(e => int.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535))
        {
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            var last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            for (var port = first; port <= last && draft.Ports.Count < PortsMax; port++)
                draft.Ports.Add(port.ToString(CultureInfo.InvariantCulture));
            if (last - first >= PortsMax)
                draft.Note(node, "ports", $"a rental has at most {PortsMax} open ports: the first of {TaskDraft.Printable(text)} were taken.");
        }
        else
        {
            draft.Note(node, "ports", $"{TaskDraft.Printable(text)} is no port; it was left out.");
        }
    }

    /// <summary>At least so much of something, as a condition on offers: <c>8</c>, <c>8+</c>, <c>8..</c>.</summary>
    public static void AtLeast(YamlNode node, string field, string condition, TaskDraft draft)
    {
        if (Text(node, field, draft) is not { } text)
            return;
        if (Gigabytes(text.Replace("x", "", StringComparison.OrdinalIgnoreCase)) is { } number)
            draft.Offers.Add(string.Create(CultureInfo.InvariantCulture, $"{condition}>={number}"));
        else
            draft.Note(node, field, $"{TaskDraft.Printable(text)} was not understood; it was left out.");
    }

    public static IEnumerable<YamlNode> Items(YamlNode node) => node is YamlList list ? list.Items : [node];

    [GeneratedRegex(@"^(?<maker>RTX|GTX|GH|RX)[ _-]?(?<number>\d{3,4})[ _-]?(?<kind>Ti|SUPER|S|D|Ada)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex Geforce();

    [GeneratedRegex(@"^(?<number>\d{1,7})(?:\.\d+)?\s*(?<unit>[A-Za-z]{0,3})(?:\+|\.\.\d*[A-Za-z]*)?$", RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex Size();
}
