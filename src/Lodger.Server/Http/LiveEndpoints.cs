using Lodger.Domain.Jobs;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>For whoever keeps looking: the journals as they grow, and all jobs in few words.</summary>
internal static class LiveEndpoints
{
    private const int HoursMax = 31 * 24;
    private static readonly TimeSpan ClosedShown = TimeSpan.FromDays(7);

    /// <param name="ending">No stream outlives it.</param>
    public static void Map(IEndpointRouteBuilder app, JobBoard board, JournalStore journal, Gatekeeper keeper, string build, TimeProvider time, CancellationToken ending)
    {
        var each = EachJob.Of(app);
        var stream = new LiveStream(journal, new LiveRows(board, each, time), time, ending);
        var money = new MoneyHistory(journal, board.ProjectOf);
        app.MapGet(Routes.Stream, async (HttpContext http, long? after, string? job, bool? live, Principal who) =>
        {
            var from = LastId(http) ?? after;
            // Asked for each entry: whoever is limited to a project is told of no other.
            bool Sees(string id) => who.Project is not { } own || board.ProjectOf(id) == own;
            if (job is null)
                await stream.AnswerAsync(http, who, null, "", Sees, from, live is true, () => keeper.IsStillKnown(http));
            else if (board.Find(job, who.Project).TryGet(out var sight, out var unknown))
                await stream.AnswerAsync(http, who, sight.State.Id, sight.State.Name, Sees, from, live is true, () => keeper.IsStillKnown(http));
            else
                await Answers.Of(unknown).ExecuteAsync(http);
        });
        app.MapGet(Routes.Board, (Principal who) => Results.Json(BoardOf(board, each, journal, build, who), ApiJson.Default.BoardView));
        app.MapGet(Routes.MoneyHistory, (int? hours, Principal who) => Results.Json(money.Of(who.Project, TimeSpan.FromHours(Math.Clamp(hours ?? 24, 1, HoursMax)), board.Now), ApiJson.Default.MoneyHistoryView));
    }

    private static long? LastId(HttpContext http) =>
        long.TryParse(http.Request.Headers["Last-Event-ID"], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id) ? id : null;

    private static BoardView BoardOf(JobBoard board, EachJob each, JournalStore journal, string build, Principal who)
    {
        var now = board.Now;
        var last = journal.LastNumber();
        var rows = board.Glance().Where(g => who.Sees(g.State)).Where(g => g.State.Phase != JobPhase.Closed || now - g.State.ClosedAt < ClosedShown)
            .Select(g => each.View(g.State, () => JobRows.Of(g.State, g.Live))).OfType<JobRow>().OrderByDescending(r => r.SubmittedAt).ToList();
        var markets = rows.Select(r => r.Account).Distinct(StringComparer.Ordinal).Select(board.Opened).OfType<Engine.Accounts.OpenAccount>()
            .Select(a => new MarketClock(a.Name, a.Market.Name, a.Market.MarketNow, a.Market.MarketSpeed)).ToList();
        return new BoardView(now, last, build, markets, rows);
    }
}
