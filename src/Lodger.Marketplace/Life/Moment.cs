using Lodger.Marketplace.Clock;

namespace Lodger.Marketplace.Life;

/// <summary>The market's now: the moment of the event that is being carried out, else what the clock says. Used with the book's lock held.</summary>
internal sealed class Moment(MarketClock clock)
{
    private DateTimeOffset? _event;

    public DateTimeOffset Now => _event ?? clock.GetUtcNow();

    /// <summary>Carries out what was due at <paramref name="at"/> as if it were then, so that it is metered to that second.</summary>
    public void During(DateTimeOffset at, Action act)
    {
        _event = at;
        try
        {
            act();
        }
        finally
        {
            _event = null;
        }
    }
}
