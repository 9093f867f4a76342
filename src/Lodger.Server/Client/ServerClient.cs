using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Storage;
using Lodger.Engine.Adopt;
using Lodger.Engine.Doctor;
using Lodger.Engine.Durable;
using Lodger.Engine.Jobs;
using Lodger.Engine.Volumes;
using Lodger.Server.Api;

namespace Lodger.Server.Client;

/// <summary>
/// The server's interface as calls, over its Unix domain socket or over the network. Whatever goes wrong comes back as a <see cref="Problem"/>:
/// the server's own, or <c>server-unreachable</c> when nothing answers.
/// </summary>
public sealed class ServerClient : IDisposable
{
    /// <summary>A stream says something four times in that time, if only that it is there.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(1);

    /// <summary>Code goes out, or results come, and neither moves for so long.</summary>
    private static readonly TimeSpan StallMax = TimeSpan.FromMinutes(2);

    private readonly ServerLine wire;

    /// <summary>The server of this machine.</summary>
    public ServerClient(string socketPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(socketPath);
        wire = new ServerLine(socketPath);
    }

    /// <summary>A server on another machine, at its public address.</summary>
    public ServerClient(Uri address, string token)
    {
        ArgumentNullException.ThrowIfNull(address);
        wire = new ServerLine(address, token);
    }

    /// <summary>Says of every request that it is an agent's of this name, which may look and nothing else; null: it is a person's.</summary>
    public string? Agent
    {
        init => wire.Agent = value;
    }

    /// <summary>
    /// For a process that has nothing else to do while it waits: what is asked of the server of this machine is answered when the call returns, on the caller's own thread. That is several times as quick as
    /// the first calls of an HTTP client. For Unix alone.
    /// </summary>
    public bool Blocks
    {
        init => wire.Blocks = value;
    }

    public Task<Outcome<ServerView>> ServerAsync(CancellationToken cancellationToken) =>
        wire.GetAsync(Routes.Server, ApiJson.Default.ServerView, cancellationToken);

    public async Task<Outcome<Done>> StopServerAsync(CancellationToken cancellationToken)
    {
        var answer = await wire.SendAsync(HttpMethod.Post, Routes.ServerStop, null, cancellationToken);
        return answer.IsOk ? Done.Ok : answer.Problem;
    }

    /// <summary>Who this client is to the server.</summary>
    public Task<Outcome<SessionView>> SessionAsync(CancellationToken cancellationToken) => wire.GetAsync(Routes.Session, ApiJson.Default.SessionView, cancellationToken);

