namespace Lodger.Server.Api;

/// <summary>
/// The server's HTTP interface, over its Unix domain socket and its public addresses. <c>{job}</c> is a job's name or id. An answer that is not 2xx carries a
/// <see cref="ProblemView"/>. Enums travel by their names, times as ISO 8601 UTC. What each asks of who calls it over the network: <see cref="Access.NeededScopes"/>.
/// </summary>
public static class Routes
{
    /// <summary>GET <see cref="ServerView"/>.</summary>
    public const string Server = "/v1/server";

    /// <summary>POST: ends the server once the current step of every job is journaled. Jobs go on on their machines.</summary>
    public const string ServerStop = "/v1/server/stop";

    /// <summary>POST: a command that only looks, from the process that was started for it; between parts of one build alone, and no part of this interface.</summary>
    public const string Command = "/command";

    /// <summary>GET <see cref="SessionView"/>: who asks. POST <see cref="SignInRequest"/> gives <see cref="SessionView"/> and a cookie. DELETE ends it.</summary>
    public const string Session = "/v1/session";

    /// <summary>POST: gives <see cref="SignInCodeView"/>, with which one browser signs in once as who asked.</summary>
    public const string SessionCode = "/v1/session/code";

    /// <summary>GET <see cref="TokenView"/>[]; POST <see cref="TokenRequest"/> gives <see cref="NewTokenView"/>.</summary>
    public const string Tokens = "/v1/tokens";

    /// <summary>DELETE gives <see cref="TokenView"/>: revokes the valid token of that name.</summary>
    public const string Token = "/v1/tokens/{token}";

    /// <summary>GET: this interface as an OpenAPI document.</summary>
    public const string OpenApi = "/openapi/v1.json";

    /// <summary>GET: text, for Prometheus.</summary>
    public const string Metrics = "/v1/metrics";

    /// <summary>GET ?before=&amp;max= gives <see cref="AuditView"/>[]: the newest, or the newest before a sequence; the oldest of them first.</summary>
    public const string Audit = "/v1/audit";

    /// <summary>GET <see cref="DoorView"/>[]: public addresses of the process that answers. POST <see cref="DoorRequest"/> gives <see cref="DoorView"/>: opens one. DELETE closes all.</summary>
    public const string Doors = "/v1/doors";

    /// <summary>GET ?account=&amp;query=&amp;disk=&amp;any= gives <see cref="OffersView"/>.</summary>
    public const string Offers = "/v1/offers";

    /// <summary>GET ?account= gives <see cref="AccountView"/>.</summary>
    public const string Account = "/v1/account";

    /// <summary>GET <see cref="WebhookView"/>[].</summary>
    public const string Webhooks = "/v1/webhooks";

    /// <summary>POST <see cref="WebhookRequest"/> gives <see cref="WebhookView"/>: subscribes, after the one before was given up. DELETE gives <see cref="WebhookView"/>: ends it.</summary>
    public const string Webhook = "/v1/webhooks/{account}";

    /// <summary>POST <see cref="PlanRequest"/> gives <see cref="PlanView"/>.</summary>
    public const string Plan = "/v1/plan";

    /// <summary>GET ?all= gives <see cref="JobView"/>[]; POST <see cref="SubmitRequest"/> gives <see cref="JobView"/>.</summary>
    public const string Jobs = "/v1/jobs";

    /// <summary>GET ?all= gives <see cref="JobLine"/>[]: the same jobs in few words, for a list of thousands.</summary>
    public const string JobList = "/v1/list";

    /// <summary>
    /// POST ?project=, a tar archive, gives <see cref="CodeView"/>: takes the code of a job in, for a <see cref="SubmitRequest.Code"/> of the same project. Files, and symbolic links that stay inside; at most 1 GB of them.
    /// </summary>
    public const string Code = "/v1/code";

    /// <summary>GET <see cref="JobView"/>.</summary>
    public const string Job = "/v1/jobs/{job}";

    /// <summary>GET ?after= gives <see cref="Domain.Jobs.JournalEntry"/>[].</summary>
    public const string Events = "/v1/jobs/{job}/events";

    /// <summary>
    /// GET ?after=&amp;job=&amp;live=: server-sent events. First <c>begin</c> (<see cref="StreamBegin"/>), then <c>journal</c> (<see cref="EventView"/>) for each entry of all journals, or of one
    /// job's. The id is the entry's number, of one job its sequence; with it as <c>Last-Event-ID</c>, or as <c>after</c>, a stream goes on after that entry, none missed, none twice, whatever server
    /// answers then. Without either it begins with what comes next, and for one job with its first. With <c>live</c> also <c>rows</c> (<see cref="JobRow"/>[]): jobs of which something changed;
    /// of all jobs what repeats while all is well (cadence, copies, meter) then comes at a fixed rate alone.
    /// </summary>
    public const string Stream = "/v1/events";

    /// <summary>GET <see cref="BoardView"/>.</summary>
    public const string Board = "/v1/board";

    /// <summary>GET <see cref="PlanView"/>: what the job would cost if it were rented for now, offer by offer; asked now.</summary>
    public const string JobPlan = "/v1/jobs/{job}/plan";

    /// <summary>GET ?hours= gives <see cref="MoneyHistoryView"/>.</summary>
    public const string MoneyHistory = "/v1/money/history";

    /// <summary>GET ?offset=&amp;max= gives <see cref="LogView"/>: the job's own output, from its machine or, when it is home, from the bundle.</summary>
    public const string Log = "/v1/jobs/{job}/log";

