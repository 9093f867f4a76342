using System.Text;
using Lodger.Artifacts;
using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Doctor;
using Lodger.Engine.Durable;
using Lodger.Engine.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Jobs: submit, look, say.</summary>
internal static class JobEndpoints
{
    private const int LogMax = 1 << 20;
    private const int FilterMax = 200;

    public static void Map(IEndpointRouteBuilder app, JobBoard board)
    {
        var each = EachJob.Of(app);
        app.MapPost(Routes.Jobs, async (HttpContext http, SubmitRequest r, Principal who, CancellationToken token) =>
        {
            AuditLog.About(http, r.Spec.Name);
            if (RequestRules.Refuse(r) is { } malformed)
                return Answers.Of(malformed);
            if (!CodeEndpoints.Resolve(r, who, board).TryGet(out var whole, out var unknown))
                return Answers.Of(unknown);
            r = whole;
            return SubmissionRules.Refuse(r, who, board) is { } unfit
                ? Answers.Of(unfit)
                : View(board, await board.SubmitAsync(new Submission(r.Spec, r.Account, r.Offer, r.ExpectedUsd, r.ResultsDirectory, who.By(r.ApprovedBy), r.Secrets, r.BidUsdPerHour, r.Accepted, r.Choice, r.Alternatives, r.OverProxy, r.Project ?? who.Project, !who.IsOwner, r.Key), token));
        });
        app.MapGet(Routes.Jobs, (bool? all, Principal who) => Results.Json(
            [.. board.List().Where(s => who.Sees(s.State)).Select(s => each.View(s.State, () => JobViews.Of(s, board.Now))).OfType<JobView>().Where(v => all is true || v.Phase != Domain.Jobs.JobPhase.Closed)], ApiJson.Default.JobViewArray));
        app.MapGet(Routes.JobList, (bool? all, Principal who) => Results.Json(
            [.. board.List().Where(s => who.Sees(s.State) && (all is true || s.State.Phase != Domain.Jobs.JobPhase.Closed)).Select(s => each.View(s.State, () => JobViews.Line(s, board.Now))).OfType<JobLine>()], ApiJson.Default.JobLineArray));
        app.MapGet(Routes.Job, (string job) => View(board, board.Find(job)));
        app.MapGet(Routes.Events, (string job, long? after) =>
            Answers.Of(board.Find(job).Then<Domain.Jobs.JournalEntry[]>(s => board.Events(s.State.Id, after ?? 0).ToArray()), ApiJson.Default.JournalEntryArray));
        app.MapGet(Routes.Log, async (string job, long? offset, int? max, CancellationToken token) =>
            Answers.Of(await LogAsync(board, job, Math.Max(offset ?? 0, 0), Math.Clamp(max ?? LogMax, 1, LogMax), token), ApiJson.Default.LogView));
        app.MapGet(Routes.RentalLog, async (string job, string? log, int? tail, string? filter, CancellationToken token) =>
            Answers.Of(await RentalLogAsync(board, job, log, tail ?? 200, filter, token), ApiJson.Default.LogView));
        app.MapGet(Routes.Gate, (string job) => Answers.Of(board.Find(job).Then(s => Gates(board, s)), ApiJson.Default.GateViewArray));
        app.MapGet(Routes.Budget, (string job) => Answers.Of(board.Budget(job), ApiJson.Default.JobBudget));
        app.MapPost(Routes.Budget, (string job, BudgetRequest r, Principal who) => r.Usd > 0 ? View(board, board.SetBudget(job, r.Usd, who.By(r.By))) : Answers.Of(RequestRules.Bad("A budget is an amount above zero.")));
        app.MapGet(Routes.Storage, async (string job, CancellationToken token) => Answers.Of(await board.StorageAsync(job, token), ApiJson.Default.StorageMap));
        app.MapGet(Routes.Doctor, (Principal who) => Results.Json([.. board.Doctor(who.Sees)], ApiJson.Default.CheckUpArray));
        app.MapGet(Routes.JobDoctor, async (string job, CancellationToken token) => Answers.Of(await board.DoctorAsync(job, token), ApiJson.Default.CheckUp));
        app.MapGet(Routes.Rental, async (string job, CancellationToken token) => Answers.Of(await RentalAsync(board, job, token), ApiJson.Default.RentalView));
        app.MapGet(Routes.Clouds, async (string job, CancellationToken token) =>
            Answers.Of(await WithAccountAsync(board, job, (state, account) => HostCopy.LookAsync(state, account, token), token), ApiJson.Default.HostClouds));
        app.MapPost(Routes.Clouds, async (string job, HostCopyRequest r, CancellationToken token) => Answers.Of(
            await WithAccountAsync(
                board,
                job,
                async (state, account) => (await HostCopy.BeginAsync(state, account, r.ConnectionId, r.Path, token)).Then<CloudCopyStatus>(_ => new CloudCopyStatus(CloudCopyState.Running, "begun")),
                token),
            ApiJson.Default.CloudCopyStatus));
        app.MapGet(Routes.CloudCopy, async (string job, CancellationToken token) => Answers.Of(
            await WithAccountAsync(
                board, job, async (state, account) => state.Current?.RentalId is { } id ? await account.Market.CloudCopyStatusAsync(id, token) : new CloudCopyStatus(CloudCopyState.NotTold, ""), token),
            ApiJson.Default.CloudCopyStatus));
        app.MapGet(Routes.Box, async (string job, CancellationToken token) => Answers.Of(await BoxAsync(board, job, token), ApiJson.Default.BoxView));
        app.MapPost(Routes.Cancel, (string job, ActRequest r, Principal who) => View(board, board.Cancel(job, who.By(r.By))));
        app.MapPost(Routes.Drill, (string job, ActRequest r, Principal who) => View(board, board.Drill(job, who.By(r.By))));
        app.MapPost(Routes.Pull, (string job, PullRequest r, Principal who) => View(board, board.BringHome(job, who.By(r.By), r.OverProxy)));
        app.MapPost(Routes.Approve, (string job, ApproveRequest r, Principal who) => View(board, board.Approve(job, r.Token, who.By(r.By), r.Names)));
        app.MapPost(Routes.Abandon, (string job, AbandonRequest r, Principal who) => View(board, board.Abandon(job, r.RentalId, who.By(r.By))));
    }

