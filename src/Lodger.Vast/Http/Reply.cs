namespace Lodger.Vast.Http;

/// <summary>Why a call has no answer.</summary>
internal enum NoAnswer
{
    /// <summary>An answer came.</summary>
    Came,

    /// <summary>No connection was made: the platform cannot have seen the call.</summary>
    NeverSent,

    /// <summary>The caller did not want it sent any more when its turn came.</summary>
    Withheld,

    /// <summary>It may have been seen and carried out.</summary>
    Unclear,

    /// <summary>An answer came and was longer than allowed; what it said is not known.</summary>
    TooLong,
}

/// <summary>What came back from one call after all its tries.</summary>
/// <param name="Status">0 when nothing came.</param>
/// <param name="Reason">Why nothing came, for people; empty when something did.</param>
internal sealed record Reply(int Status, byte[] Body, NoAnswer Missing, string Reason)
{
    public static Reply None(NoAnswer missing, string reason) => new(0, [], missing, reason);

    public bool IsAnswer => Missing == NoAnswer.Came;

    public bool IsServerFault => Status is 408 or >= 500;

    public bool IsThrottled => Status == 429;

    public override string ToString() => IsAnswer ? $"HTTP {Status}, {Body.Length} bytes" : Reason;
}
