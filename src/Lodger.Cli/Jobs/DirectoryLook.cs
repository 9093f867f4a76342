namespace Lodger.Cli.Jobs;

/// <summary>What <c>init</c> finds in a directory: enough to guess a job from, each guess with its reason.</summary>
/// <param name="Run">The command, and why it was guessed.</param>
/// <param name="Setup">Null when nothing needs to be installed.</param>
/// <param name="UsesTorch">Whether a requirement or an import names torch.</param>
internal sealed record DirectoryLook(string Name, string Run, string RunReason, string? Setup, string? SetupReason, bool UsesTorch, IReadOnlyList<string> OutputDirectories)
{
    private static readonly string[] Programs = ["train.py", "main.py", "run.py", "finetune.py"];
    private static readonly string[] Scripts = ["train.sh", "run.sh", "main.sh"];
    private static readonly string[] Outputs = ["out", "output", "outputs", "checkpoints", "runs"];
    private const int TextMax = 200_000;

    public static DirectoryLook At(string directory)
    {
        var (run, reason) = Command(directory);
        var (setup, setupReason) = SetupOf(directory);
        return new(
            FlagSpec.SafeName(Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))),
            run,
            reason,
            setup,
            setupReason,
            MentionsTorch(directory),
            [.. Outputs.Where(name => Directory.Exists(Path.Combine(directory, name)))]);
    }

    private static (string Run, string Reason) Command(string directory)
    {
        if (Scripts.FirstOrDefault(s => File.Exists(Path.Combine(directory, s))) is { } script)
            return ($"bash {script}", $"found {script}");
        if (Programs.FirstOrDefault(p => File.Exists(Path.Combine(directory, p))) is { } program)
            return ($"python {program}", $"found {program}");
        var only = Directory.EnumerateFiles(directory, "*.py").Take(2).ToArray();
        return only.Length == 1
            ? ($"python {Path.GetFileName(only[0])}", "the only Python file here")
            : ("python train.py", "nothing here looks like the program to run: write your command");
    }

    private static (string? Setup, string? Reason) SetupOf(string directory)
    {
        if (File.Exists(Path.Combine(directory, "requirements.txt")))
            return ("pip install --no-cache-dir -r requirements.txt", "found requirements.txt");
        return File.Exists(Path.Combine(directory, "pyproject.toml")) ? ("pip install --no-cache-dir .", "found pyproject.toml") : (null, null);
    }

    private static bool MentionsTorch(string directory) =>
        Directory.EnumerateFiles(directory, "*.py").Take(50).Append(Path.Combine(directory, "requirements.txt"))
            .Where(File.Exists)
            .Any(file => Head(file).Contains("torch", StringComparison.Ordinal));

    private static string Head(string file)
    {
        using var reader = new StreamReader(file);
        var buffer = new char[TextMax];
        return new string(buffer, 0, reader.ReadBlock(buffer));
    }
}
