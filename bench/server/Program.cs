using System.Diagnostics;
using System.Globalization;
using Lodger.Bench.Server;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

// server [JOBS [MINUTES]]: so many jobs submitted over the interface at a thousand a minute, then so many minutes of preemptions with a browser open; then the commands. Simulated rentals of a real marketplace.
// list [JOBS]: how long lodger ps takes with so many jobs that run, over a market and machines that answer at once.
// serve ...: what it starts itself. The machines are rented in haste; then another server takes over, which keeps the platform's pace, and is the one that is measured.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["serve", var state, var url, var key, var dashboard, var pace])
    return await Served.RunAsync(state, new Uri(url), key, dashboard, hurried: pace == Stage.Hurried);

if (args is ["list", .. var many])
{
    await JobList.RunAsync(many.Length > 0 ? int.Parse(many[0]) : 10_000);
    return 0;
}

const int PerMinute = 1000;
const int OutbidPerMinute = 20;
var jobs = args.Length > 0 ? int.Parse(args[0]) : 10_000;
var minutes = args.Length > 1 ? int.Parse(args[1]) : 10;
await using var stage = await Stage.StartAsync(jobs);
await Task.Delay(TimeSpan.FromSeconds(5));
var (empty, _) = stage.Weigh();
Say($"an empty server: {empty >> 20} MiB resident");

// What was asked for is due at its time, whether or not the one before was answered.
var begun = Stopwatch.GetTimestamp();
List<Task<(string Id, TimeSpan Took)>> submitted = [];
using var few = new SemaphoreSlim(8);
for (var i = 0; i < jobs; i++)
{
    var due = TimeSpan.FromMinutes((double)i / PerMinute) - Stopwatch.GetElapsedTime(begun);
    if (due > TimeSpan.Zero)
        await Task.Delay(due);
    await few.WaitAsync();
    submitted.Add(SubmitAsync(i));
    if (i % PerMinute == PerMinute - 1)
        Say($"{i + 1} submitted after {Stopwatch.GetElapsedTime(begun).TotalMinutes:0.00} minutes, {stage.Weigh().ResidentBytes >> 20} MiB");
}

var ids = await Task.WhenAll(submitted);
var took = Stopwatch.GetElapsedTime(begun);
Say($"submissions: {jobs} in {took.TotalMinutes:0.00} minutes, {jobs / took.TotalMinutes:0} a minute, none refused; answered after {Milliseconds(ids.Select(s => s.Took))}");
for (var running = -1; running < jobs;)
{
    await Task.Delay(TimeSpan.FromSeconds(5));
    var all = (await stage.Client.JobsAsync(all: true, CancellationToken.None)).Value;
    running = all.Count(j => j.Phase == JobPhase.Running);
    if (all.FirstOrDefault(j => j.Phase == JobPhase.Closed) is { } closed)
        throw new InvalidOperationException($"{closed.Name} ended: {closed.Problem?.Message}");
    Say($"{running} run after {Stopwatch.GetElapsedTime(begun).TotalMinutes:0.0} minutes");
}

Weigh("after they were submitted and sent out");
var gone = Stopwatch.GetTimestamp();
await stage.RestartAsync();
Say($"another server in its place: its interface answers {Stopwatch.GetElapsedTime(gone).TotalSeconds:0.0} s after the first was told to end, with {(await stage.Client.JobsAsync(all: true, CancellationToken.None)).Value.Length} jobs");
await Task.Delay(TimeSpan.FromMinutes(1));
Weigh("a minute after the restart");

var calls = await stage.CallsAsync();
await IdleAsync("nothing happens", TimeSpan.FromMinutes(2), null);

foreach (var command in (string[][])[["ps"], ["ps", "--json"], ["--version"]])
{
    List<TimeSpan> ran = [];
    var length = 0;
    for (var i = 0; i < 12; i++)
    {
        var (time, said) = await stage.LodgerAsync(command);
        ran.Add(time);
        length = said.Length;
    }

    Say($"lodger {string.Join(' ', command)} with {jobs} jobs, {length} characters: {Milliseconds(ran.Skip(2))}");
}

