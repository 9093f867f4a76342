using Lodger.Engine.Volumes;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Volumes: where there is room, what there is, and the two acts.</summary>
internal static class VolumeEndpoints
{
    public static void Map(IEndpointRouteBuilder app, VolumeDesk desk)
    {
        app.MapGet(Routes.Volumes, async (string account, CancellationToken token) => Answers.Of(await desk.ListAsync(account, token), ApiJson.Default.VolumeList));
        app.MapGet(Routes.VolumePlaces, async (string account, string? query, int? size, bool? any, CancellationToken token) =>
            Answers.Of(await desk.SearchAsync(account, query ?? "", Math.Max(1, size ?? 10), any is true, token), ApiJson.Default.VolumePlaces));
        app.MapPost(Routes.Volumes, async (string account, VolumeRequest r, Principal who, CancellationToken token) =>
            Answers.Of(await desk.CreateAsync(account, r.OfferId, r.SizeGb, r.Name, who.By(r.By), token), ApiJson.Default.Volume));
        app.MapPost(Routes.VolumeDelete, async (string account, string volume, VolumeDeleteRequest r, Principal who, CancellationToken token) =>
            Answers.Of(await desk.DeleteAsync(account, volume, r.Token, r.Typed, who.By(r.By), token), ApiJson.Default.VolumeGone));
    }
}
