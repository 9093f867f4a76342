namespace Lodger.Engine.Journal.Databases;

/// <summary>The journal could not be written or read. What was to be written may be there all the same: whoever wrote reads again before going on.</summary>
public abstract class JournalException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The database does not answer, or ended the connection in the middle of something.</summary>
public sealed class DatabaseUnreachableException(string what, Exception? inner = null) : JournalException($"The database {what} does not answer.", inner);

/// <summary>The database answers, and lets us not in or not write.</summary>
public sealed class DatabaseRefusesException(string what, string why, Exception? inner = null) : JournalException($"The database {what} refuses: {why}.", inner);

/// <summary>That sequence of the job is taken: somebody else acted on it, or an answer of the database got lost.</summary>
public sealed class SequenceTakenException(string jobId, long sequence, Exception? inner = null) : JournalException($"Journal of {jobId}: {sequence} is taken.", inner);

/// <summary>This node leads no more: another may have taken over, and this one may write nothing.</summary>
public sealed class LeadershipLostException() : JournalException("Another node of this cluster has taken over.");
