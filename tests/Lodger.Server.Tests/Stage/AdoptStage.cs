using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Server.Api;
using Lodger.Tests.Shared;

namespace Lodger.Server.Tests.Stage;

/// <summary>A server whose account has one rental that somebody else made, and what people do with it.</summary>
internal static class AdoptStage
{
    public const string Out = "/workspace/my [out]";
    public const string Metrics = Out + "/metrics.json";

    public static Rental ByHand { get; } = SampleRental.ByHand with { Id = "77" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="waits">Null: as everywhere, and the stub shows a label at once.</param>
    public static async Task<ServerStage> StartAsync(Func<Waits, Waits>? waits = null)
    {
        var stage = await ServerStage.StartAsync(change: (_, o) => o with { Waits = p => waits?.Invoke(Waits.Of(p)) ?? Waits.Of(p) with { RentShows = TimeSpan.Zero } });
        stage.Market["77"] = ByHand;
        stage.Foreign.Write(Metrics, "{\"step\":1}");
        return stage;
    }

    public static Task<Outcome<JobView>> AdoptAsync(this ServerStage stage, string path = Out) =>
        stage.Client.AdoptAsync("stub", "77", new AdoptRequest([path], "anna", ResultsDirectory: Path.Combine(stage.Root, "home")), Token);

    public static async Task<JobView> SavedAsync(this ServerStage stage) =>
        await stage.UntilAsync((await stage.AdoptAsync()).Value.Id, j => j is { Phase: JobPhase.AwaitingApproval, ApprovalToken: not null });

    public static async Task ApproveAsync(this ServerStage stage, JobView waits) =>
        (await stage.Client.ApproveAsync(waits.Id, new ApproveRequest(waits.ApprovalToken!, "anna", waits.Receipt!.HashOnly), Token)).IsOk.ShouldBeTrue();

    public static async Task<IReadOnlyList<JournalEntry>> EventsAsync(this ServerStage stage, string job) => (await stage.Client.EventsAsync(job, 0, Token)).Value;

    public static async Task<JobView> UntilAsync(this ServerStage stage, string job, Func<JobView, bool> wanted)
    {
        JobView? seen = null;
        for (var i = 0; i < 6000; i++)
        {
            seen = (await stage.Client.JobAsync(job, Token)).Value;
            if (wanted(seen))
                return seen;
            await Task.Delay(50, Token);
        }

        throw new TimeoutException($"{seen!.Phase}, {seen.Waiting}: {string.Join("\n", (await stage.EventsAsync(job)).Select(e => e.Event))}");
    }
}
