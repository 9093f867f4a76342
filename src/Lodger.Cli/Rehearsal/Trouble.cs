namespace Lodger.Cli.Rehearsal;

/// <summary>What the market does to a job that is rehearsed.</summary>
internal enum TroubleKind
{
    /// <summary>Outbid in the middle of writing a checkpoint; the rival leaves at once, and it goes on on its own machine.</summary>
    OutbidInWrite,

    /// <summary>Outbid for good: it has to go on elsewhere, from what its stopped machine still holds.</summary>
    OutbidForGood,

    /// <summary>Its host loses power: nothing on it can be reached, and the copies are all there is.</summary>
    HostLost,
}

/// <summary>One preemption that was made.</summary>
/// <param name="AfterSequence">The last journal entry before it.</param>
/// <param name="StepReached">The last step that was seen before it; null: unknown.</param>
/// <param name="Writing">Below the workdir: the file that was being written; null: none was.</param>
/// <param name="WrittenBytes">How much of that file there was.</param>
internal sealed record Trouble(TroubleKind Kind, long AfterSequence, string RentalId, long? StepReached, string? Writing, long? WrittenBytes)
{
    public string Said => Kind switch
    {
        TroubleKind.OutbidInWrite when Writing is { } file => $"killed while it wrote {file} ({Figures.Bytes(WrittenBytes ?? 0)} of it there)",
        TroubleKind.OutbidInWrite => "killed by a higher bid; no write of a checkpoint could be met",
        TroubleKind.OutbidForGood => "outbid for good",
        _ => "its host lost power",
    };
}