    private static async Task<Outcome<T>> WithAccountAsync<T>(
        JobBoard board, string job, Func<Domain.Jobs.JobState, Engine.Accounts.OpenAccount, Task<Outcome<T>>> body, CancellationToken token)
    {
        if (!board.Find(job).TryGet(out var sight, out var unknown))
            return unknown;
        return (await board.AccountAsync(sight.State.Submission.Account, token)).TryGet(out var account, out var closed) ? await body(sight.State, account) : closed;
    }

    private static IResult View(JobBoard board, Outcome<JobSight> outcome) => Answers.Of(outcome.Then<JobView>(s => JobViews.Of(s, board.Now)), ApiJson.Default.JobView);

    private static Outcome<GateView[]> Gates(JobBoard board, JobSight sight)
    {
        var state = sight.State;
        var there = state.Attempts.Where(a => a is { RentalId: not null, DestroyedAt: null, Vanished: false, Released: null, RentRefusal: null }).OrderBy(a => a != state.Focus).ToList();
        if (there.Count == 0)
            return new Problem("nothing-to-destroy", $"{state.Name} has no rental.", $"lodger show {state.Name}", ExitCode.NotFound);
        return there.Select(Gate).ToArray();

        GateView Gate(Domain.Jobs.AttemptState attempt)
        {
            var isCurrent = attempt == state.Current;
            var rental = isCurrent ? sight.Rental : sight.Others.FirstOrDefault(r => r.Id == attempt.RentalId);
            return new GateView(
                attempt.RentalId!,
                TeardownGate.Judge(state, attempt, rental, sight.SeenAt, board.Now, board.WaitsOf(state)),
                ApprovalToken.For(state, attempt),
                [$"container disk of {state.Submission.Spec.DiskGb} GB on rental {attempt.RentalId}"],
                attempt.Receipt?.HashOnly ?? [],
                isCurrent ? sight.Live.Charges?.TotalUsd : attempt.Meter?.TotalUsd,
                attempt.Move is not null,
                state.WaitForYes.Contains(attempt),
                attempt.Receipt is { } receipt ? new BundleView(JobBoard.BundleOf(state, attempt), receipt.Bytes, receipt.ReceiptId) : null);
        }
    }

    /// <summary>From the bundle when the log is home, else from the machine.</summary>
    private static async Task<Outcome<LogView>> LogAsync(JobBoard board, string job, long offset, int max, CancellationToken token)
    {
        if (!board.Find(job).TryGet(out var sight, out var unknown))
            return unknown;
        var home = Path.Combine(sight.State.Submission.ResultsDirectory, BundleLayout.OwnDirectory, "run.log");
        if (sight.State.Current?.Pulled is not null && File.Exists(home))
            return await ReadFileAsync(home, offset, max, token);
        if (sight.State.IsAdopted)
            return new Problem("no-log", $"Lodger did not start what runs on rental {sight.State.Current?.RentalId}, and knows no log of it.", $"lodger ssh {sight.State.Name}", ExitCode.NotFound);
        if (!(await MachineAsync(board, sight, token)).TryGet(out var machine, out var problem))
            return problem;
        return (await machine.Account.Box.ReadLogAsync(machine.Address, offset, max, token)).Then<LogView>(bytes => Text(bytes, offset));
    }

