using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A download from the hub that does not grow.</summary>
internal sealed class DownloadStalled : IRule
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(2);

    public string Id => "stalled-download";

    public Gotcha Own => Examination.Gotcha(
        Id, "A download from the hub stands still", "The log stops at a progress bar; the GPU waits and bills.",
        "Probably the hub, or the way to it, does not answer this host; a download that was begun is resumed by beginning it again.",
        "Another endpoint and a faster downloader: env HF_ENDPOINT, HF_HUB_ENABLE_HF_TRANSFER.");

    public string Sees => "Unfinished files lie in the hub's cache, and none of them grew for two minutes while the command runs.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch];

    public Sighting? Look(Facts facts) =>
        facts.IsAtWork && facts.Probe is { Hub: { Incomplete: > 0 } hub } && hub.QuietTime >= Quiet && facts.Probe.Report?.QuietTime is not { TotalSeconds: < 60 }
            ? new(
                Severity.Warning,
                $"{Words.Count(hub.Incomplete, "unfinished file")} with {Words.Gb(hub.Bytes)}, none grew for {Words.Span(hub.QuietTime)}",
                "Write into job.yaml:  env: {HF_ENDPOINT: https://hf-mirror.com, HF_HUB_ENABLE_HF_TRANSFER: '1'}   and  setup: pip install hf_transfer   (next probe: lodger doctor again in two minutes)")
            : null;
}
