using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Lodger.Marketplace.Access;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Clock;
using Lodger.Marketplace.Cloud;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Control;
using Lodger.Marketplace.Copying;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Metrics;
using Lodger.Marketplace.Push;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Schedule;
using Lodger.Marketplace.Store;
using Lodger.Marketplace.Tenants;
using Lodger.Marketplace.Volumes;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Lodger.Marketplace;

/// <summary>A vast.ai-compatible marketplace on this machine's loopback.</summary>
public static class MarketplaceServer
{
    private static readonly TimeSpan StepEvery = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ParentCheckEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(1);
    private const int ThreadsAtOnce = 100;
    private static readonly TimeSpan ShutDownBound = TimeSpan.FromSeconds(60);

    /// <summary>Serves until cancelled or until the parent process is gone, then kills every sandbox. Contracts survive in the state directory.</summary>
    public static async Task<MarketplaceExit> RunAsync(MarketplaceOptions options, CancellationToken cancellationToken)
    {
        // Whoever reads what a process writes holds a thread while it says nothing: each sandbox, and each copy several. The pool adds threads one by one, seconds apart.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, ThreadsAtOnce), ports);
        Directory.CreateDirectory(options.StateDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var directory = Path.GetFullPath(options.StateDirectory);

        using var held = TryLock(directory);
        if (held is null) return new MarketplaceExit(1, [$"Another marketplace runs in {directory}: stop it, or name another directory with --state."]);

        var host = options.SandboxHost();
        var missing = await host.FindMissingAsync(cancellationToken);
        if (missing.Count > 0) return new MarketplaceExit(1, missing);

        var instances = Path.Combine(directory, "instances");
        Directory.CreateDirectory(instances);
        foreach (var place in (string[])["instances", "volumes", "hosts"])
            await host.SweepLeftoversAsync(Path.Combine(directory, place), cancellationToken);
        MarketFile.Delete(directory);

        var (journal, content) = Journal.Open(directory, () => new JournalHeader(NewSecret(), options.Seed, FirstDay(options.Time.GetUtcNow())));
        using (journal)
        {
            if (content.Header.Seed != options.Seed)
                return new MarketplaceExit(1, [$"{directory} holds the market of seed {content.Header.Seed}: use --seed {content.Header.Seed}, or another directory with --state."]);
            return await ServeAsync(options, directory, instances, host, journal, content, cancellationToken);
        }
    }

    private static async Task<MarketplaceExit> ServeAsync(
        MarketplaceOptions options, string directory, string instances, ISandboxHost host, Journal journal, JournalContent content, CancellationToken cancellationToken)
    {
        var realNow = options.Time.GetUtcNow();
        // Time that stands still also does so between one marketplace and the next.
        var marketStart = content.LastBeat is { } beat && (beat > realNow || options.Speed == 0) ? beat : realNow;
        var clock = new MarketClock(options.Time, options.Speed, marketStart);
        var machines = SeededCatalog.Machines(options.Seed, options.MachinesTimes);
        var book = new Book(journal, content, machines, SeededCatalog.Offers(options.Seed, machines), options.Seed);
        var first = content.Accounts.Count > 0 ? content.Accounts[0] : OpenAccount(new NewAccount(options.OpeningBalanceUsd));
        var listedSince = content.Header.ListedSince;

        string? url = null;
        var volumes = Path.Combine(directory, "volumes");
        var ports = new BoxPorts(options.ForwardTraffic, options.ProxyBytesPerSecond, options.Time);
        var specs = new SpecMaker(instances, volumes, book.Volumes, () => url ?? "");
        var settings = new LifeSettings(options.ProvisioningTime, options.ImagePullFactor, options.Time);
        var moment = new Moment(clock);
        var boxes = new Boxes(book, ports, specs);
        var passage = new Passage(book, boxes, moment);
        using var boots = new Boots(book, boxes, passage, moment, host, ports, settings);
        var bidding = new Bidding(book, boxes, passage, boots, moment, settings);
        var life = new Lifecycle(book, boxes, passage, boots, bidding, moment);
        var solvency = new Solvency(book, passage, moment, options.Time, options.EmptyBalanceGrace);
        var demand = new Demand(book, options.Tenants, options.Seed, listedSince);
        var timeline = new Timeline(book, clock, moment, life, solvency, demand);
        boots.CatchUp = timeline.CatchUp;
        var faults = new FaultPlan();
        var pushFaults = new PushFaults();
        await using var deliveries = new Deliveries(book, clock, options.Time, pushFaults, options.WebhookRetryAfter, options.WebhookAnswerBound, NewSecret);
        var announcer = new Announcer(book, deliveries);
        using var jobs = new JobRunner(book, clock, () => url);
        var history = new MarketHistory(book, clock);
        timeline.OnCaughtUp = StepOthers;
        var rentals = new Rentals(book, life, faults, clock, options.Time, listedSince, NewSecret);
        var control = new ControlApi(book, timeline, content.Header.ControlToken);
        var clockControl = new ClockControl(book, clock, timeline, life, () => journal.AppendBeat(clock.GetUtcNow(), book.Alive));

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        await using var app = builder.Build();
        app.UseRouting();
        app.Use((http, next) =>
        {
            // The market's clock is not the caller's: clients that ask for charges or contract ends need to know which day it is here.
            http.Response.Headers["X-Market-Time"] = OfferFacts.Seconds(clock.GetUtcNow()).ToString("0.000", CultureInfo.InvariantCulture);
            http.Response.Headers["X-Market-Scale"] = clock.Speed.ToString(CultureInfo.InvariantCulture);
            return next(http);
        });

        var audit = new AuditLog();
        var api = new Api(book, new RateLimits(options.RateLimitScale, options.Time), faults, audit, clock, timeline.CatchUp);
        var instancesApi = new InstancesApi(book, rentals, life, clock, options.DestroyLinger);
        var results = new ResultsApi(book, life, host, options.ResultDelay, NewSecret);
        api.Map(app, new OffersApi(book, clock, listedSince).Endpoints());
        api.Map(app, instancesApi.Endpoints());
        api.Map(app, new InstanceListApi(book, instancesApi, clock, options.Time, options.DestroyLinger).Endpoints());
        api.Map(app, new KeysApi(book, life, host, clock).Endpoints());
        api.Map(app, results.Endpoints());
        api.Map(app, new MoneyApi(book, life, clock).Endpoints());
        api.Map(app, new InvoicesApi(book, life, clock).Endpoints());
        api.Map(app, new UsersApi(book, life, clock, OpenAccount).Endpoints());
        api.Map(app, new ApiKeysApi(book, clock, NewSecret).Endpoints());
        api.Map(app, new SecretsApi(book).Endpoints());
        api.Map(app, new AuditApi(audit).Endpoints());
        api.Map(app, new TemplatesApi(book, clock).Endpoints());
        api.Map(app, new ScheduledJobsApi(book, clock).Endpoints());
        api.Map(app, new NotificationsApi(book).Endpoints());
        api.Map(app, new WebhooksApi(book, deliveries, clock, NewSecret).Endpoints());
        var gpus = new GpuMetricsApi(book, history, clock);
        api.Map(app, gpus.Endpoints());
        gpus.MapNames(app);
        api.Map(app, new HostsApi().Endpoints());
        api.Map(app, new BidsApi(book, life, clock, options.FixedBids).Endpoints());
        api.Map(app, new VolumesApi(book, host, volumes, clock, listedSince).Endpoints());
        await using var doors = new HostDoors(book, life, host, Path.Combine(directory, "hosts"));
        await using var copies = new Copies(book);
        var clouds = new CloudApi(book, life, host, copies);
        api.Map(app, clouds.Endpoints());
        api.Map(app, new CopyApi(book, life, host, doors, copies, clouds, volumes).Endpoints());
        new DiskControl(book, life, host, content.Header.ControlToken).Map(app);
        results.MapResults(app);
        control.Map(app, clockControl.Routes());
        control.Map(app, "clock/advance", clockControl.AdvanceAsync);
        control.Map(app, new StatusControl(book, life, faults, clock, options).Routes());
        control.Map(app, new AccountControl(book, life, solvency, clock, balance => OpenAccount(new NewAccount(balance))).Routes());
        control.Map(app, new HostControl(book, life, clock).Routes());
        var instanceControl = new InstanceControl(book, life, clock, options.Time);
        control.Map(app, instanceControl.Routes());
        control.Map(app, "instances/{id:long}/outbid_in_write", new WriteControl(book, life, instanceControl, control).OutbidAsync);
        control.Map(app, new SymptomControl(book, life, host).Routes());
        control.Map(app, new FaultControl(faults, pushFaults).Routes());
        app.MapFallback(http => Api.SendAsync(http, Reply.Error(404, "not_found", $"{http.Request.Method} {http.Request.Path} is not served by this market")));
        app.UseEndpoints(_ => { });

        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            return new MarketplaceExit(1, [$"Port {options.Port} cannot be listened on ({e.Message}): name another with --port, or 0 for a free one."]);
        }

        url = app.Urls.First();
        await DeleteOldDisksAsync(book, life, specs, instances);
        await VolumesApi.DeleteOldDisksAsync(book, host, volumes);
        lock (book.Lock)
        {
            book.Volumes.Resume(clock.GetUtcNow());
            foreach (var contract in book.Alive) life.Resume(contract);
            demand.Begin(clock.GetUtcNow(), life);
            foreach (var machine in machines) life.Settle(machine.Id);
            deliveries.Resume();
        }

        var access = new MarketAccess(url, first.ApiKey, content.Header.ControlToken, Environment.ProcessId);
        MarketFile.Write(directory, access);
        options.OnReady?.Invoke(access);

        try
        {
            await BeatUntilEndAsync(options, book, timeline, clock, journal, cancellationToken);
        }
        finally
        {
            MarketFile.Delete(directory);
            await TakeAllAsync(
                () => StopServingAsync(app),
                () => copies.DisposeAsync().AsTask(),
                () => doors.DisposeAsync().AsTask(),
                () => life.ShutDownAsync(ShutDownBound),
                () => host is IAsyncDisposable disposable ? disposable.DisposeAsync().AsTask() : Task.CompletedTask,
                () =>
                {
                    BeatLast();
                    return Task.CompletedTask;
                });
        }

        return new MarketplaceExit(0, []);

        Account OpenAccount(NewAccount wanted)
        {
            var id = 7001L + book.Accounts.Count;
            var now = clock.GetUtcNow();
            var account = new Account
            {
                Id = id,
                ApiKey = NewSecret(),
                Email = wanted.Email ?? $"tenant{id}@market.local",
                Username = wanted.Username,
                ParentId = wanted.ParentId,
                CreatedAt = now,
                PaidInUsd = wanted.BalanceUsd,
            };
            if (wanted.BalanceUsd > 0) account.Payments.Add(new Payment(book.NextKeyId(), now, wanted.BalanceUsd, "Opening balance"));
            book.Save(account);
            return account;
        }

        void BeatLast()
        {
            lock (book.Lock)
            {
                book.Volumes.MeterTo(clock.GetUtcNow(), book.OfflineMachines);
                foreach (var contract in book.Alive) life.MeterTo(contract, clock.GetUtcNow());
                journal.AppendBeat(clock.GetUtcNow(), book.Alive);
            }
        }

        void StepOthers()
        {
            history.Step();
            announcer.Step();
            jobs.Step();
        }
    }

