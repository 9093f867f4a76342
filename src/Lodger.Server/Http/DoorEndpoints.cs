using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Public addresses of this very process, for the user of its machine.</summary>
internal static class DoorEndpoints
{
    public static void Map(IEndpointRouteBuilder app, Doors doors)
    {
        app.MapGet(Routes.Doors, () => Results.Json([.. doors.Views], ApiJson.Default.DoorViewArray));
        app.MapPost(Routes.Doors, async (DoorRequest r, CancellationToken token) => Answers.Of(await OpenAsync(doors, r, token), ApiJson.Default.DoorView));
        app.MapDelete(Routes.Doors, async (CancellationToken token) =>
        {
            await doors.CloseAllAsync(token);
            return Results.NoContent();
        });
    }

    private static async Task<Outcome<DoorView>> OpenAsync(Doors doors, DoorRequest r, CancellationToken token) =>
        DoorOptions.Parse(r.Listen, r.CertificateFile, r.KeyFile, r.BehindProxy).TryGet(out var options, out var unfit) ? await doors.OpenAsync(options, r.IsKept, token) : unfit;
}
