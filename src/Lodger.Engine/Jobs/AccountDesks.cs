using Lodger.Engine.Accounts;
using Lodger.Engine.Offers;
using Lodger.Engine.Sweep;

namespace Lodger.Engine.Jobs;

/// <summary>What the jobs of one account ask the platform together: one look, one reading of charges, one search serves all of them.</summary>
internal sealed record AccountDesks(AccountUser User, AccountSweep Sweep, ChargesWatch Charges, OfferDesk Offers) : IDisposable
{
    public void Dispose()
    {
        Sweep.Dispose();
        Charges.Dispose();
        Offers.Dispose();
    }
}
