using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Engine.Spec;

namespace Lodger.Cli.Commands;

/// <summary>A job as it was given.</summary>
/// <param name="Assumed">In sentences: what nobody said.</param>
internal sealed record SpecRead(JobSpec Spec, IReadOnlyList<string> Assumed);

/// <summary>Where <c>plan</c> and <c>run</c> get their job from: a file, or flags and a command behind <c>--</c>.</summary>
internal sealed class SpecSource
{
    private const string DefaultFile = "job.yaml";

    private readonly Argument<string[]> words = new("JOB") { Description = "A job.yaml; or, with --gpu, a command behind --", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> gpu = new("--gpu") { Description = "A job without a file: the GPU to rent, for example RTX_4090 (several: A,B)", HelpName = "NAME" };
    private readonly Option<int> count = new("--count") { Description = "GPUs in the rental", DefaultValueFactory = _ => 1, HelpName = "N" };
    private readonly Option<string?> name = new("--name") { Description = "The job's name (default: the directory's)", HelpName = "NAME" };
    private readonly Option<string?> image = new("--image") { Description = "Container image (default: the Dockerfile's base image, else one with PyTorch when the program imports torch, else one with Python)", HelpName = "IMAGE" };
    private readonly Option<string?> disk = new("--disk") { Description = "Container disk, at least 10GB; it never grows (default: 40GB)", HelpName = "SIZE" };
    private readonly Option<string?> code = new("--code") { Description = "Directory that is sent (default: this one)", HelpName = "DIR" };
    private readonly Option<string[]> results = new("--results") { Description = "Files to bring home, below the workdir (default: 'results/**', or an output directory that is here)", HelpName = "PATTERN" };
    private readonly Option<string[]> checkpoints = new("--checkpoints") { Description = "Files that are checkpoints", HelpName = "PATTERN" };
    private readonly Option<string[]> env = new("--env") { Description = "Environment of the job", HelpName = "NAME=VALUE" };
    private readonly Option<string[]> secrets = new("--secret") { Description = "Name of a secret that the job needs", HelpName = "NAME" };
    private readonly Option<string[]> ports = new("--port") { Description = "Port to open, for example 8081/tcp", HelpName = "PORT" };
    private readonly Option<string?> setup = new("--setup") { Description = "Shell line that is run once before", HelpName = "LINE" };
    private readonly Option<string?> work = new("--work") { Description = "How long it will run, for the price, for example 3h", HelpName = "DURATION" };
    private readonly Option<string?> budget = new("--budget") { Description = "Most that the job may cost, USD", HelpName = "USD" };
    private readonly Option<string?> teardown = new("--teardown") { Description = "ask, or when-verified: a standing yes that is worth nothing without the receipt", HelpName = "WHEN" };

    public Symbol[] Symbols => [words, gpu, .. FlagsOnly];

    private Option[] FlagsOnly => [count, name, image, disk, code, results, checkpoints, env, secrets, ports, setup, work, budget, teardown];

    public Outcome<SpecRead> Read(ParseResult parse, Surroundings around, PlatformProfile profile)
    {
        var given = parse.GetValue(words) ?? [];
        if (parse.GetValue(gpu) is { } gpuName)
            return FromFlags(parse, given, gpuName, around, profile);
        if (FlagsOnly.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } stray)
            return new Problem("flag-without-gpu", $"{stray.Name} belongs to a job without a file, which begins with --gpu.", "Write it into the job.yaml, or give  --gpu NAME ... -- COMMAND", ExitCode.BadInput);
        if (given.Length > 1)
            return new Problem("several-files", $"One job.yaml at a time: {string.Join(", ", given)}.", "For a command give  --gpu NAME ... -- COMMAND", ExitCode.BadInput);
        var file = given.Length == 1 ? given[0] : DefaultFile;
        return ReadFile(file, around, profile).Then<SpecRead>(spec => new SpecRead(spec, []));
    }

