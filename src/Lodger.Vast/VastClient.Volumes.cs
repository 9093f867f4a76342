using Lodger.Domain.Problems;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    /// <summary><c>GET /volumes/</c>: the account's volumes, or a problem; never a part of them.</summary>
    public Task<Outcome<IReadOnlyList<VastVolume>>> VolumesAsync(CancellationToken cancellationToken)
    {
        var request = new Request(Route.ListVolumes) { Query = [("owner", "me"), ("type", "all_volume")] };
        return CallAsync(
            request,
            body =>
            {
                if (Elements(body, "volumes") is not { } rows) return problems.Unreadable(request.Route, "no list of volumes");
                var volumes = rows.Select(row => Verdict.Read(row, VastJson.Default.VastVolume)).ToList();
                return volumes.TrueForAll(volume => volume is { Id: not null })
                    ? Outcome<IReadOnlyList<VastVolume>>.Ok([.. volumes.Select(volume => volume!)])
                    : problems.Unreadable(request.Route, "a volume without an id");
            },
            cancellationToken);
    }
}