    private static async Task<Outcome<LogView>> ReadFileAsync(string path, long offset, int max, CancellationToken token)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(Math.Min(offset, file.Length), SeekOrigin.Begin);
        var buffer = new byte[max];
        var read = await file.ReadAtLeastAsync(buffer, max, throwOnEndOfStream: false, token);
        return Text(buffer[..read], offset);
    }

    private static LogView Text(byte[] bytes, long offset) => new(Encoding.UTF8.GetString(bytes), offset + bytes.Length);

    private static async Task<Outcome<LogView>> RentalLogAsync(JobBoard board, string job, string? which, int tail, string? filter, CancellationToken token)
    {
        if (!board.Find(job).TryGet(out var sight, out var unknown))
            return unknown;
        if (sight.State.Current?.RentalId is not { } id)
            return NoRental(sight);
        if (!(await board.AccountAsync(sight.State.Submission.Account, token)).TryGet(out var account, out var closed))
            return closed;
        var log = which == "daemon" ? RentalLog.Daemon : RentalLog.Container;
        return (await account.Market.LogAsync(id, log, Math.Clamp(tail, 1, 10_000), filter is { Length: > 0 and <= FilterMax } ? filter : null, token)).Then<LogView>(text => new LogView(text, text.Length));
    }

    private static async Task<Outcome<RentalView>> RentalAsync(JobBoard board, string job, CancellationToken token)
    {
        if (!board.Find(job).TryGet(out var sight, out var unknown))
            return unknown;
        if (!(await board.AccountAsync(sight.State.Submission.Account, token)).TryGet(out var account, out var closed))
            return closed;
        if (sight.State.Current is not { RentalId: { } id })
            return NoRental(sight);
        if (!(await account.Market.ShowAsync(id, token)).TryGet(out var rental, out var problem))
            return problem;
        if (rental is null)
            return new Problem("rental-gone", $"The platform knows no rental {id}: it is gone, and nothing of it bills.", $"lodger cost {sight.State.Name}", ExitCode.NotFound);
        var findings = Examination.Of(JobFacts.Of(sight with { Rental = rental, MarketNow = account.Market.MarketNow }, account.Profile, board.Now));
        return new RentalView(sight.State.Name, rental, StateReading.Of(rental.Status), findings);
    }

    private static async Task<Outcome<BoxView>> BoxAsync(JobBoard board, string job, CancellationToken token)
    {
        if (!board.Find(job).TryGet(out var sight, out var unknown))
            return unknown;
        if (!(await MachineAsync(board, sight, token)).TryGet(out var machine, out var problem))
            return problem;
        return new BoxView(
            machine.Address, machine.Account.WorkdirOf(sight.State.Submission.Spec), machine.Rental.Ports, machine.Account.IdentityFile);
    }

    private static async Task<Outcome<Machine>> MachineAsync(JobBoard board, JobSight sight, CancellationToken token)
    {
        if (!(await board.AccountAsync(sight.State.Submission.Account, token)).TryGet(out var account, out var closed))
            return closed;
        if (sight.State.Current is not { RentalId: { } id, DestroyedAt: null })
            return NoRental(sight);

        // Asked now, not remembered: ports change.
        if (!(await account.Market.ShowAsync(id, token)).TryGet(out var rental, out var problem))
            return problem;
        if (rental is not { Status: RentalStatus.Running })
            return new Problem("rental-not-running", $"Rental {id} is {rental?.Status.ToString().ToLowerInvariant() ?? "gone"}; only a running one can be spoken to.", $"lodger show {sight.State.Name}", ExitCode.RentalUnusable);
        if ((rental.DirectSsh ?? rental.ProxySsh) is not { } endpoint)
            return new Problem("no-ssh", $"The platform gives no ssh address for rental {id} yet.", "Try again in a moment.", ExitCode.Unknown, MayRetry: true);
        return new Machine(account, rental, new BoxAddress(id, endpoint, rental.DirectSsh is null));
    }

    private static Problem NoRental(JobSight sight) =>
        new("no-rental", $"{sight.State.Name} has no rental (state: {PhaseWords.Of(sight.State.Phase)}).", $"lodger show {sight.State.Name}", ExitCode.NotFound);

    private sealed record Machine(Engine.Accounts.OpenAccount Account, Rental Rental, BoxAddress Address);
}
