using System.Text.RegularExpressions;

namespace Lodger.Domain.Doctor;

/// <summary>What the last words of a failed command mean, where they are well known.</summary>
/// <param name="Cause">Why it failed.</param>
/// <param name="Fix">What to type.</param>
internal sealed partial record LastWords(string Cause, string Fix)
{
    /// <summary>Null: not words that many programs say.</summary>
    /// <param name="said">The last line that names an error; hostile text, of which only plain names are repeated.</param>
    public static LastWords? Of(string said, Facts facts)
    {
        if (Module().Match(said) is { Success: true } module)
            return new("The image lacks a package.", $"Write into job.yaml:  setup: pip install {module.Groups["name"].Value}   (the package may be called otherwise), or take an image that has it");
        if (GpuMemory().IsMatch(said))
            return new("The GPU's memory is too small for what was put on it.", $"A smaller batch in  run: , or write into job.yaml:  gpu: {{memory: {MoreThan(facts)}GB}}");
        if (Kernel().IsMatch(said))
            return new("PyTorch in the image is built for other GPUs than this one.", "Take a newer image, or another card:  gpu: NAME  in job.yaml");
        if (SharedMemory().IsMatch(said))
            return new("The container's shared memory is too small for the loader's processes.", "Fewer loader processes (num_workers), or in the program:  torch.multiprocessing.set_sharing_strategy('file_system')");
        if (Variable().Match(said) is { Success: true } variable)
            return new($"The command reads {variable.Groups["name"].Value} from its environment, and it is not there.", $"Write into job.yaml:  secrets: [{variable.Groups["name"].Value}]   and set it here; what is no secret goes under  env:");
        if (Access().IsMatch(said))
        {
            var token = said.Contains("wandb", StringComparison.OrdinalIgnoreCase) ? "WANDB_API_KEY" : "HF_TOKEN";
            return new("A service refuses access: no token was sent, or one that may not.", $"Write into job.yaml:  secrets: [{token}]   and set it here; for a gated model accept its terms on its page first");
        }

        if (NotANumber().IsMatch(said))
            return new("The loss became NaN: the numbers ran away.", $"A lower learning rate, a warm-up or clipped gradients in  run: ; resume from a checkpoint before it:  lodger storage {facts.Spec.Name}");
        if (File().IsMatch(said))
            return new("A file that the command reads is not on the machine.", "Name it under  data: , or see what code: sends and .lodgerignore leaves out:  lodger plan job.yaml");
        return Program().Match(said) is { Success: true } program
            ? new($"The image has no program {program.Groups["name"].Value}.", $"Write into job.yaml:  setup: apt-get update && apt-get install -y {program.Groups["name"].Value}   (the package may be called otherwise), or take an image that has it")
            : null;
    }

    /// <summary>Half as much again as there was, in GB.</summary>
    private static int MoreThan(Facts facts) => (int)Math.Ceiling((facts.Offer?.GpuMemoryMb ?? 16_000) / 1000m * 1.5m);

    [GeneratedRegex(@"(ModuleNotFoundError|ImportError)\b.*No module named '?(?<name>[A-Za-z0-9_-]{1,60})", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Module();

    [GeneratedRegex("CUDA out of memory|OutOfMemoryError|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED", RegexOptions.None, 20_000)]
    private static partial Regex GpuMemory();

    [GeneratedRegex("no kernel image is available", RegexOptions.IgnoreCase, 20_000)]
    private static partial Regex Kernel();

    [GeneratedRegex(@"shared memory|\bshm\b|DataLoader worker .* Bus error", RegexOptions.IgnoreCase, 20_000)]
    private static partial Regex SharedMemory();

    [GeneratedRegex(@"KeyError: '(?<name>[A-Z][A-Z0-9_]{2,60})'|(?<name>[A-Z][A-Z0-9_]{2,60}): (unbound variable|parameter not set)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Variable();

    [GeneratedRegex("401 Client Error|403 Client Error|401 Unauthorized|403 Forbidden|GatedRepoError|api_key not configured|Invalid (user )?(token|credentials|API key)|not logged in", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Access();

    [GeneratedRegex(@"\bnan\b", RegexOptions.IgnoreCase, 20_000)]
    private static partial Regex NotANumber();

    [GeneratedRegex("FileNotFoundError|No such file or directory", RegexOptions.None, 20_000)]
    private static partial Regex File();

    [GeneratedRegex(@"\b(?<name>[A-Za-z0-9_.+-]{1,60}): (command )?not found", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Program();
}
