using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>Commands and transfers on the job's own machine: which way it is reached, whose turn it is, and what becomes of a failure.</summary>
internal sealed class BoxAct(JobRunner job, OpenAccount account, ActContext context)
{
    private static readonly TimeSpan AtOnce = TimeSpan.Zero;
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WhileFull = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan GreetEvery = TimeSpan.FromMinutes(5);

    /// <summary>Where only the proxy answers, the direct way is tried again after so long.</summary>
    private static readonly TimeSpan DirectAgain = TimeSpan.FromMinutes(1);

    private static readonly Problem NoAddress =
        new("no-ssh", "The platform gives no ssh address for the rental yet.", "", ExitCode.Unknown, MayRetry: true);

    private readonly TimeProvider time = context.Time;
    private readonly BoxPace turns = context.Pace;
    private DateTimeOffset greetedAt = DateTimeOffset.MinValue;

    /// <summary>What the machine answers is handed on; a failure is seen, and tried again with growing distance.</summary>
    /// <param name="act">At the address that is given to it.</param>
    /// <param name="onDone">Called with the address that answered.</param>
    /// <param name="cancellationToken">Ends the act; a person's word does so, too, and nothing is concluded then.</param>
    /// <param name="transfer">What it takes one of the places for, if there is one free; null: a short command.</param>
    /// <param name="inTurn">False: as soon as it is asked for, because a GPU bills until it is done.</param>
    /// <returns>How long to wait before the next decision.</returns>
    public async Task<TimeSpan> CarryOutAsync<T>(
        Func<BoxAddress, CancellationToken, Task<Outcome<T>>> act, Action<BoxAddress, T> onDone, CancellationToken cancellationToken, Transfer? transfer = null, bool inTurn = true)
    {
        if (transfer is { } busy && !turns.TryBegin(busy))
            return await WaitForPlaceAsync(cancellationToken);
        try
        {
            return await WithAddressAsync(act, onDone, transfer is not null, inTurn && transfer is null, cancellationToken);
        }
        finally
        {
            if (transfer is { } begun)
                turns.End(begun);
        }
    }

    /// <summary>The job goes on being looked after meanwhile, and its machine hears of us: one whose command has ended stops itself when it hears nothing.</summary>
    private async Task<TimeSpan> WaitForPlaceAsync(CancellationToken cancellationToken)
    {
        job.See(l => l with { Waiting = "until one of this server's other transfers is done" });
        if (job.State.IsAdopted || time.GetUtcNow() - greetedAt < GreetEvery || Address() is not { } address)
            return WhileFull;
        greetedAt = time.GetUtcNow();
        await job.InterruptibleAsync(token => turns.LookAsync(isDoubtful: false, () => account.Box.ReachAsync(address, token), token), cancellationToken);
        return WhileFull;
    }

    private async Task<TimeSpan> WithAddressAsync<T>(
        Func<BoxAddress, CancellationToken, Task<Outcome<T>>> act, Action<BoxAddress, T> onDone, bool isTransfer, bool inTurn, CancellationToken cancellationToken)
    {
        Problem? problem = NoAddress;
        var address = Address();
        // A transfer would go that way to its end, or be refused for it: whether the direct one answers by now is asked first. Not of a machine of somebody else's, on which a knock would leave a trace.
        if (isTransfer && !job.State.IsAdopted && address is { IsProxy: true } && job.Live.BoxFailures == 0 && Address(useProxy: false) is { } direct)
        {
            if (await job.InterruptibleAsync(token => account.Box.ReachAsync(direct, token), cancellationToken) is not { } knocked)
                return AtOnce;
            job.See(l => l with { DirectFailedAt = knocked.IsOk ? null : time.GetUtcNow() });
            address = knocked.IsOk ? direct : address;
        }

        if (address is not null)
        {
            Task<Outcome<T>> InTurnAsync(CancellationToken token) => inTurn ? turns.LookAsync(job.Live.BoxFailures > 0, () => act(address, token), token) : act(address, token);
            if (await job.InterruptibleAsync(InTurnAsync, cancellationToken) is not { } outcome)
                return AtOnce;
            if (outcome.TryGet(out var value, out problem))
            {
                job.See(l => l with { BoxProblem = null, BoxProblemSince = null, BoxFailures = 0, DirectFailedAt = address.IsProxy ? l.DirectFailedAt : null });
                onDone(address, value);
                return AtOnce;
            }
        }

        // That only the proxy is left, and what a person can say to it, stays said while the direct way goes on failing.
        if (address is { IsProxy: false } && job.Live.BoxProblem is { Id: ProxyRule.ProblemId } onlyProxy)
            problem = onlyProxy;
        job.See(l => l with
        {
            BoxProblem = problem,
            BoxProblemSince = l.BoxProblemSince ?? time.GetUtcNow(),
            BoxFailures = l.BoxFailures + 1,
            DirectFailedAt = address is { IsProxy: false } ? time.GetUtcNow() : l.DirectFailedAt,
            Waiting = problem.Message,
        });
        var backoff = TimeSpan.FromSeconds(0.5 * Math.Pow(2, Math.Min(job.Live.BoxFailures, 10)));
        return backoff < LongestBackoff ? backoff : LongestBackoff;
    }

    /// <summary>
    /// Discovered anew each time: ports change. Direct first; every third failure the proxy gets its chance, and what follows goes its way for a while: otherwise the first act after each answer
    /// would go the direct way in vain, and which of two acts that take turns meets the proxy would be left to chance.
    /// </summary>
    private BoxAddress? Address()
    {
        var isProxysTurn = job.Live switch
        {
            { BoxFailures: 0, DirectFailedAt: { } failed } => time.GetUtcNow() - failed < DirectAgain,
            { BoxFailures: var failures } => failures % 3 == 2,
        };
        return Address(isProxysTurn) ?? Address(!isProxysTurn);
    }

    /// <summary>Null: the rental has no such way.</summary>
    private BoxAddress? Address(bool useProxy)
    {
        var id = job.State.Current?.RentalId;
        if (id is null || job.Sight.Listing.Rentals?.WithId(id) is not { } rental)
            return null;
        return (useProxy ? rental.ProxySsh : rental.DirectSsh) is { } endpoint ? new BoxAddress(id, endpoint, useProxy) : null;
    }
}
