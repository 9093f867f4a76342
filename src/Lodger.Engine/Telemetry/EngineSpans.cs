using System.Diagnostics;

namespace Lodger.Engine.Telemetry;

/// <summary>
/// What the engine does, as spans, where somebody listens: looks at an account, decisions of a job, transfers. They hold ids, counts and words of our own; nothing that a machine or the platform wrote, and nothing secret.
/// </summary>
public static class EngineSpans
{
    /// <summary>By which they are listened for.</summary>
    public const string SourceName = "Lodger.Engine";

    private static readonly ActivitySource Source = new(SourceName);

    /// <param name="account">By its name here.</param>
    internal static Activity? Sweep(string account) => Source.StartActivity("sweep")?.SetTag("lodger.account", account);

    /// <param name="job">Its id.</param>
    internal static Activity? Decision(string job) => Source.StartActivity("decision")?.SetTag("lodger.job", job);

    /// <param name="what">In words of our own: <c>sending</c>.</param>
    internal static Activity? Transfer(string job, string what) => Source.StartActivity("transfer")?.SetTag("lodger.job", job).SetTag("lodger.transfer", what);

    internal static void Fail(this Activity? span) => span?.SetStatus(ActivityStatusCode.Error);
}
