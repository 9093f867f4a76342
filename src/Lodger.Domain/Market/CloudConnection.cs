namespace Lodger.Domain.Market;

/// <summary>A cloud that an account has connected at the platform: the platform's hosts can copy to it, with credentials that the platform keeps.</summary>
/// <param name="Kind">The platform's word: <c>s3</c>, <c>drive</c>.</param>
public sealed record CloudConnection(string Id, string Name, string Kind);

/// <summary>How a copy by a host stands, as the platform tells it.</summary>
public enum CloudCopyState
{
    /// <summary>None that is told of: not begun yet, or over so long that nothing is said any more.</summary>
    NotTold,

    Running,
    Finished,
    Failed,
}

/// <param name="Text">The platform's own words, cleaned.</param>
public sealed record CloudCopyStatus(CloudCopyState State, string Text);
