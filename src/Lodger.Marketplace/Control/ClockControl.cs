using System.Text.Json.Nodes;
using Lodger.Marketplace.Clock;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Control;

/// <summary>The market's time: read, advanced event by event, or made to jump.</summary>
/// <param name="book">The market.</param>
/// <param name="clock">Its clock.</param>
/// <param name="timeline">What falls due.</param>
/// <param name="life">Meters.</param>
/// <param name="remember">Records the time, so that a market whose time stands still finds it again.</param>
internal sealed class ClockControl(Book book, MarketClock clock, Timeline timeline, Lifecycle life, Action remember)
{
    private const double AdvanceMax = 366 * 86_400d;
    private const double JumpBackMax = 86_400;

    public IEnumerable<ControlRoute> Routes() =>
    [
        new("GET", "clock", _ => Facts()),
        new("POST", "clock/jump", Jump),
    ];

    public async Task<JsonObject> AdvanceAsync(ControlCall call)
    {
        await Advance.RunAsync(book, clock, timeline, TimeSpan.FromSeconds(call.Number("seconds", 0, AdvanceMax)), call.Http.RequestAborted);
        lock (book.Lock)
        {
            remember();
            return Facts();
        }
    }

    /// <summary>As a clock that is corrected jumps: at once, with nothing booting on the way; also back.</summary>
    private JsonObject Jump(ControlCall call)
    {
        foreach (var contract in book.Alive) life.MeterTo(contract, clock.GetUtcNow()); // What has passed is billed, also when the clock goes back.
        clock.Jump(TimeSpan.FromSeconds(call.Number("seconds", -JumpBackMax, AdvanceMax)));
        return Facts();
    }

    private JsonObject Facts() => new() { ["market_now"] = OfferFacts.Seconds(clock.GetUtcNow()), ["speed"] = clock.Speed };
}
