using System.Text.RegularExpressions;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Spec;

/// <summary>What a directory says about the job that lives in it.</summary>
internal sealed partial record DirectoryFindings
{
    private const int ReadMaxBytes = 256 * 1024;

    private static readonly string[] Programs = ["train.py", "main.py", "run.py", "finetune.py"];
    private static readonly string[] CheckpointDirectories = ["checkpoints", "ckpt", "ckpts", "weights"];
    private static readonly string[] ResultDirectories = ["results", "outputs", "output", "out"];

    /// <summary>From the last FROM of a Dockerfile that names an image outright; null otherwise.</summary>
    public string? BaseImage { get; private init; }

    public bool UsesTorch { get; private init; }

    public string? Setup { get; private init; }

    public required string Run { get; init; }

    /// <summary>Nothing here can be run: what <see cref="Run"/> names has to be put there yet.</summary>
    public bool LacksProgram { get; private init; }

    public required string Results { get; init; }

    public string? Checkpoints { get; private init; }

    public static DirectoryFindings Look(string directory)
    {
        string? program = Programs.FirstOrDefault(name => File.Exists(Path.Combine(directory, name))) ?? OnlyProgram(directory);
        string requirements = Head(Path.Combine(directory, "requirements.txt"));
        string code = program is null ? "" : Head(Path.Combine(directory, program));
        bool hasScript = File.Exists(Path.Combine(directory, "run.sh"));
        return new DirectoryFindings
        {
            LacksProgram = program is null && !hasScript,
            BaseImage = FindBaseImage(Head(Path.Combine(directory, "Dockerfile"))),
            UsesTorch = Torch().IsMatch(requirements) || Torch().IsMatch(code) || program is null,
            Setup = requirements.Length > 0 ? "pip install -r requirements.txt"
                : File.Exists(Path.Combine(directory, "pyproject.toml")) ? "pip install -e ." : null,
            Run = program is not null ? $"python3 {program}"
                : hasScript ? "sh run.sh" : "python3 train.py",
            Results = $"{Existing(directory, ResultDirectories) ?? "results"}/**",
            Checkpoints = Existing(directory, CheckpointDirectories) is { } found ? found + "/**" : null,
        };
    }

    private static string? OnlyProgram(string directory)
    {
        string[] programs = [.. Directory.EnumerateFiles(directory, "*.py").Select(Path.GetFileName).OfType<string>().Where(name => PlainName().IsMatch(name)).Take(2)];
        return programs.Length == 1 ? programs[0] : null;
    }

    private static string? FindBaseImage(string dockerfile)
    {
        Match? last = From().Matches(dockerfile).LastOrDefault();
        string? image = last?.Groups["image"].Value;

        // A variable or an earlier stage's name is not an image that can be rented.
        bool isStage = image is not null && From().Matches(dockerfile).Any(m => string.Equals(m.Groups["stage"].Value, image, StringComparison.OrdinalIgnoreCase));
        return image is not null && !isStage && image != "scratch" && NameRules.Image(image) is null ? image : null;
    }

    private static string? Existing(string directory, string[] names) => names.FirstOrDefault(name => Directory.Exists(Path.Combine(directory, name)));

    private static string Head(string path)
    {
        try
        {
            if (!File.Exists(path))
                return "";
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[Math.Min(file.Length, ReadMaxBytes)];
            file.ReadExactly(bytes);
            return System.Text.Encoding.UTF8.GetString(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be read gives no hint; the template's own words stand instead.
            return "";
        }
    }

    [GeneratedRegex(@"^[ \t]*(import[ \t]+torch|from[ \t]+torch|torch\b|pytorch)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 20_000)]
    private static partial Regex Torch();

    [GeneratedRegex(@"^[ \t]*FROM[ \t]+(--platform=\S+[ \t]+)?(?<image>\S+)([ \t]+AS[ \t]+(?<stage>\S+))?", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.IgnoreCase, 20_000)]
    private static partial Regex From();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,100}\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex PlainName();
}
