using System.Text.RegularExpressions;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A second environment, built while the GPU is paid for.</summary>
internal sealed partial class EnvironmentBuiltThere : IRule
{
    public string Id => "environment";

    public Gotcha Own => Examination.Gotcha(
        Id, "setup builds an environment of its own", "Minutes of paid GPU time at every new machine, and two Pythons of which the wrong one may run.",
        "The image is the environment; its own Python has the CUDA libraries that it was built with.", "Use the image's Python, or an image that has what the job needs.");

    public string Sees => "setup or run has conda create, mamba create, python -m venv, virtualenv or uv venv.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight];

    public Sighting? Look(Facts facts) =>
        Build().Match($"{facts.Spec.Setup}\n{facts.Spec.Run}") is { Success: true } match
            ? new(Severity.Note, $"the job has  {match.Value.Trim()}", "pip install -r requirements.txt   in  setup:  uses the image's own Python")
            : null;

    [GeneratedRegex(@"\b((conda|mamba|micromamba)\s+(env\s+)?create|python3?\s+-m\s+venv|virtualenv\s+\S+|uv\s+venv)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Build();
}
