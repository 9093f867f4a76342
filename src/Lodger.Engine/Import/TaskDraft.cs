using System.Globalization;
using System.Text;
using Lodger.Domain.Spec;
using Lodger.Engine.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Import;

/// <summary>A job.yaml that is being made of another tool's file, and what is said about what did not come along.</summary>
/// <param name="file">What notes call the other tool's file.</param>
internal sealed class TaskDraft(string file)
{
    private readonly List<string> notes = [];

    public string? Name { get; set; }

    public string? Image { get; set; }

    public List<string> GpuNames { get; } = [];

    public int GpuCount { get; set; } = 1;

    public int? GpuMemoryGb { get; set; }

    public int? DiskGb { get; set; }

    public string? Code { get; set; }

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public List<string> Secrets { get; } = [];

    public List<string> Ports { get; } = [];

    /// <summary>Conditions in the platform's query language.</summary>
    public List<string> Offers { get; } = [];

    public string? Rent { get; set; }

    public string? Setup { get; set; }

    public string? Run { get; set; }

    public IReadOnlyList<string> Notes => notes;

    /// <summary>Says of a place in the file what becomes of it.</summary>
    public void Note(YamlNode at, string field, string what) => notes.Add(string.Create(CultureInfo.InvariantCulture, $"{file}:{at.Line}: {Printable(field)}: {what}"));

    /// <summary>Says of something that stands nowhere in the file.</summary>
    public void Note(string what) => notes.Add($"{file}: {what}");

    /// <summary>An environment variable; one without a value, or with one that is a secret, becomes the name of a secret: its value stays out of every file.</summary>
    public void Variable(YamlNode at, string name, string? value)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            Note(at, "env", $"{Printable(name)} is no name of a variable; it was left out.");
        }
        else if (value is null)
        {
            Secrets.Add(name);
        }
        else if (SecretLook.Suspicious(name, value))
        {
            Secrets.Add(name);
            Note(at, name, "its value looks like a secret, and was left out: it is read from your environment when you run the job.");
        }
        else
        {
            Environment[name] = value;
        }
    }

    /// <summary>For a note: it becomes a line of a comment, and of a terminal.</summary>
    public static string Printable(string text) => new([.. text.Take(80).Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '?' : c)]);

    /// <param name="source">The other tool.</param>
    /// <param name="directory">Absolute; what the job's directory says where the file says nothing.</param>
    public string ToYaml(string source, string directory)
    {
        var usual = SpecDefaults.Of(directory);
        var yaml = new StringBuilder();
        yaml.Append(CultureInfo.InvariantCulture, $"# Made by lodger import from {Path.GetFileName(file)} ({source}).  Price it:  lodger plan job.yaml\n");
        foreach (var note in notes)
            yaml.Append("#   ").Append(note.ReplaceLineEndings(" ")).Append('\n');
        yaml.Append(CultureInfo.InvariantCulture, $"name: {NameRules.Suggest(Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)))}\n");
        yaml.Append(Image is null ? $"# No image was named; this one because: {usual.ImageReason}.\nimage: {YamlScalars.Quoted(usual.Image)}\n" : $"image: {YamlScalars.Quoted(Image)}\n");
        yaml.Append("gpu:\n");
        if (GpuNames.Count > 0)
            yaml.Append("  names: [").AppendJoin(", ", GpuNames.Select(YamlScalars.Quoted)).Append("]\n");
        yaml.Append(CultureInfo.InvariantCulture, $"  count: {GpuCount}\n");
        if (GpuMemoryGb is { } memory)
            yaml.Append(CultureInfo.InvariantCulture, $"  memory: {memory}GB\n");
        yaml.Append(DiskGb is { } disk ? string.Create(CultureInfo.InvariantCulture, $"disk: {disk}GB\n") : $"# It can never grow: count image, data, checkpoints and results.\ndisk: {usual.Disk}\n");
        if (Offers.Count > 0)
            yaml.Append("offers: ").Append(YamlScalars.Quoted(string.Join(' ', Offers))).Append('\n');
        if (Rent is not null)
            yaml.Append("rent: ").Append(Rent).Append('\n');
        yaml.Append("code: ").Append(YamlScalars.Quoted(Code ?? ".")).Append('\n');
        if (Environment.Count > 0)
            yaml.Append("env:\n").AppendJoin("", Environment.Select(e => $"  {YamlScalars.Quoted(e.Key)}: {YamlScalars.Quoted(e.Value)}\n"));
        if (Secrets.Count > 0)
            yaml.Append("secrets: [").AppendJoin(", ", Secrets.Distinct(StringComparer.Ordinal)).Append("]\n");
        if (Ports.Count > 0)
            yaml.Append("ports: [").AppendJoin(", ", Ports).Append("]\n");
        if (Setup is not null)
            yaml.Append("setup: ").Append(YamlScalars.Lines(Setup)).Append('\n');
        yaml.Append("run: ").Append(YamlScalars.Lines(Run ?? "")).Append('\n');
        yaml.Append("# What must come home, relative to the job's directory on the machine, and what is copied off it while the job runs: look at both.\n");
        yaml.Append("results: [").Append(YamlScalars.Quoted(usual.Results)).Append("]\n");
        yaml.Append("# checkpoints: [checkpoints/*]\n");
        return yaml.ToString();
    }
}
