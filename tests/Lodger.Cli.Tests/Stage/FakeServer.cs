using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Storage;
using Lodger.Engine.Adopt;
using Lodger.Engine.Doctor;
using Lodger.Engine.Durable;
using Lodger.Engine.Jobs;
using Lodger.Engine.Volumes;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Lodger.Cli.Tests.Stage;

/// <summary>Answers on the server's routes over a real Unix socket, with whatever the test says.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly DateTimeOffset started = Samples.Start;

    private FakeServer(WebApplication app) => this.app = app;

    /// <summary>The same over the network, as a server on another machine.</summary>
    public Uri Address => new(app.Urls.First(u => u.StartsWith("http://127", StringComparison.Ordinal)));

    /// <summary>What requests over the network showed.</summary>
    public ConcurrentQueue<string> Shown { get; } = [];

    public string Build { get; set; } = TestStage.Build;

    public ConcurrentDictionary<string, JobView> Jobs { get; } = new(StringComparer.Ordinal);

    public List<JournalEntry> Journal { get; } = [];

    public List<WebhookView> Hooks { get; } = [];

    public TokenRequest? TokenAsked { get; private set; }

    public string NewToken { get; set; } = "lodger_aaaaaaaaaa_0000";

    public List<DoorView> Doors { get; } = [];

    public List<AuditView> Audit { get; } = [];

    public GateView Gate { get; set; } = Samples.Gate;

    public List<GateView> OtherGates { get; } = [];

    public PlanView Plan { get; set; } = Samples.Plan;

    public PlanRequest? Planned { get; private set; }

    public SurveyView Survey { get; set; } = new("local marketplace", new AccountSurvey(0, 0, [], []), null);

    public Problem? SurveyProblem { get; set; }

    public VolumeList Volumes { get; set; } = new("local marketplace", [], [], null);

    public VolumePlaces Places { get; set; } = new("local marketplace", 50, []);

    /// <summary>What a request for a volume makes.</summary>
    public Volume? MadeVolume { get; set; }

    public VolumeRequest? VolumeRequested { get; private set; }

    public VolumeDeleteRequest? VolumeDeleted { get; private set; }

    public HostClouds? Clouds { get; set; }

    public HostCopyRequest? HostCopied { get; private set; }

    /// <summary>What is told of a copy by a host; the last one stays.</summary>
    public Queue<CloudCopyStatus> HostCopyTold { get; } = [];

    public List<CheckUp> CheckUps { get; } = [];

    public RentalView? Rental { get; set; }

    public BoxView? Box { get; set; }

    public StorageMap? Storage { get; set; }

    public ClocksView Clocks { get; set; } = new([], false, TimeSpan.FromHours(24), null);

    public JobBudget Budget { get; set; } = new("resnet", 6, 2.5m, 1.5m, false);

    public BudgetRequest? BudgetAsked { get; private set; }

    /// <summary>What comes of a command that is handed over, which is then added to <see cref="HandedOver"/>; null: it is refused.</summary>
    public string? Carried { get; set; }

    public ConcurrentQueue<string> HandedOver { get; } = [];

    public CostView Cost { get; set; } = new([Samples.Cost], []);

    public Problem? PlanProblem { get; set; }

    /// <summary>What the last approve brought; null when there was none.</summary>
    public ApproveRequest? Approved { get; private set; }

    public AbandonRequest? Abandoned { get; private set; }

    public SubmitRequest? Submitted { get; private set; }

    /// <summary>What is seen of a rental that somebody else made, by the paths that are asked about.</summary>
    public Func<IReadOnlyList<string>, RentalLook>? Look { get; set; }

    public AdoptRequest? Adopted { get; private set; }

    /// <summary>Whether the rental refuses Lodger's ssh key until somebody agreed that it is let in.</summary>
    public bool NeedsKey { get; set; }

    public bool Released { get; private set; }

    /// <summary>Everything that was submitted, in order.</summary>
    public ConcurrentQueue<SubmitRequest> AllSubmitted { get; } = [];

    /// <summary>Names in the code that was handed over.</summary>
    public IReadOnlyList<string> CodeFiles { get; private set; } = [];

    public string? CodeProject { get; private set; }

    /// <summary>What is said of the code that came; null: the truth.</summary>
    public string? CodeHash { get; set; }

    /// <summary>What is said to the next that hand over code instead of taking it.</summary>
    public ConcurrentQueue<Problem> CodeProblems { get; } = [];

    /// <summary>Results of every job; each file by its path.</summary>
    public IReadOnlyList<(string Path, string Text)> Bundle { get; set; } = [];

    /// <summary>What the receipt vouches for; null: the bundle.</summary>
    public IReadOnlyList<(string Path, string Text)>? Vouched { get; set; }

    /// <summary>How large every file of the results is said to be; null: the truth.</summary>
    public long? ListedBytes { get; set; }

    /// <summary>So many bytes more than was asked for are sent.</summary>
    public int Surplus { get; set; }

    /// <summary>An answer with results ends after so many bytes; 0: none does.</summary>
    public int CutAfter { get; set; }

    /// <summary>Results are sent with other bytes than they were listed with.</summary>
    public bool Damage { get; set; }

    /// <summary>What is said to the next submissions instead of taking them.</summary>
    public Queue<Problem> SubmitProblems { get; } = [];

    /// <summary>What a submission becomes; null: <see cref="AfterSubmit"/>.</summary>
    public Func<SubmitRequest, JobView>? OnSubmit { get; set; }

    public bool Cancelled { get; private set; }

    /// <summary>What a job becomes once its destroy was approved or its data given up.</summary>
    public Func<JobView, JobView> AfterYes { get; set; } = _ => Samples.Closed;

    /// <summary>What a job becomes right after its gate was looked at.</summary>
    public Func<JobView, JobView> AfterGate { get; set; } = j => j;

    /// <summary>What a job becomes once it was cancelled.</summary>
    public Func<JobView, JobView> AfterCancel { get; set; } = _ => Samples.Home;

    /// <summary>What a submitted job is at once.</summary>
    public JobView AfterSubmit { get; set; } = Samples.Home;

    public static async Task<FakeServer> StartAsync(string socket, params JobView[] jobs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.ListenUnixSocket(socket);
            k.Listen(System.Net.IPAddress.Loopback, 0);
        });
        builder.Services.AddRouting();
        var fake = new FakeServer(builder.Build());
        foreach (var job in jobs)
            fake.Jobs[job.Name] = job;
        fake.Map();
        await fake.app.StartAsync();
        return fake;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private void Map()
    {
        app.Use((http, next) =>
        {
            if (http.Connection.RemoteIpAddress is not null)
                Shown.Enqueue(http.Request.Headers.Authorization.ToString());
            return next(http);
        });
        app.UseRouting();
        app.MapGet(Routes.Session, () => Results.Json(new SessionView("token:ci", [Server.Access.Scope.Read, Server.Access.Scope.Approve], null, "vision"), ApiJson.Default.SessionView));
        app.MapGet(Routes.Server, () => Results.Json(new ServerView(Environment.ProcessId, Build, started, "/state", Jobs.Count), ApiJson.Default.ServerView));
        app.MapGet(Routes.Tokens, () => Results.Json([TokenOf(TokenAsked!)], ApiJson.Default.TokenViewArray));
        app.MapPost(Routes.Tokens, async (HttpContext http) =>
        {
            TokenAsked = await http.Request.ReadFromJsonAsync(ApiJson.Default.TokenRequest);
            return Results.Json(new NewTokenView(NewToken, TokenOf(TokenAsked!)), ApiJson.Default.NewTokenView);
        });
        app.MapDelete(Routes.Token, (string token) => Results.Json(TokenOf(TokenAsked! with { Name = token }), ApiJson.Default.TokenView));
        app.MapGet(Routes.Audit, (int? max) => Results.Json([.. Audit.TakeLast(max ?? 0)], ApiJson.Default.AuditViewArray));
        app.MapGet(Routes.Doors, () => Results.Json([.. Doors], ApiJson.Default.DoorViewArray));
        app.MapPost(Routes.Doors, async (HttpContext http) =>
        {
            var wish = await http.Request.ReadFromJsonAsync(ApiJson.Default.DoorRequest);
            Doors.Add(new DoorView(wish!.Listen, new Uri($"http://{wish.Listen}/"), wish.BehindProxy, null));
            return Results.Json(Doors[^1], ApiJson.Default.DoorView);
        });
        app.MapDelete(Routes.Doors, () =>
        {
            Doors.Clear();
            return Results.NoContent();
        });
        app.MapGet(Routes.Jobs, (bool? all) => Results.Json([.. Jobs.Values.Where(j => all is true || j.Phase != JobPhase.Closed).OrderBy(j => j.Name)], ApiJson.Default.JobViewArray));
        app.MapPost(Routes.Command, async (HttpContext http) =>
        {
            using var reader = new StreamReader(http.Request.Body);
            HandedOver.Enqueue(await reader.ReadToEndAsync());
            return Carried is { } said ? Results.Text(said) : Results.StatusCode(409);
        });
        app.MapGet(Routes.JobList, (bool? all) => Results.Json([.. Jobs.Values.Where(j => all is true || j.Phase != JobPhase.Closed).OrderBy(j => j.Name).Select(Line)], ApiJson.Default.JobLineArray));
        app.MapGet(Routes.Job, (string job) => Found(job, j => Results.Json(j, ApiJson.Default.JobView)));
        app.MapGet(Routes.Events, (string job, long? after) => Found(job, _ => Results.Json([.. Journal.Where(e => e.Sequence > (after ?? 0))], ApiJson.Default.JournalEntryArray)));
        app.MapGet(Routes.Gate, (string job) =>
        {
            _ = Becomes(job, AfterGate);
            return Found(job, _ => Results.Json([Gate, .. OtherGates], ApiJson.Default.GateViewArray));
        });
        app.MapGet(Routes.Clocks, () => Results.Json(Clocks, ApiJson.Default.ClocksView));
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
        app.MapGet(Routes.Clouds, (string job) => Found(job, _ => Results.Json(Clouds, ApiJson.Default.HostClouds)));
        app.MapPost(Routes.Clouds, async (string job, HttpContext http) =>
        {
            HostCopied = await http.Request.ReadFromJsonAsync(ApiJson.Default.HostCopyRequest);
            return Results.Json(new CloudCopyStatus(CloudCopyState.Running, "begun"), ApiJson.Default.CloudCopyStatus);
        });
        app.MapGet(Routes.CloudCopy, (string job) => Results.Json(HostCopyTold.Count > 1 ? HostCopyTold.Dequeue() : HostCopyTold.Peek(), ApiJson.Default.CloudCopyStatus));
        app.MapGet(Routes.Storage, (string job) => Found(job, _ => Results.Json(Storage, ApiJson.Default.StorageMap)));
        app.MapGet(Routes.Budget, (string job) => Found(job, _ => Results.Json(Budget, ApiJson.Default.JobBudget)));
        app.MapPost(Routes.Budget, async (string job, HttpContext http) =>
        {
            BudgetAsked = await http.Request.ReadFromJsonAsync(ApiJson.Default.BudgetRequest);
            Budget = Budget with { BudgetUsd = BudgetAsked!.Usd, IsReached = false };
            return Found(job, j => Results.Json(j, ApiJson.Default.JobView));
        });
        app.MapGet(Routes.Cost, () => Results.Json(Cost, ApiJson.Default.CostView));
        app.MapGet(Routes.Doctor, () => Results.Json([.. CheckUps], ApiJson.Default.CheckUpArray));
        app.MapGet(Routes.JobDoctor, (string job) => Found(job, j => Results.Json(CheckUps.Single(c => c.Job == j.Name), ApiJson.Default.CheckUp)));
        app.MapGet(Routes.Rental, (string job) => Found(job, _ => Results.Json(Rental, ApiJson.Default.RentalView)));
        app.MapGet(Routes.Box, (string job) => Found(job, _ => Results.Json(Box, ApiJson.Default.BoxView)));
        app.MapGet(Routes.RentalLog, (string job, string? log, int? tail, string? filter) => Found(job, _ => Results.Json(new LogView($"{log} {tail} {filter}\n", 1), ApiJson.Default.LogView)));
        app.MapGet(Routes.Log, (string job, long? offset) => Found(job, _ => Results.Json(offset is > 0 ? new LogView("", offset.Value) : new LogView("step 1\n\u001b[31mred\u001b[0m\n", 17), ApiJson.Default.LogView)));
        app.MapGet(Routes.Webhooks, () => Results.Json([.. Hooks], ApiJson.Default.WebhookViewArray));
        app.MapPost(Routes.Webhook, async (string account, HttpContext http) =>
        {
            var wish = await http.Request.ReadFromJsonAsync(ApiJson.Default.WebhookRequest);
            Hooks.Add(Samples.Hook with { Account = account, Address = wish!.Address, Listen = wish.Listen });
            return Results.Json(Hooks[^1], ApiJson.Default.WebhookView);
        });
        app.MapDelete(Routes.Webhook, (string account) => Results.Json(Hooks.Single(h => h.Account == account), ApiJson.Default.WebhookView));
        app.MapPost(Routes.Plan, async (HttpContext http) =>
        {
            Planned = await http.Request.ReadFromJsonAsync(ApiJson.Default.PlanRequest);
            return PlanProblem is { } problem ? Refused(problem) : Results.Json(Plan, ApiJson.Default.PlanView);
        });
        app.MapPost(Routes.Jobs, async (HttpContext http) =>
        {
            Submitted = await http.Request.ReadFromJsonAsync(ApiJson.Default.SubmitRequest);
            AllSubmitted.Enqueue(Submitted!);
            if (SubmitProblems.TryDequeue(out var refused))
                return Refused(refused);
            var made = OnSubmit?.Invoke(Submitted!) ?? AfterSubmit;
            return Results.Json(Jobs[made.Name] = made, ApiJson.Default.JobView);
        });
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
        app.MapPost(Routes.Code, async (HttpContext http, string? project) =>
        {
            if (CodeProblems.TryDequeue(out var refused))
                return Refused(refused);
            var archive = new MemoryStream();
            await http.Request.Body.CopyToAsync(archive);
            archive.Position = 0;
            using var tar = new TarReader(archive, leaveOpen: true);
            var names = new List<string>();
            while (await tar.GetNextEntryAsync() is { } entry)
                names.Add(entry.Name);
            (CodeFiles, CodeProject) = (names, project);
            return Results.Json(new CodeView("c0de", CodeHash ?? Convert.ToHexStringLower(SHA256.HashData(archive.ToArray())), names.Count, 9), ApiJson.Default.CodeView);
        });
        app.MapGet(Routes.Results, async (string job) =>
        {
            var (id, files) = await WholeAsync();
            return Found(job, j => Results.Json(new ResultsView(j.Name, id, "/srv/results", [.. files.Select(f => new ResultFile(f.Path, ListedBytes ?? f.Text.Length, HashOf(f.Text)))]), ApiJson.Default.ResultsView));
        });
        app.MapGet(Routes.ResultBytes, async (HttpContext http, long offset, long length) =>
        {
            byte[] bytes = [.. Encoding.UTF8.GetBytes(string.Concat((await WholeAsync()).Files.Select(f => f.Text)))[(int)offset..(int)(offset + length)], .. new byte[Surplus]];
            if (Damage)
                bytes[0] ^= 1;
            http.Response.ContentLength = bytes.Length;
            await http.Response.Body.WriteAsync(CutAfter > 0 ? bytes.AsMemory(0, Math.Min(CutAfter, bytes.Length)) : bytes);
            if (CutAfter > 0 && bytes.Length > CutAfter)
                http.Abort();
        });
        app.MapPost(Routes.Cancel, (string job) =>
        {
            Cancelled = true;
            return Becomes(job, AfterCancel);
        });
        app.MapPost(Routes.Approve, async (string job, HttpContext http) =>
        {
            Approved = await http.Request.ReadFromJsonAsync(ApiJson.Default.ApproveRequest);
            return Becomes(job, AfterYes);
        });
        app.MapPost(Routes.Abandon, async (string job, HttpContext http) =>
        {
            Abandoned = await http.Request.ReadFromJsonAsync(ApiJson.Default.AbandonRequest);
            return Becomes(job, AfterYes);
        });
        app.UseEndpoints(_ => { });
    }

    private static TokenView TokenOf(TokenRequest asked) => new(asked.Name, "aaaaaaaaaa", asked.Scopes, asked.Project, Samples.Start, asked.By, null, null, null, true);

    /// <summary>The bundle with a manifest and a receipt that vouch for it; with ones that vouch for nothing when its names are none.</summary>
    private async Task<(string Id, IReadOnlyList<(string Path, string Text)> Files)> WholeAsync()
    {
        var vouched = Vouched ?? Bundle;
        var entries = vouched.Select(f => ManifestFile.Of(f.Path, f.Text.Length, HashOf(f.Text)));
        if (Manifest.Create(started, "/workspace/resnet", entries).Manifest is not { } manifest)
            return (new string('a', 64), [.. Bundle, (BundleLayout.ManifestPath, "m"), (BundleLayout.ReceiptPath, "{}")]);
        var directory = Directory.CreateTempSubdirectory("lodger-bundle-").FullName;
        try
        {
            foreach (var (path, text) in vouched)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(directory, path))!);
                await File.WriteAllTextAsync(Path.Combine(directory, path), text);
            }

            Directory.CreateDirectory(Path.Combine(directory, BundleLayout.OwnDirectory));
            manifest.WriteFile(Path.Combine(directory, BundleLayout.ManifestPath));
            var receipt = Receipt.Create(new ReceiptSubject("resnet", 1, "41200871"), await BundleVerifier.VerifyAsync(directory, manifest), started, "test").Receipt!;
            receipt.Write(Path.Combine(directory, BundleLayout.ReceiptPath));
            string[] own = [BundleLayout.ManifestPath, BundleLayout.ReceiptPath];
            return (receipt.Id, [.. Bundle, .. own.Select(p => (p, File.ReadAllText(Path.Combine(directory, p))))]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static JobLine Line(JobView job) => new()
    {
        Id = job.Id,
        Name = job.Name,
        Project = job.Project,
        Phase = job.Phase,
        Outcome = job.Outcome,
        Market = job.Market,
        RentalId = job.RentalId,
        RentalStatus = job.RentalStatus,
        Fraction = job.Progress?.Fraction,
        Meter = job.Meter,
        Findings = job.Phase == JobPhase.Closed ? null : [.. job.Doctor.Where(f => f.Severity > Domain.Doctor.Severity.Note)],
    };

    private JobView? Find(string job) => Jobs.Values.FirstOrDefault(j => j.Name == job || j.Id == job);

    private IResult Found(string job, Func<JobView, IResult> answer) =>
        Find(job) is { } found ? answer(found) : Refused(new Problem("job-not-found", $"There is no job named '{job}'.", "lodger ps --all", ExitCode.NotFound));

    private IResult Becomes(string job, Func<JobView, JobView> change) => Found(job, j => Results.Json(Jobs[j.Name] = change(j), ApiJson.Default.JobView));

    private static IResult Refused(Problem problem) => Results.Json(new ProblemView(problem), ApiJson.Default.ProblemView, statusCode: 400);
}
