using Lodger.Domain.Problems;
using Lodger.Engine.Journal;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Accounts;

/// <summary>
/// Whose key an account's is. With another user's key every rental of the first looks gone: its job would be rented for again, and the rental bill on unseen. So the platform's id of the
/// user is kept when it is first seen, and while anything under the account's name may bill, what is shown to anybody else proves nothing.
/// </summary>
/// <param name="mayBill">Whether anything that was rented under the account's name may bill.</param>
internal sealed class AccountUser(OpenAccount account, JournalStore journal, Func<bool> mayBill, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>The problem id of a key that is another user's.</summary>
    public const string Another = "account-another-user";

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    private readonly SharedQuestion<Outcome<Domain.Market.Account>> question = new(account.Market.AccountAsync, time);
    private volatile bool isSure;

    /// <summary>Set once the key is known to be another user's: one that is put in its place is read when the server starts again.</summary>
    public Problem? Stranger { get; private set; }

    /// <summary>A problem when it is another user's, and when that cannot be told just now.</summary>
    public async Task<Outcome<Done>> CheckAsync(CancellationToken cancellationToken)
    {
        // A key is one user's for good.
        if (isSure)
            return Done.Ok;
        var answer = (await question.AskedAfterAsync(time.GetUtcNow() - AskAgain, cancellationToken)).Answer;
        var first = journal.UserOf(account.Name);
        if (!answer.TryGet(out var user, out var problem))
        {
            // A key may have been made without the right to read this; there is nothing yet that it could differ from.
            return problem.ExitCode == ExitCode.NotAuthorized && first is null ? Done.Ok : problem;
        }

        if (user.UserId is { } id && id != first?.UserId)
        {
            if (first is not null && mayBill())
                return Stranger = Differs(first, user.Name, id);
            if (first is not null)
                log.LogWarning("{Account} was the key of {First} (user {FirstId}) and is that of {User} (user {Id}); nothing of the first may bill", account.Name, first.UserName, first.UserId, user.Name, id);
            journal.KeepUser(account.Name, new StoredUser(id, user.Name), time.GetUtcNow());
        }

        isSure = true;
        Stranger = null;
        return Done.Ok;
    }

    public void Dispose() => question.Dispose();

    private Problem Differs(StoredUser first, string name, string id) => new(
        Another,
        $"The key of the account {account.Name} is {name}'s (user {id}); what was rented under that name is {first.UserName}'s (user {first.UserId}) and may bill. Nothing is concluded from what this key is shown, and nothing is rented or destroyed.",
        $"Put {first.UserName}'s key back:  lodger login {account.Name}  and then  lodger server stop  (the next command starts it again). The other key goes under a name of its own:  lodger login NAME",
        ExitCode.NotAuthorized);
}
