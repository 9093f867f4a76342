using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Storage;
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
    /// <summary>Longest that one call may take: a plan asks the platform, and an approval looks at the machine once more.</summary>
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(150);

    /// <summary>A stream says something four times in that time, if only that it is there.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(1);

    /// <summary>Code goes out, or results come, and neither moves for so long.</summary>
    private static readonly TimeSpan StallMax = TimeSpan.FromMinutes(2);

    private readonly HttpClient http;

    /// <summary>For what has no other bound than that something moves.</summary>
    private readonly HttpClient transfers;
    private readonly string place;

    /// <summary>The server of this machine.</summary>
    public ServerClient(string socketPath)
        : this(socketPath, new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(socketPath, token), UseProxy = false, UseCookies = false }, new Uri("http://lodger"))
    {
        ArgumentException.ThrowIfNullOrEmpty(socketPath);
    }

    /// <summary>A server on another machine, at its public address.</summary>
    public ServerClient(Uri address, string token)
        : this(address?.ToString() ?? "", HandlerOf(address ?? throw new ArgumentNullException(nameof(address))), address)
    {
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        transfers.DefaultRequestHeaders.Authorization = http.DefaultRequestHeaders.Authorization;
    }

    /// <summary>A proxy would read the token of a request without TLS.</summary>
    internal static SocketsHttpHandler HandlerOf(Uri address) =>
        new() { UseProxy = address.Scheme == Uri.UriSchemeHttps, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) };

    private ServerClient(string place, SocketsHttpHandler handler, Uri address)
    {
        this.place = place;
        http = new HttpClient(handler, disposeHandler: true) { BaseAddress = address, Timeout = CallMax };
        transfers = new HttpClient(handler, disposeHandler: false) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Says of every request that it is an agent's of this name, which may look and nothing else; null: it is a person's.</summary>
    public string? Agent
    {
        init
        {
            if (value is null)
                return;
            foreach (var client in (HttpClient[])[http, transfers])
                client.DefaultRequestHeaders.Add(Access.Agent.Header, Access.Agent.NameOf(value));
        }
    }

    public Task<Outcome<ServerView>> ServerAsync(CancellationToken cancellationToken) =>
        GetAsync(Routes.Server, ApiJson.Default.ServerView, cancellationToken);

    public async Task<Outcome<Done>> StopServerAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Post, Routes.ServerStop, null, cancellationToken);
        return answer.IsOk ? Done.Ok : answer.Problem;
    }

    /// <summary>Who this client is to the server.</summary>
    public Task<Outcome<SessionView>> SessionAsync(CancellationToken cancellationToken) => GetAsync(Routes.Session, ApiJson.Default.SessionView, cancellationToken);

    /// <summary>A code with which one browser signs in once.</summary>
    public async Task<Outcome<SignInCodeView>> SignInCodeAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Post, Routes.SessionCode, null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? Read(body, Routes.SessionCode, ApiJson.Default.SignInCodeView) : problem;
    }

    /// <summary>All that were ever made, the oldest first.</summary>
    public Task<Outcome<TokenView[]>> TokensAsync(CancellationToken cancellationToken) => GetAsync(Routes.Tokens, ApiJson.Default.TokenViewArray, cancellationToken);

    public Task<Outcome<NewTokenView>> MakeTokenAsync(TokenRequest request, CancellationToken cancellationToken) =>
        PostAsync(Routes.Tokens, request, ApiJson.Default.TokenRequest, ApiJson.Default.NewTokenView, cancellationToken);

    public async Task<Outcome<TokenView>> RevokeTokenAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Delete, Routes.Token.Replace("{token}", Escape(name), StringComparison.Ordinal), null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? Read(body, Routes.Token, ApiJson.Default.TokenView) : problem;
    }

    /// <summary>The newest so many, the oldest of them first.</summary>
    public Task<Outcome<AuditView[]>> AuditAsync(int max, CancellationToken cancellationToken) => GetAsync($"{Routes.Audit}?max={Number(max)}", ApiJson.Default.AuditViewArray, cancellationToken);

    public Task<Outcome<DoorView[]>> DoorsAsync(CancellationToken cancellationToken) => GetAsync(Routes.Doors, ApiJson.Default.DoorViewArray, cancellationToken);

    public Task<Outcome<DoorView>> OpenDoorAsync(DoorRequest request, CancellationToken cancellationToken) =>
        PostAsync(Routes.Doors, request, ApiJson.Default.DoorRequest, ApiJson.Default.DoorView, cancellationToken);

    /// <summary>Closes all public addresses, and keeps none.</summary>
    public async Task<Outcome<Done>> CloseDoorsAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Delete, Routes.Doors, null, cancellationToken);
        return answer.IsOk ? Done.Ok : answer.Problem;
    }

    /// <param name="query">The platform's query grammar; empty for all.</param>
    /// <param name="diskGb">Disk to price the offers with.</param>
    /// <param name="anyOffer">Drops the safety filters.</param>
    public Task<Outcome<OffersView>> OffersAsync(string account, string query, int diskGb, bool anyOffer, CancellationToken cancellationToken) =>
        GetAsync(
            $"{Routes.Offers}?account={Escape(account)}&query={Escape(query)}&disk={Number(diskGb)}&any={(anyOffer ? "true" : "false")}",
            ApiJson.Default.OffersView,
            cancellationToken);

    public Task<Outcome<AccountView>> AccountAsync(string account, CancellationToken cancellationToken) =>
        GetAsync($"{Routes.Account}?account={Escape(account)}", ApiJson.Default.AccountView, cancellationToken);

    public Task<Outcome<WebhookView[]>> WebhooksAsync(CancellationToken cancellationToken) => GetAsync(Routes.Webhooks, ApiJson.Default.WebhookViewArray, cancellationToken);

    public Task<Outcome<WebhookView>> AddWebhookAsync(string account, WebhookRequest request, CancellationToken cancellationToken) =>
        PostAsync(OfAccount(Routes.Webhook, account), request, ApiJson.Default.WebhookRequest, ApiJson.Default.WebhookView, cancellationToken);

    /// <summary>What it was.</summary>
    public async Task<Outcome<WebhookView>> RemoveWebhookAsync(string account, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Delete, OfAccount(Routes.Webhook, account), null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? Read(body, Routes.Webhook, ApiJson.Default.WebhookView) : problem;
    }

    public Task<Outcome<PlanView>> PlanAsync(PlanRequest request, CancellationToken cancellationToken) =>
        PostAsync(Routes.Plan, request, ApiJson.Default.PlanRequest, ApiJson.Default.PlanView, cancellationToken);

    public Task<Outcome<JobView>> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken) =>
        PostAsync(Routes.Jobs, request, ApiJson.Default.SubmitRequest, ApiJson.Default.JobView, cancellationToken);

    /// <param name="all">Closed jobs too.</param>
    public Task<Outcome<JobView[]>> JobsAsync(bool all, CancellationToken cancellationToken) =>
        GetAsync($"{Routes.Jobs}?all={(all ? "true" : "false")}", ApiJson.Default.JobViewArray, cancellationToken);

    public Task<Outcome<JobView>> JobAsync(string job, CancellationToken cancellationToken) =>
        GetAsync(Of(Routes.Job, job), ApiJson.Default.JobView, cancellationToken);

    /// <param name="after">Sequence of the last entry already seen; 0 for all.</param>
    public Task<Outcome<JournalEntry[]>> EventsAsync(string job, long after, CancellationToken cancellationToken) =>
        GetAsync($"{Of(Routes.Events, job)}?after={Number(after)}", ApiJson.Default.JournalEntryArray, cancellationToken);

    /// <summary>A job's journal, entry by entry as it is written, after <paramref name="after"/>. Ends with a problem when the server goes away, and otherwise only when it is cancelled.</summary>
    public async IAsyncEnumerable<Outcome<EventView>> FollowAsync(string job, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var opened = (await OpenStreamAsync($"{Routes.Stream}?job={Escape(job)}&after={Number(after)}", cancellationToken)).TryGet(out var response, out var problem) ? response : null;
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
                yield return Unreachable("the stream ended");
                yield break;
            }

            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (name == "journal" && line.StartsWith("data: ", StringComparison.Ordinal))
                yield return Read(Encoding.UTF8.GetBytes(line[6..]), Routes.Stream, ApiJson.Default.EventView);
        }
    }

    /// <param name="offset">In bytes; where <see cref="LogView.Offset"/> of the last answer pointed.</param>
    public Task<Outcome<LogView>> LogAsync(string job, long offset, int maxBytes, CancellationToken cancellationToken) =>
        GetAsync($"{Of(Routes.Log, job)}?offset={Number(offset)}&max={Number(maxBytes)}", ApiJson.Default.LogView, cancellationToken);

    /// <param name="log"><c>container</c> or <c>daemon</c>.</param>
    /// <param name="filter">Only lines with it; null: all.</param>
    public Task<Outcome<LogView>> RentalLogAsync(string job, string log, int tailLines, string? filter, CancellationToken cancellationToken) =>
        GetAsync($"{Of(Routes.RentalLog, job)}?log={Escape(log)}&tail={Number(tailLines)}{(filter is null ? "" : $"&filter={Escape(filter)}")}", ApiJson.Default.LogView, cancellationToken);

    /// <param name="job">Null: all open ones.</param>
    /// <param name="all">Closed jobs too.</param>
    public Task<Outcome<CostView>> CostAsync(string? job, bool all, CancellationToken cancellationToken) =>
        GetAsync($"{Routes.Cost}?all={(all ? "true" : "false")}{(job is null ? "" : $"&job={Escape(job)}")}", ApiJson.Default.CostView, cancellationToken);

    /// <param name="account">Null: all that have jobs.</param>
    /// <param name="latest">As last looked at, without asking the platform.</param>
    public Task<Outcome<ClocksView>> ClocksAsync(string? account, bool latest, CancellationToken cancellationToken) =>
        GetAsync($"{Routes.Clocks}?latest={(latest ? "true" : "false")}{(account is null ? "" : $"&account={Escape(account)}")}", ApiJson.Default.ClocksView, cancellationToken);

    public Task<Outcome<VolumeList>> VolumesAsync(string account, CancellationToken cancellationToken) =>
        GetAsync(OfAccount(Routes.Volumes, account), ApiJson.Default.VolumeList, cancellationToken);

    /// <param name="query">For the GPUs that are to work on it; empty for all.</param>
    /// <param name="anyOffer">Drops the safety filters.</param>
    public Task<Outcome<VolumePlaces>> VolumePlacesAsync(string account, string query, int sizeGb, bool anyOffer, CancellationToken cancellationToken) =>
        GetAsync($"{OfAccount(Routes.VolumePlaces, account)}?query={Escape(query)}&size={Number(sizeGb)}&any={(anyOffer ? "true" : "false")}", ApiJson.Default.VolumePlaces, cancellationToken);

    public Task<Outcome<Volume>> CreateVolumeAsync(string account, VolumeRequest request, CancellationToken cancellationToken) =>
        PostAsync(OfAccount(Routes.Volumes, account), request, ApiJson.Default.VolumeRequest, ApiJson.Default.Volume, cancellationToken);

    public Task<Outcome<VolumeGone>> DeleteVolumeAsync(string account, string volume, VolumeDeleteRequest request, CancellationToken cancellationToken) =>
        PostAsync(OfAccount(Routes.VolumeDelete, account).Replace("{volume}", Escape(volume), StringComparison.Ordinal), request, ApiJson.Default.VolumeDeleteRequest, ApiJson.Default.VolumeGone, cancellationToken);

    public Task<Outcome<SurveyView>> SurveyAsync(string account, CancellationToken cancellationToken) =>
        GetAsync($"{Routes.Survey}?account={Escape(account)}", ApiJson.Default.SurveyView, cancellationToken);

    public Task<Outcome<StorageMap>> StorageAsync(string job, CancellationToken cancellationToken) =>
        GetAsync(Of(Routes.Storage, job), ApiJson.Default.StorageMap, cancellationToken);

    public Task<Outcome<HostClouds>> CloudsAsync(string job, CancellationToken cancellationToken) =>
        GetAsync(Of(Routes.Clouds, job), ApiJson.Default.HostClouds, cancellationToken);

    public Task<Outcome<CloudCopyStatus>> BeginHostCopyAsync(string job, HostCopyRequest request, CancellationToken cancellationToken) =>
        PostAsync(Of(Routes.Clouds, job), request, ApiJson.Default.HostCopyRequest, ApiJson.Default.CloudCopyStatus, cancellationToken);

    public Task<Outcome<CloudCopyStatus>> HostCopyAsync(string job, CancellationToken cancellationToken) =>
        GetAsync(Of(Routes.CloudCopy, job), ApiJson.Default.CloudCopyStatus, cancellationToken);

    /// <summary>Every open job, as last seen.</summary>
    public Task<Outcome<CheckUp[]>> DoctorAsync(CancellationToken cancellationToken) => GetAsync(Routes.Doctor, ApiJson.Default.CheckUpArray, cancellationToken);

    /// <summary>One job, looked at now.</summary>
    public Task<Outcome<CheckUp>> DoctorAsync(string job, CancellationToken cancellationToken) => GetAsync(Of(Routes.JobDoctor, job), ApiJson.Default.CheckUp, cancellationToken);

    public Task<Outcome<RentalView>> RentalAsync(string job, CancellationToken cancellationToken) => GetAsync(Of(Routes.Rental, job), ApiJson.Default.RentalView, cancellationToken);

    public Task<Outcome<GateView[]>> GatesAsync(string job, CancellationToken cancellationToken) =>
        GetAsync(Of(Routes.Gate, job), ApiJson.Default.GateViewArray, cancellationToken);

    public Task<Outcome<JobBudget>> BudgetAsync(string job, CancellationToken cancellationToken) =>
        GetAsync(Of(Routes.Budget, job), ApiJson.Default.JobBudget, cancellationToken);

    public Task<Outcome<JobView>> SetBudgetAsync(string job, BudgetRequest request, CancellationToken cancellationToken) =>
        PostAsync(Of(Routes.Budget, job), request, ApiJson.Default.BudgetRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<BoxView>> BoxAsync(string job, CancellationToken cancellationToken) =>
        GetAsync(Of(Routes.Box, job), ApiJson.Default.BoxView, cancellationToken);

    public Task<Outcome<JobView>> CancelAsync(string job, string by, CancellationToken cancellationToken) =>
        PostAsync(Of(Routes.Cancel, job), new ActRequest(by), ApiJson.Default.ActRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> DrillAsync(string job, string by, CancellationToken cancellationToken) =>
        PostAsync(Of(Routes.Drill, job), new ActRequest(by), ApiJson.Default.ActRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> PullAsync(string job, string by, CancellationToken cancellationToken) => PullAsync(job, new PullRequest(by), cancellationToken);

    public Task<Outcome<JobView>> PullAsync(string job, PullRequest request, CancellationToken cancellationToken) =>
        PostAsync(Of(Routes.Pull, job), request, ApiJson.Default.PullRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> ApproveAsync(string job, ApproveRequest request, CancellationToken cancellationToken) =>
        PostAsync(Of(Routes.Approve, job), request, ApiJson.Default.ApproveRequest, ApiJson.Default.JobView, cancellationToken);

    public Task<Outcome<JobView>> AbandonAsync(string job, AbandonRequest request, CancellationToken cancellationToken) =>
        PostAsync(Of(Routes.Abandon, job), request, ApiJson.Default.AbandonRequest, ApiJson.Default.JobView, cancellationToken);

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
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Code + (project is null ? "" : $"?project={Escape(project)}")) { Content = content };
        // So that whoever may not is told before anything is sent.
        request.Headers.ExpectContinue = true;
        stalled.CancelAfter(StallMax);
        try
        {
            using var response = await transfers.SendAsync(request, stalled.Token);
            var body = await response.Content.ReadAsByteArrayAsync(stalled.Token);
            return response.IsSuccessStatusCode ? Read(body, Routes.Code, ApiJson.Default.CodeView) : ProblemIn(response.StatusCode, body, $"POST {Routes.Code}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unreachable($"it took nothing of the code for {StallMax.TotalSeconds:0} s");
        }
    }

    /// <summary>What a job's receipt vouches for.</summary>
    public Task<Outcome<ResultsView>> ResultsAsync(string job, CancellationToken cancellationToken) => GetAsync(Of(Routes.Results, job), ApiJson.Default.ResultsView, cancellationToken);

    /// <summary>A part of the results, in pieces as they come; whoever got a few can go on after them. Ends with a problem when it was cut off.</summary>
    /// <param name="offset">Into all files of <see cref="ResultsView"/>, one after another.</param>
    public async IAsyncEnumerable<Outcome<ReadOnlyMemory<byte>>> ResultBytesAsync(string job, string receipt, long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stalled.CancelAfter(StallMax);
        var path = $"{Of(Routes.ResultBytes, job)}?receipt={Escape(receipt)}&offset={Number(offset)}&length={Number(length)}";
        using var opened = (await OpenStreamAsync(path, stalled.Token, cancellationToken)).TryGet(out var response, out var problem) ? response : null;
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
                yield return Unreachable("the results were cut off");
                yield break;
            }

            length -= read;
            yield return (ReadOnlyMemory<byte>)buffer.AsMemory(0, read);
        }
    }

    public void Dispose()
    {
        transfers.Dispose();
        http.Dispose();
    }

    private static async ValueTask<Stream> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Outcome<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? Read(body, path, type) : problem;
    }

    private async Task<Outcome<TAnswer>> PostAsync<TRequest, TAnswer>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(request, requestType);
        var answer = await SendAsync(HttpMethod.Post, path, content, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? Read(body, path, answerType) : problem;
    }

    private async Task<Outcome<byte[]>> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.IsSuccessStatusCode ? body : ProblemIn(response.StatusCode, body, $"{method} {path}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unreachable($"no answer within {CallMax.TotalSeconds:0} s");
        }
    }

    private Task<Outcome<HttpResponseMessage>> OpenStreamAsync(string path, CancellationToken cancellationToken) => OpenStreamAsync(path, cancellationToken, cancellationToken);

    /// <param name="bound">Cancelled when it takes too long, or with <paramref name="cancellationToken"/>.</param>
    private async Task<Outcome<HttpResponseMessage>> OpenStreamAsync(string path, CancellationToken bound, CancellationToken cancellationToken)
    {
        try
        {
            var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, bound);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
                return ProblemIn(response.StatusCode, await response.Content.ReadAsByteArrayAsync(bound), $"GET {path}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unreachable($"no answer within {CallMax.TotalSeconds:0} s");
        }
    }

    private static Outcome<T> Read<T>(byte[] body, string path, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) is { } value ? Outcome<T>.Ok(value) : Unreadable(path);
        }
        catch (JsonException)
        {
            return Unreadable(path);
        }
    }

    private Problem ProblemIn(HttpStatusCode status, byte[] body, string call)
    {
        // As one answers that is ending: what it would have said, the next one says.
        if (body.Length == 0 && (int)status >= 500)
            return Unreachable($"it answered {(int)status} and nothing else");
        var what = $"{(int)status} to {call}";
        try
        {
            return JsonSerializer.Deserialize(body, ApiJson.Default.ProblemView)?.Problem ?? Unreadable(what);
        }
        catch (JsonException)
        {
            return Unreadable(what);
        }
    }

    private Problem Unreachable(string why) => new(
        "server-unreachable", $"Lodger's server at {place} does not answer: {why}.", "Look at its log with  lodger server status", ExitCode.ServerUnreachable, MayRetry: true);

    private static Problem Unreadable(string what) => new(
        "server-answer-unreadable", $"Lodger's server answered {what} in a form that this program does not know.", "Restart it:  lodger server stop", ExitCode.ServerUnreachable);

    private static string Of(string route, string job) => route.Replace("{job}", Escape(job), StringComparison.Ordinal);

    private static string OfAccount(string route, string account) => route.Replace("{account}", Escape(account), StringComparison.Ordinal);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
