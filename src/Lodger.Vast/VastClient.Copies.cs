using System.Globalization;
using Lodger.Domain.Problems;
using Lodger.Vast.Adapter;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    /// <summary>
    /// <c>PUT /commands/rsync/</c> for a copy from an instance to this machine: where its host takes the rsync, as <c>vastai_kaalia</c>. Copies nothing itself;
    /// works on a stopped instance, too. The API description does not have it; the call is the one that the official client makes.
    /// </summary>
    /// <param name="path">Absolute, on the instance.</param>
    public Task<Outcome<VastHost>> CopyOutAsync(long instanceId, string path, CancellationToken cancellationToken)
    {
        var body = new CopyBody { SrcId = NameOf(instanceId), SrcPath = path, DstPath = "." };
        return CopyAsync(body, answer => (answer.SrcAddr, answer.SrcPort), cancellationToken);
    }

    /// <summary>The same for a copy from this machine to an instance.</summary>
    public Task<Outcome<VastHost>> CopyInAsync(long instanceId, string path, CancellationToken cancellationToken)
    {
        var body = new CopyBody { DstId = NameOf(instanceId), DstPath = path, SrcPath = "." };
        return CopyAsync(body, answer => (answer.DstAddr, answer.DstPort), cancellationToken);
    }

    // The bare id, as the module of the host's rsync is then called; "C." before it would be the other spelling of both.
    private static string NameOf(long instanceId) => instanceId.ToString(CultureInfo.InvariantCulture);

    private Task<Outcome<VastHost>> CopyAsync(CopyBody copy, Func<VastCopy, (string? Address, long? Port)> side, CancellationToken cancellationToken)
    {
        // Asking twice copies nothing twice: the answer is an address.
        var request = new Request(Route.Copy) { Body = Json(copy, VastBodies.Default.CopyBody) };
        return CallAsync<VastHost>(
            request,
            body =>
            {
                var (address, port) = Verdict.Read(body, VastJson.Default.VastCopy) is { } answer ? side(answer) : default;
                return HostName.Read(address) is { } host && port is >= 1 and <= 65535
                    ? new VastHost(host, (int)port)
                    : problems.Unreadable(request.Route, "it names no host and port that could be one");
            },
            cancellationToken);
    }
}
