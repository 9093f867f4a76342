using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Sweep;

/// <summary>What the platform had charged for an account.</summary>
/// <param name="AskedAt">Our clock, before the question: what was charged until then is in it.</param>
internal sealed record ChargesRead(AccountCharges Charges, DateTimeOffset AskedAt)
{
    /// <summary>Zero where there is no row yet.</summary>
    public Charges Of(string rentalId) => Charges.Rentals.GetValueOrDefault(rentalId) ?? new Charges(rentalId, 0, 0, 0, 0);
}

/// <summary>Reads the charges of one account. The platform tells of all rentals at once, so that one answer serves every job; no decision waits for it.</summary>
/// <param name="every">Between two questions, at least.</param>
/// <param name="wanted">Whether there is a job that bills.</param>
/// <param name="told">After each answer.</param>
internal sealed class ChargesWatch(OpenAccount account, AccountUser user, TimeProvider time, TimeSpan every, Func<bool> wanted, Action told, ILogger log) : IDisposable
{
    /// <summary>Thousands of rentals have many pages: asking takes no more than such a part of the time.</summary>
    private const int Part = 10;

    private readonly SharedQuestion<Outcome<AccountCharges>> question = new(account.Market.ChargesAsync, time);
    private volatile ChargesRead? latest;

    /// <summary>Null: the platform has not said anything yet.</summary>
    public ChargesRead? Latest => latest;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            try
            {
                if (wanted())
                    await AskedAfterAsync(time.GetUtcNow(), cancellationToken);
                var rest = time.GetElapsedTime(began) * Part;
                await Task.Delay(rest > every ? rest : every, time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The server stops in the middle of a question.
            }
            catch (Exception e)
            {
                // The jobs reckon by their own meters meanwhile.
                log.LogError(e, "the charges of {Account} could not be read", account.Name);
                await Task.Delay(every, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>As they were after a moment: those who ask for it at about the same time share one answer. Null: the platform does not say.</summary>
    public async Task<ChargesRead?> AskedAfterAsync(DateTimeOffset moment, CancellationToken cancellationToken)
    {
        if (!(await user.CheckAsync(cancellationToken)).IsOk)
            return null;
        var asked = await question.AskedAfterAsync(moment, cancellationToken);
        if (!asked.Answer.TryGet(out var charges, out _))
            return null;
        if (latest is { } known && known.AskedAt >= asked.At)
            return known;
        var read = new ChargesRead(charges, asked.At);
        latest = read;
        told();
        return read;
    }

    public void Dispose() => question.Dispose();
}
