using Lodger.Artifacts;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Access;

/// <summary>
/// The record of who asked for what: everything that changes something, whoever asked and whatever came of it, and what was refused, of which there is no more than strangers, and each token, may cause.
/// </summary>
internal sealed class AuditLog(JournalStore journal, TimeProvider time, ILogger log)
{
    private const int TargetLengthMax = 100;

    /// <summary>Attempts with tokens that are not valid come from anybody: 60 at once, then six a minute, are kept; the log tells of all.</summary>
    private readonly Allowance attempts = new(most: 60, perSecond: 0.1, keysMax: 1, time);

    /// <summary>What a token may not and tries all the same pushes out nothing that somebody did: for each the same. The log tells of all.</summary>
    private readonly Allowance refusals = new(most: 60, perSecond: 0.1, keysMax: 1024, time);

    /// <summary>For the request that is answered: what the entry is about, where its address does not say it.</summary>
    public static void About(HttpContext http, string target) => http.Items[typeof(AuditLog)] = target;

    public void Answered(HttpContext http, Principal who, string act) => Append(new AuditEntry(time.GetUtcNow(), who.Name, who.From, act, Target(http), http.Response.StatusCode));

    /// <summary>Known, and may not.</summary>
    public void Refused(HttpContext http, Principal who)
    {
        if (refusals.Take(who.CountedAs) is null)
            Append(new AuditEntry(time.GetUtcNow(), who.Name, who.From, Act(http), Target(http), StatusCodes.Status403Forbidden));
    }

    /// <summary>Showed something that is worth nothing.</summary>
    public void Attempted(HttpContext http, Entrance entrance)
    {
        if (attempts.Take("") is null)
            Append(new AuditEntry(time.GetUtcNow(), "nobody", entrance.Address, Act(http), Target(http), StatusCodes.Status401Unauthorized));
    }

    public IReadOnlyList<AuditView> Read(long before, int max) =>
        [.. journal.Audit(before, max).Select(e => new AuditView(e.Sequence, e.At, e.Who, e.From, e.Act, e.Target, e.Status))];

    private void Append(AuditEntry entry)
    {
        try
        {
            journal.AppendAudit(entry);
        }
        catch (JournalException e)
        {
            // What was asked for is done or refused by now; here at least it is told.
            LogLines.NotAudited(log, entry.Who, entry.From, entry.Act, entry.Target, entry.Status, e.Message);
        }
    }

    private static string Act(HttpContext http) => NeededScopes.Of(http)?.Act ?? (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";

    /// <summary>Written by whoever asked: bounded, and without what would move a reader's cursor.</summary>
    private static string Target(HttpContext http)
    {
        var target = http.Items[typeof(AuditLog)] as string ?? string.Join('/', http.Request.RouteValues.Values.OfType<string>());
        return PrintableText.Of(target.Length > TargetLengthMax ? target[..TargetLengthMax] : target);
    }
}
