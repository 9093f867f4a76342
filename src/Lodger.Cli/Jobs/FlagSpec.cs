using System.Text;
using Lodger.Domain.Spec;
using Lodger.Engine.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Cli.Jobs;

/// <summary>
/// A job given by flags instead of a file. It becomes the file that one would have written, so that the same rules and the same words apply to both.
/// </summary>
internal sealed record FlagSpec
{
    public string? Name { get; init; }

    public required string Gpu { get; init; }

    public int Count { get; init; } = 1;

    public string? Image { get; init; }

    public string? Disk { get; init; }

    public string? Code { get; init; }

    public IReadOnlyList<string> Results { get; init; } = [];

    public IReadOnlyList<string> Checkpoints { get; init; } = [];

    public IReadOnlyList<string> Env { get; init; } = [];

    public IReadOnlyList<string> Secrets { get; init; } = [];

    public IReadOnlyList<string> Ports { get; init; } = [];

    public string? Setup { get; init; }

    public string? Work { get; init; }

    public string? Budget { get; init; }

    public string? Teardown { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>
    /// With what was left out and has a usual value filled in. The roster is one of those: a job that leaves nothing there is stopped by the gate, not lost.
    /// </summary>
    /// <returns>The whole job, and a sentence for everything that was assumed.</returns>
    public (FlagSpec Whole, IReadOnlyList<string> Assumed) Completed(SpecDefaults usual)
    {
        List<string> assumed = [];
        if (Image is null)
            assumed.Add($"image {usual.Image}, because none was named ({usual.ImageReason}): --image");
        if (Disk is null)
            assumed.Add($"disk of {usual.Disk}, because none was named; it can never grow: --disk");
        if (Results.Count == 0)
            assumed.Add($"everything in {usual.Results} has to come home, because no results were named: --results 'PATTERN'");
        return (this with { Image = Image ?? usual.Image, Disk = Disk ?? usual.Disk, Results = Results.Count == 0 ? [usual.Results] : Results }, assumed);
    }

    /// <param name="directoryName">Of the current directory: the name of a job that was given none.</param>
    public string ToYaml(string directoryName)
    {
        var yaml = new StringBuilder();
        Field("name", Name ?? NameRules.Suggest(directoryName));
        Field("image", Image);
        yaml.Append("gpu:\n");
        List("  names", Gpu.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"  count: {Count}\n");
        Field("disk", Disk);
        Field("code", Code ?? ".");
        Field("setup", Setup);
        Field("run", Command.Count == 1 ? Command[0] : string.Join(' ', Command.Select(Remote.Script.ShellQuote.Word)));
        List("results", Results);
        List("checkpoints", Checkpoints);
        List("secrets", Secrets);
        List("ports", Ports);
        Field("work", Work);
        Field("budget", Budget);
        Field("teardown", Teardown);
        if (Env.Count > 0)
        {
            yaml.Append("env:\n");
            foreach (var pair in Env)
            {
                var split = pair.IndexOf('=', StringComparison.Ordinal);
                var (name, value) = split < 0 ? (pair, "") : (pair[..split], pair[(split + 1)..]);
                yaml.Append("  ").Append(YamlScalars.Quoted(name)).Append(": ").Append(YamlScalars.Quoted(value)).Append('\n');
            }
        }

        return yaml.ToString();

        void Field(string field, string? value)
        {
            if (value is not null)
                yaml.Append(field).Append(": ").Append(YamlScalars.Quoted(value)).Append('\n');
        }

        void List(string field, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
                yaml.Append(field).Append(": [").AppendJoin(", ", values.Select(YamlScalars.Quoted)).Append("]\n");
        }
    }
}