    /// <summary>Steps the market until cancellation or the parent's end.</summary>
    private static async Task BeatUntilEndAsync(MarketplaceOptions options, Book book, Timeline timeline, MarketClock clock, Journal journal, CancellationToken cancellationToken)
    {
        var parent = options.ParentPid is { } pid ? ProcessIdentity.Of(pid) : null;
        var (lastBeat, lastParentCheck) = (options.Time.GetTimestamp(), options.Time.GetTimestamp());
        using var timer = new PeriodicTimer(StepEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                lock (book.Lock)
                {
                    timeline.CatchUp();
                    if ((book.Alive.Count > 0 || book.Volumes.Alive.Any()) && options.Time.GetElapsedTime(lastBeat) >= BeatEvery)
                    {
                        lastBeat = options.Time.GetTimestamp();
                        journal.AppendBeat(clock.GetUtcNow(), book.Alive);
                    }
                }

                if (options.ParentPid is null || options.Time.GetElapsedTime(lastParentCheck) < ParentCheckEvery) continue;
                lastParentCheck = options.Time.GetTimestamp();
                if (parent is not { IsAlive: true }) return;
            }
        }
        catch (OperationCanceledException)
        {
            // The way it is asked to end.
        }
    }

    /// <summary>Disks of contracts that ended while the marketplace could not delete them.</summary>
    private static async Task DeleteOldDisksAsync(Book book, Lifecycle life, SpecMaker specs, string instances)
    {
        List<SandboxSpec> ended;
        lock (book.Lock)
            ended = [.. book.Contracts.Where(c => !c.IsAlive && Directory.Exists(Path.Combine(instances, $"{c.Id}")))
                .Select(c => specs.Make(c, book.Machines[c.MachineId], new Dictionary<int, int>(), new Dictionary<int, int>()))];
        foreach (var spec in ended) await life.DeleteDiskAsync(spec);
    }

    private static DateTimeOffset FirstDay(DateTimeOffset now) => new(now.UtcDateTime.Date, TimeSpan.Zero);

    /// <summary>Lets calls in progress end for a moment, then cuts them.</summary>
    private static async Task StopServingAsync(WebApplication app)
    {
        using var patience = new CancellationTokenSource(CallPatience);
        try
        {
            await app.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Cut, as said.
        }
    }

    /// <summary>Takes every step, also after one that failed; what failed is thrown in the end.</summary>
    private static async Task TakeAllAsync(params Func<Task>[] steps)
    {
        List<Exception> failures = [];
        foreach (var step in steps)
        {
            try
            {
                await step();
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0) throw new AggregateException(failures);
    }

    private static FileStream? TryLock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}
