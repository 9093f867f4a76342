using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <content>The same job with several settings.</content>
internal sealed partial class JobDocument
{
    private const string SweepExample = "Write for example:  sweep: {grid: {LR: [0.1, 0.01], SEED: [1, 2]}, parallel: 2}";

    private void ReadSweep(YamlNode node)
    {
        IReadOnlyList<IReadOnlyDictionary<string, string>>? cells = null;
        int parallel = 1;
        foreach (YamlEntry entry in fields.Entries(node, "sweep", JobFields.Sweep))
        {
            if (entry.Key.Value == "parallel")
                parallel = fields.Count(entry.Value, "sweep.parallel", SweepSpec.MostParallel) ?? parallel;
            else if (cells is not null)
                fields.Add(entry.Key, "sweep", "grid and list exclude each other. Keep one of them.");
            else
                cells = entry.Value is YamlMap grid && entry.Key.Value == "grid" ? ReadGrid(grid)
                    : entry.Value is YamlList list && entry.Key.Value == "list" ? [.. list.Items.Select(ReadCell)]
                    : Wrong(entry.Value);
        }

        if (node is YamlMap && cells is null or { Count: 0 })
            fields.Add(node, "sweep", $"There is nothing to sweep over. {SweepExample}");
        else if (cells?.Count > SweepSpec.MostCells)
            fields.Add(node, "sweep", $"{cells.Count} cells are more than {SweepSpec.MostCells}, the most of one job.");
        else if (cells is not null)
            sweep = new SweepSpec(cells, Math.Min(parallel, cells.Count));
    }

    private List<IReadOnlyDictionary<string, string>> Wrong(YamlNode node)
    {
        fields.Add(node, "sweep", $"A grid is a mapping of variables to lists, a list has a mapping for each cell. {SweepExample}");
        return [new Dictionary<string, string>()];
    }

    private IReadOnlyList<IReadOnlyDictionary<string, string>> ReadGrid(YamlMap grid)
    {
        List<(string, IReadOnlyList<string>)> axes = [];
        long cells = 1;
        foreach (YamlEntry axis in grid.Entries)
        {
            if (axis.Value is not YamlList { Items: { Count: > 0 } items })
            {
                fields.Add(axis.Value, $"sweep.grid.{SpecFields.Short(axis.Key.Value)}", $"A list of values is needed here. {SweepExample}");
                continue;
            }

            cells *= items.Count;
            List<string> values = [.. items.Select(item => CellValue(axis.Key, item)).OfType<string>()];
            if (values.Distinct(StringComparer.Ordinal).Count() != values.Count)
                fields.Add(axis.Value, $"sweep.grid.{SpecFields.Short(axis.Key.Value)}", "A value stands here twice: two cells would do the same.");
            axes.Add((axis.Key.Value, values.Count == 0 ? [""] : values));
            if (cells > SweepSpec.MostCells)
            {
                fields.Add(grid, "sweep.grid", $"This makes {cells} cells or more; {SweepSpec.MostCells} are the most of one job.");
                return [new Dictionary<string, string>()];
            }
        }

        // A grid of which nothing could be read has its own errors already.
        return grid.Entries.Count == 0 ? [] : SweepSpec.Grid(axes);
    }

    private IReadOnlyDictionary<string, string> ReadCell(YamlNode node)
    {
        Dictionary<string, string> cell = new(StringComparer.Ordinal);
        if (node is not YamlMap { Entries.Count: > 0 } map)
        {
            fields.Add(node, "sweep.list", "Each cell is a mapping of variables to values. Write for example:  sweep: {list: [{LR: 0.1}, {LR: 0.01}]}");
            return cell;
        }

        foreach (YamlEntry entry in map.Entries)
        {
            if (CellValue(entry.Key, entry.Value) is { } value)
                cell[entry.Key.Value] = value;
        }

        return cell;
    }

    /// <summary>Held to the rules of <c>env:</c>, where it ends up.</summary>
    private string? CellValue(YamlScalar key, YamlNode value)
    {
        string field = $"sweep.{SpecFields.Short(key.Value)}";
        if (NameRules.Variable(key.Value) is { } complaint)
            fields.Add(key, "sweep", complaint);
        else if (value is not YamlScalar scalar)
            fields.Add(value, field, "A variable has one value in a cell. Quote it when it holds brackets.");
        else if (SecretLook.Suspicious(key.Value, scalar.Value))
            fields.Add(value, field, $"This looks like a secret, and this file is no place for one. Name it only:  secrets: [{key.Value}]");
        else if (scalar.Value.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0 || scalar.Value.Length > 4096)
            fields.Add(value, field, "A value is one line of at most 4096 characters.");
        else
            return scalar.IsNull ? "" : scalar.Value;
        return null;
    }

    /// <summary>What must hold between a sweep and the rest.</summary>
    private void CheckSweep(YamlMap map)
    {
        if (sweep is null || map.Find("sweep") is not { } written)
            return;
        if (teardown != TeardownMode.WhenVerified)
            fields.Add(written.Key, "sweep", "Nobody can be asked for each cell's teardown. Write  teardown: when-verified  (worth nothing without the receipt), or remove the sweep.");
        if (name?.Length > SweepSpec.NameMax)
            fields.Add(map.Find("name")!.Value, "name", $"With a sweep at most {SweepSpec.NameMax} characters: each cell's number is added to it.");
        foreach (string secret in secrets.Where(s => sweep.Cells.Any(c => c.ContainsKey(s))))
            fields.Add(written.Key, "sweep", $"{secret} stands under secrets: too. Keep it in one of them.");
    }
}
