using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Engine.Adopt;
using Lodger.Engine.Volumes;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lodger.Cli.Tests.Stage;

/// <content>What an account has besides jobs: rentals of somebody else's, volumes, webhooks.</content>
internal sealed partial class FakeServer
{
    public SurveyView Survey { get; set; } = new("local marketplace", new AccountSurvey(0, 0, [], []), null);

    public Problem? SurveyProblem { get; set; }

    public VolumeList Volumes { get; set; } = new("local marketplace", [], [], null);

    public VolumePlaces Places { get; set; } = new("local marketplace", 50, []);

    /// <summary>What a request for a volume makes.</summary>
    public Volume? MadeVolume { get; set; }

    public VolumeRequest? VolumeRequested { get; private set; }

    public VolumeDeleteRequest? VolumeDeleted { get; private set; }

    public List<WebhookView> Hooks { get; } = [];

    /// <summary>What is seen of a rental that somebody else made, by the paths that are asked about.</summary>
    public Func<IReadOnlyList<string>, RentalLook>? Look { get; set; }

    public AdoptRequest? Adopted { get; private set; }

    /// <summary>Whether the rental refuses Lodger's ssh key until somebody agreed that it is let in.</summary>
    public bool NeedsKey { get; set; }

    public bool Released { get; private set; }

    private void MapAccount()
    {
        app.MapGet(Routes.Survey, () => SurveyProblem is { } problem ? Refused(problem) : Results.Json(Survey, ApiJson.Default.SurveyView));
        app.MapGet(Routes.Volumes, () => Results.Json(Volumes, ApiJson.Default.VolumeList));
        app.MapGet(Routes.VolumePlaces, () => Results.Json(Places, ApiJson.Default.VolumePlaces));
        app.MapPost(Routes.Volumes, async (HttpContext http) =>
        {
            VolumeRequested = await http.Request.ReadFromJsonAsync(ApiJson.Default.VolumeRequest);
            return Results.Json(MadeVolume, ApiJson.Default.Volume);
        });
        app.MapPost(Routes.VolumeDelete, async (string volume, HttpContext http) =>
        {
            VolumeDeleted = await http.Request.ReadFromJsonAsync(ApiJson.Default.VolumeDeleteRequest);
            return Results.Json(new VolumeGone(Volumes.Market, Volumes.Volumes.First(v => v.Volume.Id == volume).Volume, 0.5m), ApiJson.Default.VolumeGone);
        });
        app.MapGet(Routes.Webhooks, () => Results.Json([.. Hooks], ApiJson.Default.WebhookViewArray));
        app.MapPost(Routes.Webhook, async (string account, HttpContext http) =>
        {
            var wish = await http.Request.ReadFromJsonAsync(ApiJson.Default.WebhookRequest);
            Hooks.Add(Samples.Hook with { Account = account, Address = wish!.Address, Listen = wish.Listen });
            return Results.Json(Hooks[^1], ApiJson.Default.WebhookView);
        });
        app.MapDelete(Routes.Webhook, (string account) => Results.Json(Hooks.Single(h => h.Account == account), ApiJson.Default.WebhookView));
        app.MapPost(Routes.RentalLook, async (HttpContext http) =>
        {
            var asked = await http.Request.ReadFromJsonAsync(ApiJson.Default.RentalLookRequest);
            if (NeedsKey && !asked!.MayLetKeyIn)
                return Results.Json(new ProblemView(new Problem(AdoptDesk.KeyNeeded, "It does not let Lodger's ssh key in.", "", ExitCode.ApprovalNeeded)), ApiJson.Default.ProblemView, statusCode: 409);
            return Results.Json(Look!(asked!.Paths), ApiJson.Default.RentalLook);
        });
        app.MapPost(Routes.Adopt, async (HttpContext http) =>
        {
            Adopted = await http.Request.ReadFromJsonAsync(ApiJson.Default.AdoptRequest);
            return Results.Json(Jobs[AfterSubmit.Name] = AfterSubmit, ApiJson.Default.JobView);
        });
        app.MapPost(Routes.Release, (string rental) =>
        {
            Released = true;
            return Results.Json(new RentalLetGo(rental, "mine", null, "lodger/mine.abc234/1", $"Rental {rental} goes on billing $0.420/h"), ApiJson.Default.RentalLetGo);
        });
    }
}
