using System.Text.RegularExpressions;

namespace Lodger.Domain.Spec;

/// <summary>What names may look like. Each rule answers null when the name is good, else a sentence that ends in what to write.</summary>
public static partial class NameRules
{
    public const int JobNameLengthMax = 40;
    private const int ImageLengthMax = 255;

    /// <summary>Names of directories, labels and host aliases are made of a job's name.</summary>
    public static string? Job(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return JobName().IsMatch(name)
            ? null
            : $"A name has lower-case letters, digits and single hyphens between them, at most {JobNameLengthMax}. Write:  name: {Suggest(name)}";
    }

    /// <summary>A job name made of any text, for example of a directory's name; never empty.</summary>
    public static string Suggest(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string cleaned = NotInName().Replace(text.ToLowerInvariant(), "-").Trim('-');
        cleaned = cleaned[..Math.Min(cleaned.Length, JobNameLengthMax)].Trim('-');
        return cleaned.Length == 0 ? "my-job" : cleaned;
    }

    /// <summary>A Docker image reference: registry, repository, tag, digest.</summary>
    public static string? Image(string image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Length <= ImageLengthMax && ImageReference().IsMatch(image)
            ? null
            : "This is not a Docker image. Write for example:  image: pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime";
    }

    /// <summary>A platform's id of a volume.</summary>
    public static string? VolumeId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? null
            : "A volume is named by its id, as  lodger volume list  shows it. Write for example:  volume: 41200999";
    }

    /// <summary>The host, and where needed the port, of an image registry.</summary>
    public static string? RegistryServer(string server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return HostAndPort().IsMatch(server) ? null : "Name the registry's host alone, without https:// and path. Write for example:  server: ghcr.io";
    }

    /// <summary>A user's name as an option's value: no space and nothing that could be read as another option.</summary>
    public static string? RegistryUser(string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return RegistryUserName().IsMatch(user) ? null : "A registry's user has letters, digits and . _ - @ + $ only, and does not begin with a hyphen.";
    }

    /// <summary>What the platform calls the GPU; <c>_</c> stands for a space.</summary>
    public static string? Gpu(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return GpuName().IsMatch(name) ? null : "A GPU is named as the platform names it. Write for example:  gpu: RTX 4090";
    }

    /// <summary>A variable of the environment, whether its value is written down or a secret.</summary>
    public static string? Variable(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!VariableName().IsMatch(name))
            return "A variable's name has letters, digits and underscores and does not begin with a digit, at most 128.";
        if (name is "BASHOPTS" or "BASH_VERSINFO" or "EUID" or "IFS" or "OPTIND" or "PPID" or "SHELLOPTS" or "UID")
            return $"{name} belongs to the shell itself, which takes no other value for it. Choose another name.";
        return name.StartsWith("LODGER_", StringComparison.Ordinal) ? "Names that begin with LODGER_ are Lodger's own. Choose another." : null;
    }

    [GeneratedRegex("^(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*\\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex JobName();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex NotInName();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9.\-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._\-]*)*(:[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127})?(@sha256:[0-9a-f]{64})?\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex ImageReference();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex HostAndPort();

    [GeneratedRegex(@"^[A-Za-z0-9_.@+$][A-Za-z0-9_.@+$\-]{0,127}\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex RegistryUserName();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9 _.\-]{0,62}\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex GpuName();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,127}\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex VariableName();
}
