using System.Globalization;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    /// <summary><c>GET /users/cloud_integrations/</c>: the account's cloud connections, or a problem; never a part of them.</summary>
    public Task<Outcome<IReadOnlyList<VastCloud>>> CloudsAsync(CancellationToken cancellationToken)
    {
        var request = new Request(Route.ListClouds);
        return CallAsync(
            request,
            body =>
            {
                if (body.ValueKind != JsonValueKind.Array) return problems.Unreadable(request.Route, "no list of connections");
                var clouds = body.EnumerateArray().Select(row => Verdict.Read(row, VastJson.Default.VastCloud)).ToList();
                return clouds.TrueForAll(cloud => cloud is { Id: not null })
                    ? Outcome<IReadOnlyList<VastCloud>>.Ok([.. clouds.Select(cloud => cloud!)])
                    : problems.Unreadable(request.Route, "a connection without an id");
            },
            cancellationToken);
    }

    /// <summary><c>POST /commands/rclone/</c>: begins a copy from an instance, stopped or not, to a cloud. Its progress is in the instance's status message.</summary>
    /// <param name="directory">Absolute, on the instance.</param>
    public Task<Outcome<Done>> CopyToCloudAsync(long instanceId, string directory, long connectionId, string path, CancellationToken cancellationToken)
    {
        var body = new CloudCopyBody { InstanceId = NameOf(instanceId), Src = directory, Dst = path, Selected = connectionId.ToString(CultureInfo.InvariantCulture) };
        return DoAsync(new Request(Route.CopyToCloud) { Body = Json(body, VastBodies.Default.CloudCopyBody) }, cancellationToken);
    }
}