    /// <summary>The file as it was typed; null for a job from flags.</summary>
    public string? FileOf(ParseResult parse) => parse.GetValue(gpu) is null ? parse.GetValue(words)?.FirstOrDefault() ?? DefaultFile : null;

    // Errors name the file as it was typed.
    private static Outcome<JobSpec> ReadFile(string file, Surroundings around, PlatformProfile profile) =>
        JobSpecReader.Read(Path.GetFullPath(file, around.CurrentDirectory), profile, file).Then(reading => reading.ToOutcome());

    private Outcome<SpecRead> FromFlags(ParseResult parse, string[] command, string gpuName, Surroundings around, PlatformProfile profile)
    {
        if (command.Length == 0)
            return new Problem("command-missing", "What is to be run?", "Behind --, for example:  lodger run --gpu RTX_4090 -- python3 train.py", ExitCode.BadInput);
        if (Before(parse) is [var word] && IsFile(word, around))
        {
            var isSpec = IsSpec(word) || command.Length > 1;
            return new Problem(
                "gpu-with-file", $"--gpu belongs to a job without a file, and {word} is a file.",
                isSpec ? $"Name the GPU in it, for example  gpu: {gpuName.Split(',')[0].Replace('_', ' ')}   A command stands behind --:  lodger run --gpu {gpuName} -- COMMAND" : $"A command stands behind --, for example:  lodger run --gpu {gpuName} -- {(word.EndsWith(".py", StringComparison.OrdinalIgnoreCase) ? "python3 " : "sh ")}{word}",
                ExitCode.BadInput);
        }

        if (Array.Find(parse.GetValue(env) ?? [], e => e.IndexOf('=', StringComparison.Ordinal) < 1) is { } bare)
            return new Problem("env-unfit", $"--env {bare} gives no value.", $"Write  --env {(bare.Trim('=').Length > 0 ? bare.Trim('=') : "NAME")}=VALUE   A value that nobody may read is a secret:  --secret NAME", ExitCode.BadInput);
        var flags = new FlagSpec
        {
            Gpu = gpuName,
            Count = parse.GetValue(count),
            Name = parse.GetValue(name),
            Image = parse.GetValue(image),
            Disk = parse.GetValue(disk),
            Code = parse.GetValue(code),
            Results = parse.GetValue(results) ?? [],
            Checkpoints = parse.GetValue(checkpoints) ?? [],
            Env = parse.GetValue(env) ?? [],
            Secrets = parse.GetValue(secrets) ?? [],
            Ports = parse.GetValue(ports) ?? [],
            Setup = parse.GetValue(setup),
            Work = parse.GetValue(work),
            Budget = parse.GetValue(budget),
            Teardown = parse.GetValue(teardown),
            Command = command,
        };
        var sent = Path.GetFullPath(flags.Code ?? ".", around.CurrentDirectory);
        var (whole, assumed) = flags.Completed(SpecDefaults.Of(Directory.Exists(sent) ? sent : around.CurrentDirectory));
        var reading = JobSpecReader.Parse(whole.ToYaml(Path.GetFileName(around.CurrentDirectory)), "flags", around.CurrentDirectory, profile);
        return reading.Spec is { } spec
            ? new SpecRead(spec, assumed)
            : new Problem("flags-invalid", string.Join('\n', reading.Errors.Select(FlagWords.Of)), $"lodger {parse.CommandResult.Command.Name} --help", ExitCode.BadInput);
    }

    /// <summary>The words that do not stand behind <c>--</c>.</summary>
    private string[] Before(ParseResult parse)
    {
        var free = Misuse.Free(parse);
        return [.. (parse.GetResult(words)?.Tokens ?? []).Where(t => !free.Contains(t)).Select(t => t.Value)];
    }

    private static bool IsFile(string word, Surroundings around) => IsSpec(word) || File.Exists(Path.GetFullPath(word, around.CurrentDirectory));

    private static bool IsSpec(string word) => word.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || word.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
}
