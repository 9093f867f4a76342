namespace Lodger.Engine.Journal;

/// <summary>One thing that somebody asked the server for and that changes something, or would have. Never changed; removed only when there are <see cref="JournalStore.AuditKept"/> newer ones.</summary>
/// <param name="Who">As the journal calls them: <c>token:ci</c>, <c>owner</c>; <c>nobody</c> for a token that is not valid.</param>
/// <param name="From">Address that they asked from; <c>socket</c> for the owner.</param>
/// <param name="Act">In a word: <c>approve</c>; for what was refused unread, the request's method and route.</param>
/// <param name="Target">The job, account, volume or token that it is about; empty: none.</param>
/// <param name="Status">HTTP: 200 and 204 done, 4xx refused, 5xx not known.</param>
/// <param name="Sequence">Rising; 0 for one that is not stored yet.</param>
public sealed record AuditEntry(DateTimeOffset At, string Who, string From, string Act, string Target, int Status, long Sequence = 0);
