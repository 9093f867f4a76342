using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>Downloads that fill the wrong disk.</summary>
internal sealed class HubCacheOnRoot : IRule
{
    private static readonly string[] Variables = ["HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"];

    public string Id => "hub-cache";

    public Gotcha Own => Examination.Gotcha(
        Id, "The hub's cache is on the small root disk", "No space left on device while a model is downloaded, though the data disk has room.",
        "The cache of Hugging Face lies in the home directory unless HF_HOME says otherwise.", "Leave HF_HOME alone: Lodger puts it on the data disk.");

    public string Sees => "env puts HF_HOME or a cache of the hub outside the profile's data directory; or the machine shows that the cache lies on another file system.";

    public string? Does => "Starts the command with HF_HOME on the data disk.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.Watch)
        {
            return facts.IsAtWork && facts.Probe is { HubBesideDataDisk: { } place, RootDisk: { } root }
                ? new(Severity.Warning, $"the hub's cache is {place}, not on the data disk; {(root.FreeBytes is { } free ? Words.Gb(free) : "?")} are free on /", $"Write into job.yaml:  env: {{HF_HOME: {facts.Profile.Overrides.HfHome}}}")
                : null;
        }

        var data = facts.Profile.Overrides.DataDir.TrimEnd('/') + "/";
        var wrong = facts.Spec.Env.FirstOrDefault(e => Variables.Contains(e.Key) && e.Value.Length > 0 && !e.Value.StartsWith(data, StringComparison.Ordinal) && !e.Value.StartsWith('$'));
        return wrong.Key is null ? null : new(Severity.Warning, $"env.{wrong.Key}: {wrong.Value} is outside {data}", $"Write into job.yaml:  env: {{HF_HOME: {facts.Profile.Overrides.HfHome}}}   or leave it out");
    }
}
