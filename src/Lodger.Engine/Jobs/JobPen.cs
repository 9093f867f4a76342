using Lodger.Domain.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;

namespace Lodger.Engine.Jobs;

/// <summary>Writes one job's journal, and remembers that an entry was not taken. Not for two threads at once.</summary>
internal sealed class JobPen(string jobId, JournalStore journal)
{
    /// <summary>The journal did not take an entry, or did and its answer got lost: nothing is decided before it is read again.</summary>
    private bool isStale;

    /// <summary>What could not be written last; null: the last write succeeded.</summary>
    private JournalEntry? unwritten;

    /// <summary>Flushed when it returns.</summary>
    public void Append(JournalEntry entry)
    {
        try
        {
            journal.Append(jobId, entry);
        }
        catch (Exception e)
        {
            isStale = true;
            if (e is not SequenceTakenException)
                unwritten = entry;
            throw;
        }

        unwritten = null;
    }

    /// <summary>The job as its journal has it; null: nobody else can have written since.</summary>
    public JobState? ReadAgain()
    {
        if (!isStale)
            return null;
        var read = JobState.Replay(jobId, journal.Read(jobId));
        isStale = false;
        return read;
    }

    /// <summary>
    /// Throws until the journal takes again what it did not. A machine that is spoken to counts itself as looked after and does not stop, whatever it costs; but who can write nothing down can end nothing either.
    /// </summary>
    public void RequireInk()
    {
        if (unwritten is null)
            return;
        journal.MakeSureOfRoom(jobId, unwritten);
        unwritten = null;
    }
}
