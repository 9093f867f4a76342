using System.Collections.Concurrent;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Storage;
using Lodger.Engine.Doctor;
using Lodger.Engine.Durable;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Lodger.Cli.Tests.Stage;

/// <summary>Answers on the server's routes over a real Unix socket, with whatever the test says.</summary>
internal sealed partial class FakeServer : IAsyncDisposable
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

    public GateView Gate { get; set; } = Samples.Gate;

    public List<GateView> OtherGates { get; } = [];

    public PlanView Plan { get; set; } = Samples.Plan;

    public PlanRequest? Planned { get; private set; }

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

    /// <summary>What the job's command said, in ASCII.</summary>
    public string Log { get; set; } = "step 1\n\u001b[31mred\u001b[0m\n";

    /// <summary>From where it was read, each time.</summary>
    public ConcurrentQueue<long> LogsRead { get; } = [];

    public Problem? PlanProblem { get; set; }

    /// <summary>What the last approve brought; null when there was none.</summary>
    public ApproveRequest? Approved { get; private set; }

    public AbandonRequest? Abandoned { get; private set; }

    public SubmitRequest? Submitted { get; private set; }

    /// <summary>Everything that was submitted, in order.</summary>
    public ConcurrentQueue<SubmitRequest> AllSubmitted { get; } = [];

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
        MapAccess();
        MapAccount();
        MapResults();
        app.MapGet(Routes.Server, () => Results.Json(new ServerView(Environment.ProcessId, Build, started, "/state", Jobs.Count), ApiJson.Default.ServerView));
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
        app.MapGet(Routes.Log, (string job, long? offset, int? max) => Found(job, _ =>
        {
            LogsRead.Enqueue(offset ?? 0);
            var from = (int)Math.Min(offset ?? 0, Log.Length);
            var text = Log[from..Math.Min(Log.Length, from + (max ?? Log.Length))];
            return Results.Json(new LogView(text, from + text.Length), ApiJson.Default.LogView);
        }));
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
