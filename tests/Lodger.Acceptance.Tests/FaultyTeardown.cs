using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Remote;
using Lodger.Remote.Ssh;
using Lodger.Server.Api;

namespace Lodger.Acceptance.Tests;

/// <summary>What goes wrong in a teardown.</summary>
internal enum Fault
{
    LinkCutInPull,
    DiskFullHere,
    HashMismatch,
    FileChangedAfterPull,
    ApprovalForAnother,
    ExpiredToken,
    DestroyAnswers5xx,
    KilledAfterApproval,
    DestroyedElsewhere,
    GivenUp,
}

/// <summary>One job, its teardown, what goes wrong in it, and what has to be true of it in the end.</summary>
internal sealed class FaultyTeardown(ServerStage stage, Fault kind, int number, Random random, SemaphoreSlim killing, SemaphoreSlim filling)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly string results = Path.Combine(stage.Root, "results", $"t{number}");
    private string job = "";
    private string home = "";

    /// <summary>What the machine's result says now.</summary>
    private int truth = number * 10;

    private bool isDataLost;

    private string ValueIs(int value) => $"printf '{{\"value\": {value}}}' >out/metrics.json";

    public async Task LiveAsync(int lane)
    {
        if (kind == Fault.DiskFullHere)
            await filling.WaitAsync();
        try
        {
            await LiveOnAsync(lane);
        }
        finally
        {
            if (kind == Fault.DiskFullHere)
                filling.Release();
        }
    }

    private async Task LiveOnAsync(int lane)
    {
        var small = kind == Fault.DiskFullHere ? stage.Small : null;
        small?.Fill();
        home = small?.FromOutside(Path.Combine(small.Directory, $"t{number}")) ?? results;
        var spec = ServerStage.SixSteps($"t{number}") with
        {
            Run = $"mkdir -p out; {ValueIs(truth)}; head -c 4000000 /dev/zero | tr '\\0' a >out/big.txt; until [ -e go ]; do sleep 0.2; done",
            Teardown = kind is Fault.KilledAfterApproval or Fault.DestroyAnswers5xx && random.Next(2) == 0 ? TeardownMode.WhenVerified : TeardownMode.Ask,
        };
        job = await RetryAsync(() => SubmitAsync(spec, lane));
        await UntilAsync(v => v.Phase == JobPhase.Running);
        await GoWrongAsync(small);
        var closed = await FinishAsync();
        await ShouldBeRightAsync(closed);
    }

    /// <summary>Whether a rental's label is one of the job's.</summary>
    public static bool IsOf(string label, string job) => label.StartsWith($"lodger/{job}/", StringComparison.Ordinal);

    public async Task<string> StoryAsync() => job.Length == 0 ? "not submitted" : await stage.StoryAsync(job);

    /// <summary>Whose answer was lost with a server that was killed may be there all the same.</summary>
    private async Task<string> SubmitAsync(JobSpec spec, int lane) => (await stage.Client.JobAsync(spec.Name, default)) is { IsOk: true, Value.Id: var known } ? known : await stage.SubmitAsync(spec, cheaper: 2 * lane, results: kind == Fault.DiskFullHere ? Path.Combine(stage.Small!.Directory, spec.Name) : results);

    private async Task GoWrongAsync(SmallDisk? small)
    {
        var rental = (await ViewAsync()).RentalId!;
        switch (kind)
        {
            case Fault.LinkCutInPull:
                await stage.Market.ControlAsync($"instances/{rental}/direct", new { line = "slow", bytes_per_second = 1_500_000 });
                await ExecAsync("touch go");
                await UntilAsync(v => v.Work is { What: "pulling results", Progress.BytesDone: > 0 } || v.Receipt is not null);
                await Task.Delay(random.Next(1500));
                await LineAsync(rental, "cut");
                await Task.Delay(random.Next(200, 2500));
                await LineAsync(rental, "ok");
                break;
            case Fault.DiskFullHere:
                await ExecAsync("touch go");
                // It is tried again and again meanwhile, and what it says of it is not there at every look.
                await UntilAsync(v => v.HasEnded);
                var since = DateTimeOffset.UtcNow;
                var full = await UntilAsync(v => v.Waiting.Contains("There is no room left here", StringComparison.Ordinal) || DateTimeOffset.UtcNow - since > TimeSpan.FromSeconds(8));
                full.Receipt.ShouldBeNull("not everything can be here");
                await ShouldBeThereAsync();
                small!.MakeRoom();
                break;
            case Fault.HashMismatch:
                await AtHomeAsync();
                await FlipAsync(Path.Combine(home, "out", random.Next(2) == 0 ? "big.txt" : "metrics.json"));
                (await ApproveAsync((await ViewAsync()).ApprovalToken!)).IsOk.ShouldBeTrue();
                await UntilAsync(v => v.Findings.Count > 0 && v.Receipt is null);
                await ShouldBeThereAsync();
                break;
            case Fault.FileChangedAfterPull:
                var before = (await AtHomeAsync()).Receipt!.ReceiptId;
                await ChangeAsync();
                _ = await ApproveAsync((await ViewAsync()).ApprovalToken ?? "");
                await UntilAsync(v => v.Receipt is { } r && r.ReceiptId != before);
                await ShouldBeThereAsync();
                break;
            case Fault.ApprovalForAnother:
                await AtHomeAsync();
                (await ApproveAsync(Convert.ToHexStringLower(BitConverter.GetBytes(random.NextInt64())))).Problem!.Id.ShouldBe("approval-void");
                (await RetryAsync(() => stage.Client.AbandonAsync(job, new AbandonRequest($"{long.Parse(rental, CultureInfo.InvariantCulture) + 1}", "test"), default))).Problem!.Id.ShouldBe("abandon-other-rental");
                await Task.Delay(random.Next(1500));
                await ShouldBeThereAsync();
                break;
            case Fault.ExpiredToken:
                var old = await AtHomeAsync();
                await ChangeAsync();
                (await RetryAsync(() => stage.Client.PullAsync(job, "test", default))).IsOk.ShouldBeTrue();
                await UntilAsync(v => v.Receipt is { } r && r.ReceiptId != old.Receipt!.ReceiptId);
                (await ApproveAsync(old.ApprovalToken!)).Problem!.Id.ShouldBe("approval-void");
                await ShouldBeThereAsync();
                break;
            case Fault.DestroyAnswers5xx:
                await stage.Market.ControlAsync("faults", new { endpoint = "destroy", kind = "status", status = random.Next(2) == 0 ? 502 : 503, count = random.Next(1, 6), carried_out = random.Next(2) == 0 });
                await ExecAsync("touch go");
                break;
            case Fault.KilledAfterApproval:
                await ExecAsync("touch go");
                await UntilAsync(v => v.Receipt is not null || v.Phase == JobPhase.Closed);
                if ((await ViewAsync()).ApprovalToken is { } token)
                    _ = await ApproveAsync(token);
                await Task.Delay(random.Next(random.Next(4) == 0 ? 2500 : 400));
                await KillAsync();
                break;
            case Fault.DestroyedElsewhere:
                if (random.Next(2) == 0)
                    await AtHomeAsync();
                else
                    isDataLost = true;
                await DestroyElsewhereAsync(rental);
                break;
            case Fault.GivenUp:
                isDataLost = true;
                if (random.Next(2) == 0)
                    await ExecAsync("touch go");
                (await RetryAsync(() => stage.Client.AbandonAsync(job, new AbandonRequest("1", "test"), default))).IsOk.ShouldBeFalse();
                await ShouldBeThereAsync();
                (await RetryAsync(() => stage.Client.AbandonAsync(job, new AbandonRequest(rental, "test"), default))).IsOk.ShouldBeTrue();
                break;
        }
    }

    /// <summary>Says yes whenever that is asked, and pulls again what did not come whole.</summary>
    private async Task<JobView> FinishAsync()
    {
        var asked = DateTimeOffset.MinValue;
        return await UntilAsync(async view =>
        {
            if (view.Phase == JobPhase.Closed)
                return true;
            if (view is { Phase: JobPhase.AwaitingApproval, ApprovalToken: { } token })
                _ = await ApproveAsync(token);
            if (view is { Phase: JobPhase.NeedsAttention, HasEnded: true } && !view.Waiting.Contains("hashes its results", StringComparison.Ordinal) && DateTimeOffset.UtcNow - asked > TimeSpan.FromSeconds(3))
            {
                asked = DateTimeOffset.UtcNow;
                _ = await stage.Client.PullAsync(job, "test", default);
            }

            return false;
        });
    }

    private async Task ShouldBeRightAsync(JobView closed)
    {
        var events = (await RetryAsync(() => stage.Client.EventsAsync(job, 0, default))).Value.Select(e => e.Event).ToList();
        var contracts = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().Where(c => IsOf(c.GetProperty("label").ToString(), job)).ToList();
        contracts.Count.ShouldBe(1);
        contracts.ShouldAllBe(c => c.GetProperty("destroyed_at").ValueKind != System.Text.Json.JsonValueKind.Null);
        closed.Meter.NothingBills.ShouldBeTrue();

        // Destroyed at most once, only this one, and not again when it was seen gone.
        var gone = events.FindIndex(e => e is DestroyConfirmed or RentalVanished);
        events.Count(e => e is DestroyConfirmed or RentalVanished).ShouldBe(1);
        events.Skip(gone).ShouldNotContain(e => e is DestroyIntended);
        events.OfType<DestroyIntended>().Select(e => e.RentalId).Distinct().Count().ShouldBeLessThanOrEqualTo(1);
        if (isDataLost)
        {
            // With everything home before it was given up, nothing was.
            var wasHome = events.TakeWhile(e => e is not Approved { Ground: ApprovalKind.DataAbandoned }).Any(e => e is ReceiptIssued);
            closed.Outcome.ShouldBe(kind != Fault.GivenUp ? JobOutcome.Unfinished : wasHome ? JobOutcome.Succeeded : JobOutcome.Cancelled);
            events.OfType<Approved>().Any(a => a.Ground == ApprovalKind.DataAbandoned).ShouldBe(kind == Fault.GivenUp);
            return;
        }

        closed.Outcome.ShouldBe(JobOutcome.Succeeded);
        var intended = events.FindIndex(e => e is DestroyIntended);
        if (intended >= 0)
            events.Take(intended).ShouldContain(e => e is ReceiptIssued);
        JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, "out", "metrics.json")))!["value"]!.GetValue<int>().ShouldBe(truth, "what the machine held last is here");
        (await File.ReadAllTextAsync(Path.Combine(home, "out", "big.txt"))).ShouldBe(new string('a', 4_000_000));
    }

    private async Task<JobView> AtHomeAsync()
    {
        await ExecAsync("touch go");
        return await UntilAsync(v => v is { Phase: JobPhase.AwaitingApproval, ApprovalToken: not null });
    }

    private async Task ChangeAsync()
    {
        truth++;
        await ExecAsync(ValueIs(truth));
    }

    private async Task ShouldBeThereAsync()
    {
        var contracts = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().Where(c => IsOf(c.GetProperty("label").ToString(), job)).ToList();
        contracts.ShouldHaveSingleItem().GetProperty("destroyed_at").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null, "it must not be destroyed now");
    }

    private static async Task FlipAsync(string file)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
    }

    private async Task LineAsync(string rental, string line)
    {
        await stage.Market.ControlAsync($"instances/{rental}/direct", new { line });
        await stage.Market.ControlAsync($"instances/{rental}/proxy", new { line });
    }

    private async Task KillAsync()
    {
        await killing.WaitAsync();
        try
        {
            await stage.KillServerAsync();
            await stage.StartServerAsync();
        }
        finally
        {
            killing.Release();
        }
    }

    /// <summary>As another client of the same account would.</summary>
    private async Task DestroyElsewhereAsync(string rental)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", stage.Market.Access.ApiKey);
        // The faults of another attempt's destroy may hit this one, too.
        for (var i = 0; i < 20; i++)
        {
            using var answer = await http.DeleteAsync(new Uri($"{stage.Market.Access.Url}/api/v0/instances/{rental}/"));
            if (answer.IsSuccessStatusCode || answer.StatusCode == System.Net.HttpStatusCode.NotFound)
                return;
        }

        throw new InvalidOperationException("The platform did not take the destroy.");
    }

    private async Task ExecAsync(string command)
    {
        await RetryAsync(async () =>
        {
            if (!(await stage.Client.BoxAsync(job, default)).TryGet(out var box, out var shut))
                return shut;
            var ssh = new SshOptions { IdentityFile = box.IdentityFile, KnownHostsDirectory = Path.Combine(stage.Root, "known", $"{number}") };
            return (await new SshBox(ssh, ProfileReader.VastAi, TimeProvider.System).ExecAsync(box.Address, $"cd {box.Workdir} && {command}", TimeSpan.FromSeconds(30), default))
                .Then<Done>(said => said.ExitCode == 0 ? Done.Ok : new Problem("exec-failed", said.Error, "", ExitCode.Unknown, MayRetry: true));
        });
    }

    private Task<Outcome<JobView>> ApproveAsync(string token) => RetryAsync(() => stage.Client.ApproveAsync(job, new ApproveRequest(token, "test", []), default));

    private async Task<JobView> ViewAsync() => (await RetryAsync(() => stage.Client.JobAsync(job, default))).Value;

    private Task<JobView> UntilAsync(Func<JobView, bool> wanted) => UntilAsync(view => Task.FromResult(wanted(view)));

    private async Task<JobView> UntilAsync(Func<JobView, Task<bool>> wanted)
    {
        var end = DateTimeOffset.UtcNow + Limit;
        JobView view;
        do
        {
            view = await ViewAsync();
            if (await wanted(view))
                return view;
            await Task.Delay(100);
        }
        while (DateTimeOffset.UtcNow < end);
        throw new TimeoutException($"It is {view.Phase}, {view.Waiting}");
    }

    /// <summary>A server that is just being killed answers nothing: the same is asked again.</summary>
    private static async Task<Outcome<T>> RetryAsync<T>(Func<Task<Outcome<T>>> ask)
    {
        for (var end = DateTimeOffset.UtcNow + Limit; ;)
        {
            var answer = await ask();
            if (answer.IsOk || !answer.Problem.MayRetry || DateTimeOffset.UtcNow > end)
                return answer;
            await Task.Delay(100);
        }
    }

    private static async Task<string> RetryAsync(Func<Task<string>> ask)
    {
        for (var end = DateTimeOffset.UtcNow + Limit; ;)
        {
            try
            {
                return await ask();
            }
            catch (Exception) when (DateTimeOffset.UtcNow < end)
            {
                await Task.Delay(200);
            }
        }
    }
}
