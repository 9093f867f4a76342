using Lodger.Engine.Adopt;
using Lodger.Engine.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Rentals that somebody else made: a look into one, and taking it over.</summary>
internal static class AdoptEndpoints
{
    public static void Map(IEndpointRouteBuilder app, JobBoard board, AdoptDesk desk)
    {
        app.MapPost(Routes.RentalLook, async (HttpContext http, string account, string rental, RentalLookRequest r, CancellationToken token) =>
        {
            AuditLog.About(http, rental);
            return Answers.Of(RequestRules.Refuse(r.Paths) is { } malformed ? malformed : await desk.LookAsync(account, rental, r.Paths, r.MayLetKeyIn, token), ApiJson.Default.RentalLook);
        });
        app.MapPost(Routes.Release, async (HttpContext http, string account, string rental, ActRequest r, Principal who, CancellationToken token) =>
        {
            AuditLog.About(http, rental);
            return Answers.Of(await desk.ReleaseAsync(account, rental, who.By(r.By), token), ApiJson.Default.RentalLetGo);
        });
        app.MapPost(Routes.Adopt, async (HttpContext http, string account, string rental, AdoptRequest r, Principal who, CancellationToken token) =>
        {
            AuditLog.About(http, rental);
            if (RequestRules.Refuse(r) is { } malformed)
                return Answers.Of(malformed);
            // Where the results lie on this machine is for its own user to say.
            string Results(string name) => r.ResultsDirectory is { } said && who.IsOwner ? said : board.ResultsDirectoryOf(name, null);
            var adoption = new Adoption(rental, r.Paths, r.Name, Results, who.By(r.By), r.OverProxy, !who.IsOwner, r.Key);
            return Answers.Of((await desk.AdoptAsync(account, adoption, token)).Then<JobView>(s => JobViews.Of(s, board.Now)), ApiJson.Default.JobView);
        });
    }
}
