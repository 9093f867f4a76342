using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Accounts;

namespace Lodger.Engine.Offers;

/// <summary>What could be rented instead.</summary>
/// <param name="BalanceUsd">The account's; null: unknown.</param>
internal sealed record OffersRead(Outcome<IReadOnlyList<Offer>> Offers, decimal? BalanceUsd);

/// <summary>Asks one account's market what could be rented: jobs that need the same and lose their machines together share one search.</summary>
internal sealed class OfferDesk(OpenAccount account, TimeProvider time) : IDisposable
{
    private readonly Lock gate = new();

    /// <summary>Those that somebody waits for; nobody could use the answer of another.</summary>
    private readonly Dictionary<(string Query, int DiskGb), (SharedQuestion<OffersRead> Question, int Waiting)> asked = [];

    public ChosenOffers Chosen { get; } = new();

    /// <summary>What fits a job, as it is now or was asked for meanwhile by another job.</summary>
    public async Task<Asked<OffersRead>> OffersForAsync(JobSpec spec, CancellationToken cancellationToken)
    {
        var key = (OfferSearch.QueryOf(spec), spec.DiskGb);
        var question = Join(key);
        try
        {
            return await question.AskedAfterAsync(time.GetUtcNow(), cancellationToken);
        }
        finally
        {
            Leave(key);
        }
    }

    public void Dispose()
    {
        foreach (var (question, _) in asked.Values)
            question.Dispose();
    }

    private SharedQuestion<OffersRead> Join((string Query, int DiskGb) key)
    {
        lock (gate)
        {
            var (question, waiting) = asked.TryGetValue(key, out var there) ? there : (new SharedQuestion<OffersRead>(token => AskAsync(key.Query, key.DiskGb, token), time), 0);
            asked[key] = (question, waiting + 1);
            return question;
        }
    }

    private void Leave((string Query, int DiskGb) key)
    {
        lock (gate)
        {
            var (question, waiting) = asked[key];
            if (waiting > 1)
            {
                asked[key] = (question, waiting - 1);
                return;
            }

            asked.Remove(key);
            question.Dispose();
        }
    }

    private async Task<OffersRead> AskAsync(string query, int diskGb, CancellationToken cancellationToken)
    {
        var offers = await account.Market.SearchAsync(query, diskGb, withDefaults: true, cancellationToken);
        var balance = await account.Market.AccountAsync(cancellationToken);
        return new OffersRead(offers, balance.IsOk ? balance.Value.BalanceUsd : null);
    }
}