    /// <summary>GET ?log=container|daemon&amp;tail=&amp;filter= gives <see cref="LogView"/>: what the platform keeps outside the machine.</summary>
    public const string RentalLog = "/v1/jobs/{job}/rental-log";

    /// <summary>GET ?job=&amp;all= gives <see cref="CostView"/>: of one job, of the open ones, or of all; what was charged is asked for now.</summary>
    public const string Cost = "/v1/cost";

    /// <summary>GET ?account= gives <see cref="Engine.Volumes.VolumeList"/>, asked now; POST <see cref="VolumeRequest"/> makes one and gives <see cref="Domain.Market.Volume"/>.</summary>
    public const string Volumes = "/v1/accounts/{account}/volumes";

    /// <summary>GET ?query=&amp;size=&amp;any= gives <see cref="Engine.Volumes.VolumePlaces"/>: space for volumes where such GPUs are for rent.</summary>
    public const string VolumePlaces = "/v1/accounts/{account}/volume-places";

    /// <summary>POST <see cref="VolumeDeleteRequest"/> gives <see cref="Engine.Volumes.VolumeGone"/>: deletes through the gate.</summary>
    public const string VolumeDelete = "/v1/accounts/{account}/volumes/{volume}/delete";

    /// <summary>POST <see cref="RentalLookRequest"/> gives <see cref="Engine.Adopt.RentalLook"/>: a look into a rental that no job owns. Nothing is written there.</summary>
    public const string RentalLook = "/v1/accounts/{account}/rentals/{rental}/look";

    /// <summary>POST <see cref="AdoptRequest"/> gives <see cref="JobView"/>: the rental becomes the only one of a job.</summary>
    public const string Adopt = "/v1/accounts/{account}/rentals/{rental}/adopt";

    /// <summary>POST <see cref="ActRequest"/> gives <see cref="Engine.Adopt.RentalLetGo"/>: a rental that was taken over is forgotten, and goes on billing.</summary>
    public const string Release = "/v1/accounts/{account}/rentals/{rental}/release";

    /// <summary>GET ?account=&amp;latest=&amp;due= gives <see cref="ClocksView"/>: looked at now, or as last looked at; of one account, or of all that have jobs; all, or those that a person should be told of now.</summary>
    public const string Clocks = "/v1/clocks";

    /// <summary>GET ?account= gives <see cref="SurveyView"/>: what bills there and belongs to no open job; asked now.</summary>
    public const string Survey = "/v1/survey";

    /// <summary>GET <see cref="ResultsView"/>: what was brought home and proven.</summary>
    public const string Results = "/v1/jobs/{job}/results";

    /// <summary>GET ?receipt=&amp;offset=&amp;length= gives bytes: the files of <see cref="ResultsView"/> one after another, as if they were one, from an offset on.</summary>
    public const string ResultBytes = "/v1/jobs/{job}/results/bytes";

    /// <summary>GET <see cref="Domain.Storage.StorageMap"/>: where the job's files lie, looked at now.</summary>
    public const string Storage = "/v1/jobs/{job}/storage";

    /// <summary>GET <see cref="Engine.Durable.HostClouds"/>: to which clouds the job's host could copy, asked now; POST <see cref="HostCopyRequest"/> begins such a copy and gives its <see cref="Domain.Market.CloudCopyStatus"/>.</summary>
    public const string Clouds = "/v1/jobs/{job}/clouds";

    /// <summary>GET <see cref="Domain.Market.CloudCopyStatus"/>: how a copy by the host stands, asked now.</summary>
    public const string CloudCopy = "/v1/jobs/{job}/clouds/copy";

    /// <summary>GET <see cref="Engine.Doctor.CheckUp"/>[]: every open job, as last seen; nobody is asked.</summary>
    public const string Doctor = "/v1/doctor";

    /// <summary>GET <see cref="Engine.Doctor.CheckUp"/>: the platform and the machine are looked at now.</summary>
    public const string JobDoctor = "/v1/jobs/{job}/doctor";

    /// <summary>GET <see cref="RentalView"/>: asked of the platform now.</summary>
    public const string Rental = "/v1/jobs/{job}/rental";

    /// <summary>GET <see cref="GateView"/>[]: of every rental of the job that is there, the one that is spoken of first.</summary>
    public const string Gate = "/v1/jobs/{job}/gate";

    /// <summary>GET <see cref="Engine.Jobs.JobBudget"/>. POST <see cref="BudgetRequest"/> gives <see cref="JobView"/>: sets another budget; a job that waits for one goes on.</summary>
    public const string Budget = "/v1/jobs/{job}/budget";

    /// <summary>GET <see cref="BoxView"/>.</summary>
    public const string Box = "/v1/jobs/{job}/box";

    /// <summary>POST <see cref="ActRequest"/>: end the command, bring home what there is, tear down through the gate.</summary>
    public const string Cancel = "/v1/jobs/{job}/cancel";

    /// <summary>POST <see cref="ActRequest"/>: stop the machine once without notice, and start it again.</summary>
    public const string Drill = "/v1/jobs/{job}/drill";

    /// <summary>POST <see cref="PullRequest"/>: pull and verify (again).</summary>
    public const string Pull = "/v1/jobs/{job}/pull";

    /// <summary>POST <see cref="ApproveRequest"/>.</summary>
    public const string Approve = "/v1/jobs/{job}/approve";

    /// <summary>POST <see cref="AbandonRequest"/>: gives up what is only on the machine.</summary>
    public const string Abandon = "/v1/jobs/{job}/abandon";
}
