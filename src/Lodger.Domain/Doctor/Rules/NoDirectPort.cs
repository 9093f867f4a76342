namespace Lodger.Domain.Doctor.Rules;

/// <summary>Many bytes and only the slow proxy to carry them.</summary>
internal sealed class NoDirectPort : IRule
{
    public string Id => "VAST8";

    public string Sees => "The offer has no direct port and more than the proxy's limit is to be moved; or the rental shows no direct ssh.";

    public string? Does => "Asks for direct ssh with every rental and falls back to the proxy only where there is none; transfers resume.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        var limit = facts.Profile.ProxyTransferMaxBytes;
        if (facts.Moment == Moment.Preflight)
        {
            if (facts.Offer is not { DirectPorts: 0 } offer || facts.Inputs is not { } inputs)
                return null;
            var moved = inputs.CodeBytes + inputs.ResultBytes + (facts.Spec.Checkpoints.Count > 0 ? inputs.CheckpointBytes : 0);
            return new(
                inputs.CodeBytes > limit ? Severity.Error : Severity.Warning,
                $"offer {offer.Id} has no direct port; code of {Words.Gb(inputs.CodeBytes)} and about {Words.Gb(moved - inputs.CodeBytes)} of results would go through the proxy, which is meant for {Words.Gb(limit)}",
                "lodger offers 'direct_port_count>=1'");
        }

        return facts.Attempt is { PayloadIntended: true, IsOver: false } && facts.Rental is { Status: Market.RentalStatus.Running, DirectSsh: null, ProxySsh: { } proxy }
            ? new(
                Severity.Warning,
                $"{facts.Rental.Id} is reached through the proxy {proxy} alone{(facts.Job?.LargestMirrorBytes is { } bytes ? $"; one checkpoint is {Words.Gb(bytes)}" : "")}",
                "lodger offers 'direct_port_count>=1'   for the next run; results of this one come home slowly")
            : null;
    }
}