    /// <summary>A code with which one browser signs in once.</summary>
    public async Task<Outcome<SignInCodeView>> SignInCodeAsync(CancellationToken cancellationToken)
    {
        var answer = await wire.SendAsync(HttpMethod.Post, Routes.SessionCode, null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? ServerLine.Read(body, Routes.SessionCode, ApiJson.Default.SignInCodeView) : problem;
    }

    /// <summary>All that were ever made, the oldest first.</summary>
    public Task<Outcome<TokenView[]>> TokensAsync(CancellationToken cancellationToken) => wire.GetAsync(Routes.Tokens, ApiJson.Default.TokenViewArray, cancellationToken);

    public Task<Outcome<NewTokenView>> MakeTokenAsync(TokenRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Routes.Tokens, request, ApiJson.Default.TokenRequest, ApiJson.Default.NewTokenView, cancellationToken);

    public async Task<Outcome<TokenView>> RevokeTokenAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await wire.SendAsync(HttpMethod.Delete, Routes.Token.Replace("{token}", Escape(name), StringComparison.Ordinal), null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? ServerLine.Read(body, Routes.Token, ApiJson.Default.TokenView) : problem;
    }

    /// <summary>The newest so many, the oldest of them first.</summary>
    public Task<Outcome<AuditView[]>> AuditAsync(int max, CancellationToken cancellationToken) => wire.GetAsync($"{Routes.Audit}?max={Number(max)}", ApiJson.Default.AuditViewArray, cancellationToken);

    public Task<Outcome<DoorView[]>> DoorsAsync(CancellationToken cancellationToken) => wire.GetAsync(Routes.Doors, ApiJson.Default.DoorViewArray, cancellationToken);

    public Task<Outcome<DoorView>> OpenDoorAsync(DoorRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Routes.Doors, request, ApiJson.Default.DoorRequest, ApiJson.Default.DoorView, cancellationToken);

    /// <summary>Closes all public addresses, and keeps none.</summary>
    public async Task<Outcome<Done>> CloseDoorsAsync(CancellationToken cancellationToken)
    {
        var answer = await wire.SendAsync(HttpMethod.Delete, Routes.Doors, null, cancellationToken);
        return answer.IsOk ? Done.Ok : answer.Problem;
    }

    /// <param name="query">The platform's query grammar; empty for all.</param>
    /// <param name="diskGb">Disk to price the offers with.</param>
    /// <param name="anyOffer">Drops the safety filters.</param>
    public Task<Outcome<OffersView>> OffersAsync(string account, string query, int diskGb, bool anyOffer, CancellationToken cancellationToken) =>
        wire.GetAsync(
            $"{Routes.Offers}?account={Escape(account)}&query={Escape(query)}&disk={Number(diskGb)}&any={(anyOffer ? "true" : "false")}",
            ApiJson.Default.OffersView,
            cancellationToken);

    public Task<Outcome<AccountView>> AccountAsync(string account, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Routes.Account}?account={Escape(account)}", ApiJson.Default.AccountView, cancellationToken);

    public Task<Outcome<WebhookView[]>> WebhooksAsync(CancellationToken cancellationToken) => wire.GetAsync(Routes.Webhooks, ApiJson.Default.WebhookViewArray, cancellationToken);

    public Task<Outcome<WebhookView>> AddWebhookAsync(string account, WebhookRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(OfAccount(Routes.Webhook, account), request, ApiJson.Default.WebhookRequest, ApiJson.Default.WebhookView, cancellationToken);

    /// <summary>What it was.</summary>
    public async Task<Outcome<WebhookView>> RemoveWebhookAsync(string account, CancellationToken cancellationToken)
    {
        var answer = await wire.SendAsync(HttpMethod.Delete, OfAccount(Routes.Webhook, account), null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? ServerLine.Read(body, Routes.Webhook, ApiJson.Default.WebhookView) : problem;
    }

    public Task<Outcome<PlanView>> PlanAsync(PlanRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Routes.Plan, request, ApiJson.Default.PlanRequest, ApiJson.Default.PlanView, cancellationToken);

    public Task<Outcome<JobView>> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Routes.Jobs, request, ApiJson.Default.SubmitRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<RentalLook>> LookAtRentalAsync(string account, string rental, RentalLookRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(OfRental(Routes.RentalLook, account, rental), request, ApiJson.Default.RentalLookRequest, ApiJson.Default.RentalLook, cancellationToken);

    public Task<Outcome<JobView>> AdoptAsync(string account, string rental, AdoptRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(OfRental(Routes.Adopt, account, rental), request, ApiJson.Default.AdoptRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<RentalLetGo>> ReleaseAsync(string account, string rental, string by, CancellationToken cancellationToken) =>
        wire.PostAsync(OfRental(Routes.Release, account, rental), new ActRequest(by), ApiJson.Default.ActRequest, ApiJson.Default.RentalLetGo, cancellationToken);

    private static string OfRental(string route, string account, string rental) => OfAccount(route, account).Replace("{rental}", Escape(rental), StringComparison.Ordinal);

    /// <param name="all">Closed jobs too.</param>
    public Task<Outcome<JobView[]>> JobsAsync(bool all, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Routes.Jobs}?all={(all ? "true" : "false")}", ApiJson.Default.JobViewArray, cancellationToken);

    /// <summary>The same jobs in few words.</summary>
    /// <param name="all">Closed jobs too.</param>
    public Task<Outcome<JobLine[]>> JobListAsync(bool all, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Routes.JobList}?all={(all ? "true" : "false")}", ApiJson.Default.JobLineArray, cancellationToken);

    public Task<Outcome<JobView>> JobAsync(string job, CancellationToken cancellationToken) =>
        wire.GetAsync(Of(Routes.Job, job), ApiJson.Default.JobView, cancellationToken);

    /// <param name="after">Sequence of the last entry already seen; 0 for all.</param>
    public Task<Outcome<JournalEntry[]>> EventsAsync(string job, long after, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Of(Routes.Events, job)}?after={Number(after)}", ApiJson.Default.JournalEntryArray, cancellationToken);

    /// <summary>A job's journal, entry by entry as it is written, after <paramref name="after"/>. Ends with a problem when the server goes away, and otherwise only when it is cancelled.</summary>
    public async IAsyncEnumerable<Outcome<EventView>> FollowAsync(string job, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var opened = (await wire.OpenStreamAsync($"{Routes.Stream}?job={Escape(job)}&after={Number(after)}", cancellationToken)).TryGet(out var response, out var problem) ? response : null;
        if (opened is null)
        {
            yield return problem!;
            yield break;
        }

        using var reader = new StreamReader(await opened.Content.ReadAsStreamAsync(cancellationToken));
        var name = "";
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(cancellationToken).AsTask().WaitAsync(SilenceMax, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
            {
                line = null;
            }

            if (line is null)
            {
                yield return wire.Unreachable("the stream ended");
                yield break;
            }

            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (name == "journal" && line.StartsWith("data: ", StringComparison.Ordinal))
                yield return ServerLine.Read(Encoding.UTF8.GetBytes(line[6..]), Routes.Stream, ApiJson.Default.EventView);
        }
    }

    /// <param name="offset">In bytes; where <see cref="LogView.Offset"/> of the last answer pointed.</param>
    public Task<Outcome<LogView>> LogAsync(string job, long offset, int maxBytes, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Of(Routes.Log, job)}?offset={Number(offset)}&max={Number(maxBytes)}", ApiJson.Default.LogView, cancellationToken);

    /// <param name="log"><c>container</c> or <c>daemon</c>.</param>
    /// <param name="filter">Only lines with it; null: all.</param>
    public Task<Outcome<LogView>> RentalLogAsync(string job, string log, int tailLines, string? filter, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Of(Routes.RentalLog, job)}?log={Escape(log)}&tail={Number(tailLines)}{(filter is null ? "" : $"&filter={Escape(filter)}")}", ApiJson.Default.LogView, cancellationToken);

    /// <param name="job">Null: all open ones.</param>
    /// <param name="all">Closed jobs too.</param>
    public Task<Outcome<CostView>> CostAsync(string? job, bool all, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Routes.Cost}?all={(all ? "true" : "false")}{(job is null ? "" : $"&job={Escape(job)}")}", ApiJson.Default.CostView, cancellationToken);

    /// <param name="account">Null: all that have jobs.</param>
    /// <param name="latest">As last looked at, without asking the platform.</param>
    /// <param name="due">Only those that a person should be told of now.</param>
    public Task<Outcome<ClocksView>> ClocksAsync(string? account, bool latest, bool due, CancellationToken cancellationToken) => wire.GetAsync(
        $"{Routes.Clocks}?latest={(latest ? "true" : "false")}&due={(due ? "true" : "false")}{(account is null ? "" : $"&account={Escape(account)}")}", ApiJson.Default.ClocksView, cancellationToken);

    public Task<Outcome<VolumeList>> VolumesAsync(string account, CancellationToken cancellationToken) =>
        wire.GetAsync(OfAccount(Routes.Volumes, account), ApiJson.Default.VolumeList, cancellationToken);

    /// <param name="query">For the GPUs that are to work on it; empty for all.</param>
    /// <param name="anyOffer">Drops the safety filters.</param>
    public Task<Outcome<VolumePlaces>> VolumePlacesAsync(string account, string query, int sizeGb, bool anyOffer, CancellationToken cancellationToken) =>
        wire.GetAsync($"{OfAccount(Routes.VolumePlaces, account)}?query={Escape(query)}&size={Number(sizeGb)}&any={(anyOffer ? "true" : "false")}", ApiJson.Default.VolumePlaces, cancellationToken);

    public Task<Outcome<Volume>> CreateVolumeAsync(string account, VolumeRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(OfAccount(Routes.Volumes, account), request, ApiJson.Default.VolumeRequest, ApiJson.Default.Volume, cancellationToken);

    public Task<Outcome<VolumeGone>> DeleteVolumeAsync(string account, string volume, VolumeDeleteRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(OfAccount(Routes.VolumeDelete, account).Replace("{volume}", Escape(volume), StringComparison.Ordinal), request, ApiJson.Default.VolumeDeleteRequest, ApiJson.Default.VolumeGone, cancellationToken);

    public Task<Outcome<SurveyView>> SurveyAsync(string account, CancellationToken cancellationToken) =>
        wire.GetAsync($"{Routes.Survey}?account={Escape(account)}", ApiJson.Default.SurveyView, cancellationToken);

    public Task<Outcome<StorageMap>> StorageAsync(string job, CancellationToken cancellationToken) =>
        wire.GetAsync(Of(Routes.Storage, job), ApiJson.Default.StorageMap, cancellationToken);

    public Task<Outcome<HostClouds>> CloudsAsync(string job, CancellationToken cancellationToken) =>
        wire.GetAsync(Of(Routes.Clouds, job), ApiJson.Default.HostClouds, cancellationToken);

    public Task<Outcome<CloudCopyStatus>> BeginHostCopyAsync(string job, HostCopyRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Of(Routes.Clouds, job), request, ApiJson.Default.HostCopyRequest, ApiJson.Default.CloudCopyStatus, cancellationToken);

    public Task<Outcome<CloudCopyStatus>> HostCopyAsync(string job, CancellationToken cancellationToken) =>
        wire.GetAsync(Of(Routes.CloudCopy, job), ApiJson.Default.CloudCopyStatus, cancellationToken);

    /// <summary>Every open job, as last seen.</summary>
    public Task<Outcome<CheckUp[]>> DoctorAsync(CancellationToken cancellationToken) => wire.GetAsync(Routes.Doctor, ApiJson.Default.CheckUpArray, cancellationToken);

    /// <summary>One job, looked at now.</summary>
    public Task<Outcome<CheckUp>> DoctorAsync(string job, CancellationToken cancellationToken) => wire.GetAsync(Of(Routes.JobDoctor, job), ApiJson.Default.CheckUp, cancellationToken);

    public Task<Outcome<RentalView>> RentalAsync(string job, CancellationToken cancellationToken) => wire.GetAsync(Of(Routes.Rental, job), ApiJson.Default.RentalView, cancellationToken);

    public Task<Outcome<GateView[]>> GatesAsync(string job, CancellationToken cancellationToken) =>
        wire.GetAsync(Of(Routes.Gate, job), ApiJson.Default.GateViewArray, cancellationToken);

    public Task<Outcome<JobBudget>> BudgetAsync(string job, CancellationToken cancellationToken) =>
        wire.GetAsync(Of(Routes.Budget, job), ApiJson.Default.JobBudget, cancellationToken);

    public Task<Outcome<JobView>> SetBudgetAsync(string job, BudgetRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Of(Routes.Budget, job), request, ApiJson.Default.BudgetRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<BoxView>> BoxAsync(string job, CancellationToken cancellationToken) =>
        wire.GetAsync(Of(Routes.Box, job), ApiJson.Default.BoxView, cancellationToken);

    public Task<Outcome<JobView>> CancelAsync(string job, string by, CancellationToken cancellationToken) =>
        wire.PostAsync(Of(Routes.Cancel, job), new ActRequest(by), ApiJson.Default.ActRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> DrillAsync(string job, string by, CancellationToken cancellationToken) =>
        wire.PostAsync(Of(Routes.Drill, job), new ActRequest(by), ApiJson.Default.ActRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> PullAsync(string job, string by, CancellationToken cancellationToken) => PullAsync(job, new PullRequest(by), cancellationToken);

    public Task<Outcome<JobView>> PullAsync(string job, PullRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Of(Routes.Pull, job), request, ApiJson.Default.PullRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> ApproveAsync(string job, ApproveRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Of(Routes.Approve, job), request, ApiJson.Default.ApproveRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> AbandonAsync(string job, AbandonRequest request, CancellationToken cancellationToken) =>
        wire.PostAsync(Of(Routes.Abandon, job), request, ApiJson.Default.AbandonRequest, ApiJson.Default.JobView, cancellationToken);

    /// <summary>Hands over the code of a job.</summary>
    /// <param name="project">Null: the one that the token is limited to, else the default one.</param>
    /// <param name="archive">Writes a tar archive.</param>
    /// <param name="taken">Told of how many bytes of it have gone.</param>
    public async Task<Outcome<CodeView>> SendCodeAsync(string? project, Func<Stream, CancellationToken, Task> archive, Action<long>? taken, CancellationToken cancellationToken)
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var content = new StreamedContent(
            archive,
            bytes =>
            {
                stalled.CancelAfter(StallMax);
                taken?.Invoke(bytes);
            },
            "application/x-tar");
        stalled.CancelAfter(StallMax);
        var path = Routes.Code + (project is null ? "" : $"?project={Escape(project)}");
        var answer = await wire.UploadAsync(path, content, $"it took nothing of the code for {StallMax.TotalSeconds:0} s", stalled.Token, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? ServerLine.Read(body, Routes.Code, ApiJson.Default.CodeView) : problem;
    }

    /// <summary>What a job's receipt vouches for.</summary>
    public Task<Outcome<ResultsView>> ResultsAsync(string job, CancellationToken cancellationToken) => wire.GetAsync(Of(Routes.Results, job), ApiJson.Default.ResultsView, cancellationToken);

    /// <summary>A part of the results, in pieces as they come; whoever got a few can go on after them. Ends with a problem when it was cut off.</summary>
    /// <param name="offset">Into all files of <see cref="ResultsView"/>, one after another.</param>
    public async IAsyncEnumerable<Outcome<ReadOnlyMemory<byte>>> ResultBytesAsync(string job, string receipt, long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stalled.CancelAfter(StallMax);
        var path = $"{Of(Routes.ResultBytes, job)}?receipt={Escape(receipt)}&offset={Number(offset)}&length={Number(length)}";
        using var opened = (await wire.OpenStreamAsync(path, stalled.Token, cancellationToken)).TryGet(out var response, out var problem) ? response : null;
        if (opened is null)
        {
            yield return problem!;
            yield break;
        }

        await using var stream = await opened.Content.ReadAsStreamAsync(stalled.Token);
        var buffer = new byte[128 << 10];
        while (length > 0)
        {
            int read;
            try
            {
                stalled.CancelAfter(StallMax);
                read = await stream.ReadAsync(buffer, stalled.Token);
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                read = 0;
            }

            if (read == 0)
            {
                yield return wire.Unreachable("the results were cut off");
                yield break;
            }

            length -= read;
            yield return (ReadOnlyMemory<byte>)buffer.AsMemory(0, read);
        }
    }

    public void Dispose() => wire.Dispose();

    private static string Of(string route, string job) => route.Replace("{job}", Escape(job), StringComparison.Ordinal);

    private static string OfAccount(string route, string account) => route.Replace("{account}", Escape(account), StringComparison.Ordinal);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
