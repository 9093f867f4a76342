namespace Lodger.Engine.Journal.Databases;

/// <summary>The journal could not be written or read. What was to be written may be there all the same: whoever wrote reads again before going on.</summary>
public abstract class JournalException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The database does not answer, or ended the connection in the middle of something.</summary>
public sealed class DatabaseUnreachableException(string what, Exception? inner = null) : JournalException($"The database {what} does not answer.", inner);

/// <summary>The database answers, and does not do what it was asked: it lets us not in, is only for reading, lacks a table.</summary>
public sealed class DatabaseRefusesException(string what, string why, Exception? inner = null) : JournalException($"The database {what} refuses: {why}.", inner);

/// <summary>The file that holds the journal cannot be written or read, for a reason that a person can do something about.</summary>
/// <param name="path">Of the file.</param>
/// <param name="why">What is wrong, and what to do.</param>
public sealed class JournalFileException(string path, string why, Exception? inner = null) : JournalException($"The journal {path} cannot be written or read: {why}.", inner);

/// <summary>This machine's clock is not the database's. What waits for a time would be cut short, so it does not lead.</summary>
public sealed class ClockSkewedException(TimeSpan ahead) : JournalException(
    $"The clock of this machine is {Math.Abs(ahead.TotalSeconds):0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the database's: it does not lead until that is put right.");

/// <summary>That sequence of the job is taken: somebody else acted on it, or an answer of the database got lost.</summary>
public sealed class SequenceTakenException(string jobId, long sequence, Exception? inner = null) : JournalException($"Journal of {jobId}: {sequence} is taken.", inner);

/// <summary>This node leads no more: another may have taken over, and this one may write nothing.</summary>
public sealed class LeadershipLostException() : JournalException("Another node of this cluster has taken over.");
