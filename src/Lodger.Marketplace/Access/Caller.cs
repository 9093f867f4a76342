using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Access;

/// <summary>Whom a bearer token stands for.</summary>
/// <param name="Account">Whose calls these are.</param>
/// <param name="Scope">The one contract that a container's key may touch; null for an account's keys.</param>
/// <param name="Key">The key, when it is not the account's first.</param>
internal sealed record Caller(Account Account, Contract? Scope, ApiKeyRecord? Key)
{
    /// <summary>The key's id, as audit logs name it; the first key of an account has the account's number.</summary>
    public long KeyId => Key?.Id ?? Scope?.Id ?? Account.Id;

    /// <summary>Null when nobody has this key. Called with the book's lock held.</summary>
    public static Caller? Of(Book book, string key)
    {
        if (book.AccountWithKey(key) is { } account) return new Caller(account, null, null);
        if (book.ContractWithKey(key) is { } contract && book.FindAccount(contract.AccountId) is { } owner) return new Caller(owner, contract, null);
        foreach (var candidate in book.Accounts)
            if (candidate.ApiKeys.Find(k => string.Equals(k.Key, key, StringComparison.Ordinal)) is { } record)
                return new Caller(candidate, null, record);
        return null;
    }
}
