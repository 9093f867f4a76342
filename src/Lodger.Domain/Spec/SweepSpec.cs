using System.Globalization;

namespace Lodger.Domain.Spec;

/// <summary>The same job with several settings: one cell a setting, each with a rental, a workdir and a results' directory of its own.</summary>
/// <param name="Cells">Variables by name, one set a cell; in the file's order, the last variable of a grid changing fastest.</param>
/// <param name="Parallel">So many cells have a rental at once.</param>
public sealed record SweepSpec(IReadOnlyList<IReadOnlyDictionary<string, string>> Cells, int Parallel)
{
    public const int MostCells = 500;

    public const int MostParallel = 50;

    /// <summary>Room for the cell's number behind the job's name.</summary>
    public const int NameMax = 36;

    /// <summary>Every combination of the values.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Grid(IReadOnlyList<(string Name, IReadOnlyList<string> Values)> axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        IEnumerable<Dictionary<string, string>> cells = [new(StringComparer.Ordinal)];
        foreach (var (name, values) in axes)
            cells = cells.SelectMany(cell => values.Select(value => new Dictionary<string, string>(cell, StringComparer.Ordinal) { [name] = value }));
        return [.. cells];
    }

    /// <summary>The job of one cell.</summary>
    /// <param name="number">From 1.</param>
    public static JobSpec Cell(JobSpec spec, int number)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var sweep = spec.Sweep ?? throw new ArgumentException("There is no sweep in this job.", nameof(spec));
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, sweep.Cells.Count);
        var suffix = number.ToString("00", CultureInfo.InvariantCulture);
        return spec with
        {
            Name = $"{spec.Name}-{suffix}",
            Sweep = null,
            Env = new Dictionary<string, string>(spec.Env.Where(e => !sweep.Cells[number - 1].ContainsKey(e.Key)).Concat(sweep.Cells[number - 1]), StringComparer.Ordinal),
            Workdir = spec.Workdir is { } workdir ? $"{workdir}-{suffix}" : null,
            // What the whole may cost is shared evenly: no cell eats another's.
            BudgetUsd = spec.BudgetUsd / sweep.Cells.Count,
        };
    }
}
