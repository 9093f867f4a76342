using System.Text.RegularExpressions;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A job that wants to start containers of its own.</summary>
internal sealed partial class ContainersInside : IRule
{
    public string Id => "docker-in-docker";

    public Gotcha Own => Examination.Gotcha(
        Id, "The job starts containers of its own", "Cannot connect to the Docker daemon; or a daemon that does not start.",
        "The rental is a container itself, and the platform does not let it start others.", "Use the inner image as  image:  and run its command.");

    public string Sees => "run or setup calls docker, podman, singularity or apptainer to run or build, or the image is one of Docker's own (docker:dind).";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight];

    public Sighting? Look(Facts facts)
    {
        if (facts.Spec.Image.StartsWith("docker:", StringComparison.Ordinal) || facts.Spec.Image.Contains("dind", StringComparison.Ordinal))
            return Found($"image {facts.Spec.Image}");
        foreach (var (field, text) in ((string, string?)[])[("run", facts.Spec.Run), ("setup", facts.Spec.Setup)])
        {
            if (text is not null && Call().Match(text) is { Success: true } match)
                return Found($"{field} has  {match.Groups["call"].Value}");
        }

        return null;

        static Sighting Found(string evidence) => new(Severity.Warning, evidence, "Write the inner image into job.yaml:  image: NAME   and its command as  run:");
    }

    [GeneratedRegex(@"(^|[;&|\n]|\bsudo)\s*(?<call>(docker|podman|nerdctl|singularity|apptainer)(\s+compose)?\s+(run|exec|build|pull|up)\b)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 20_000)]
    private static partial Regex Call();
}
