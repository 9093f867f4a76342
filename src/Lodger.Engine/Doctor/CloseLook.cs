using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Doctor;

/// <summary>
/// Looks at one job now: the platform's state, the balance, the machine in one ssh round trip, and the logs where they help. Changes nothing. What does not answer is
/// said, and nothing is concluded from it.
/// </summary>
internal sealed class CloseLook(JobSight sight, OpenAccount account, DateTimeOffset now)
{
    private const int DaemonLines = 20;

    private readonly List<Problem> unknown = [];

    public async Task<CheckUp> LookAsync(CancellationToken cancellationToken)
    {
        var state = sight.State;
        var facts = JobFacts.Of(sight, account.Profile, now) with { MarketNow = account.Market.MarketNow };
        if (state.Current is { RentalId: { } id, DestroyedAt: null, Vanished: false, Released: null })
            facts = facts with { Rental = Known(await account.Market.ShowAsync(id, cancellationToken), facts.Rental) };
        if (facts.Rental is not null)
            facts = facts with { Account = Known(await account.Market.AccountAsync(cancellationToken), null) };
        // Whatever runs on what was taken over, no script of Lodger's answers for it.
        if (!state.IsAdopted && facts.Rental is { Status: RentalStatus.Running } running && (running.DirectSsh ?? running.ProxySsh) is { } endpoint)
            facts = facts with { Probe = Known(await account.Box.ProbeAsync(new BoxAddress(running.Id, endpoint, running.DirectSsh is null), Ports(state), cancellationToken), null) };
        if (facts is { Moment: Moment.Watch, Rental: { Status: RentalStatus.Loading } loading } && now - state.Current?.RentedAt > account.Profile.BootWindow)
            facts = facts with { DaemonLog = Known(await account.Market.LogAsync(loading.Id, RentalLog.Daemon, DaemonLines, null, cancellationToken), null) };
        if (facts.Moment == Moment.PostMortem)
            facts = facts with { LogTail = LogAtHome.End(state) ?? await LogThereAsync(facts, cancellationToken) };
        return new CheckUp(state.Name, state.Id, facts.Moment, Examination.Of(facts), now) { Rental = facts.Rental, BillsUsdPerHour = facts.BillsUsdPerHour, Probe = facts.Probe, Unknown = unknown };
    }

    private T? Known<T>(Outcome<T> outcome, T? otherwise)
    {
        if (outcome.TryGet(out var value, out var problem))
            return value;
        unknown.Add(problem);
        return otherwise;
    }

    private static List<int> Ports(JobState state) =>
        [.. state.Submission.Spec.Ports.Where(p => p.EndsWith("/tcp", StringComparison.Ordinal)).Select(p => int.Parse(p[..^4], CultureInfo.InvariantCulture))];

    /// <summary>Not home yet: from the machine, as long as it answers.</summary>
    private async Task<string?> LogThereAsync(Facts facts, CancellationToken cancellationToken)
    {
        if (facts.Probe?.Report is not { LogBytes: > 0 and var bytes } || facts.Rental is not { } rental || (rental.DirectSsh ?? rental.ProxySsh) is not { } endpoint)
            return null;
        var tail = await account.Box.ReadLogAsync(new BoxAddress(rental.Id, endpoint, rental.DirectSsh is null), Math.Max(0, bytes - LogAtHome.TailBytes), LogAtHome.TailBytes, cancellationToken);
        return tail.IsOk ? Encoding.UTF8.GetString(tail.Value) : null;
    }
}