await using (var browser = await Browser.StartAsync(stage))
{
    List<Browser.Visit> visits = [];
    for (var i = 0; i < 6; i++)
    {
        var (page, visit, _) = await browser.VisitAsync();
        visits.Add(visit);
        await page.Context.CloseAsync();
    }

    Say($"the dashboard with {jobs} jobs, six visits: first paint after {Milliseconds(visits.Select(v => v.Paint))}, the first job readable after {Milliseconds(visits.Select(v => v.Rows))}, live after {Milliseconds(visits.Select(v => v.Live))}, {visits.Max(v => v.Bytes) / 1000} kB");
    var (_, _, bytes) = await browser.VisitAsync();
    await Task.Delay(TimeSpan.FromSeconds(10));
    await IdleAsync("nothing happens, and a browser is open", TimeSpan.FromMinutes(2), bytes);

    // Preempted one after the other; seen when the listing comes to them.
    var outbid = new List<string>();
    var bids = ids.Where((_, i) => i % 5 == 0).Select(s => s.Id).ToList();
    List<long> weights = [];
    var (usedBefore, at) = (stage.Weigh().Used, Stopwatch.GetTimestamp());
    for (var n = 0; n < minutes * OutbidPerMinute; n++)
    {
        var due = TimeSpan.FromMinutes((double)n / OutbidPerMinute) - Stopwatch.GetElapsedTime(at);
        if (due > TimeSpan.Zero)
            await Task.Delay(due);
        var job = bids[n % bids.Count];
        await stage.OutbidAsync((await stage.Client.JobAsync(job, CancellationToken.None)).Value.RentalId!);
        outbid.Add(job);
        if (n % OutbidPerMinute == OutbidPerMinute - 1)
        {
            weights.Add(stage.Weigh().ResidentBytes);
            Say($"{n + 1} preempted after {Stopwatch.GetElapsedTime(at).TotalMinutes:0.0} minutes, {weights[^1] >> 20} MiB");
        }
    }

    var busy = Stopwatch.GetElapsedTime(at);
    Say($"{outbid.Count} preemptions in {busy.TotalMinutes:0.0} minutes: {(stage.Weigh().Used - usedBefore) / busy:0.00} of a core, resident {weights[0] >> 20} MiB after the first minute, {weights[^1] >> 20} MiB at the end, at most {weights.Max() >> 20} MiB");
    // A listing of hundreds of pages has a turn of many minutes; a submission has the account looked at now.
    await stage.SubmitAsync(jobs);
    List<TimeSpan> decided = [];
    for (var (changed, most) = (Stopwatch.GetTimestamp(), 0); decided.Count < outbid.Count && Stopwatch.GetElapsedTime(changed) < TimeSpan.FromMinutes(2);)
    {
        decided.Clear();
        foreach (var job in outbid)
        {
            var events = (await stage.Client.EventsAsync(job, 0, CancellationToken.None)).Value;
            if (events.FirstOrDefault(e => e.Event is MoveDecided or WaitChosen or BidRaiseIntended) is { } choice && events.FirstOrDefault(e => e.Event is RentalChanged { Status: RentalStatus.Preempted }) is { } seen)
                decided.Add(choice.At - seen.At);
        }

        if (decided.Count > most)
            (changed, most) = (Stopwatch.GetTimestamp(), decided.Count);
        await Task.Delay(TimeSpan.FromSeconds(5));
    }

    Say($"from a preemption that was seen to the decision in the journal, {decided.Count} of {outbid.Count}: {Milliseconds(decided)}");
}

Say("asked of the marketplace since the jobs ran: " + Named(Since(calls, await stage.CallsAsync())));
return 0;

void Weigh(string when)
{
    var (full, _) = stage.Weigh();
    Say($"memory a job, {when}: {(full - empty) / 1024.0 / jobs:0.0} KiB resident ({full >> 20} MiB in all)");
}

async Task<(string, TimeSpan)> SubmitAsync(int number)
{
    try
    {
        var asked = Stopwatch.GetTimestamp();
        return (await stage.SubmitAsync(number), Stopwatch.GetElapsedTime(asked));
    }
    finally
    {
        few.Release();
    }
}

async Task IdleAsync(string what, TimeSpan time, Func<Dictionary<string, long>>? bytes)
{
    var before = (await stage.CallsAsync(), stage.Weigh().Used, bytes?.Invoke());
    await Task.Delay(time);
    var made = Since(before.Item1, await stage.CallsAsync());
    Say($"{what}: {(stage.Weigh().Used - before.Used) / time:0.000} of a core, {made.Sum(c => c.Count) / time.TotalMinutes:0} calls to the marketplace a minute ({Named(made)} in all)");
    if (bytes is not null)
    {
        var came = Since(before.Item3!, bytes());
        Say($"to the browser {came.Sum(c => c.Count) / time.TotalMinutes / 1000:0.0} kB a minute ({Named(came)} in all)");
    }
}

static List<(string Name, long Count)> Since(Dictionary<string, long> before, Dictionary<string, long> now) =>
    [.. now.Select(c => (c.Key, Count: c.Value - before.GetValueOrDefault(c.Key))).Where(c => c.Count > 0).OrderByDescending(c => c.Count)];

static string Named(List<(string Name, long Count)> made) => string.Join(", ", made.Select(c => $"{c.Count} {c.Name}"));

static string Milliseconds(IEnumerable<TimeSpan> of)
{
    var sorted = of.Order().ToList();
    return sorted.Count == 0 ? "never" : $"{sorted[sorted.Count / 2].TotalMilliseconds:0} ms median, {sorted[sorted.Count * 99 / 100].TotalMilliseconds:0} ms in 99 of 100, {sorted[^1].TotalMilliseconds:0} ms at most";
}

static void Say(string line) => Console.WriteLine(line);
