using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Control;

/// <summary>Accounts and their money.</summary>
internal sealed class AccountControl(Book book, Lifecycle life, Solvency solvency, TimeProvider clock, Func<decimal, Account> openAccount)
{
    private const double BalanceMax = 1e6;

    public IEnumerable<ControlRoute> Routes() =>
    [
        new("POST", "accounts", Open),
        new("POST", "balance", SetBalance),
        new("POST", "card", SetCard),
    ];

    private JsonObject Open(ControlCall call)
    {
        var account = openAccount((decimal)call.Number("balance", -BalanceMax, BalanceMax));
        return new JsonObject { ["id"] = account.Id, ["api_key"] = account.ApiKey };
    }

    private JsonObject SetBalance(ControlCall call)
    {
        var balance = (decimal)call.Number("balance", -BalanceMax, BalanceMax);
        var account = Account(call);
        foreach (var contract in book.Alive) life.MeterTo(contract, clock.GetUtcNow());
        account.PaidInUsd += balance - book.BalanceUsd(account);
        book.Save(account);
        solvency.Reconsider();
        return new JsonObject { ["balance"] = book.BalanceUsd(account) };
    }

    private JsonObject SetCard(ControlCall call)
    {
        var account = Account(call);
        account.HasCard = call.Flag("on_file");
        book.Save(account);
        solvency.Reconsider();
        return new JsonObject { ["account_id"] = account.Id, ["on_file"] = account.HasCard };
    }

    private Account Account(ControlCall call) => call.Body["account_id"] is null
        ? book.Accounts.First()
        : book.FindAccount((long)call.Number("account_id", 0, long.MaxValue)) ?? throw new ControlException(404, "no such account");
}
