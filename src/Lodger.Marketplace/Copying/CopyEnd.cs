using System.Globalization;
using System.Threading.Channels;

namespace Lodger.Marketplace.Copying;

/// <summary>What a copy's daemon says on its error stream, as it says it, and how it ends: told to the user by the host's ssh, beside the copy.</summary>
internal sealed class CopyEnd
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(); // LastWords bounds what comes.

    /// <summary>Something for the user to read.</summary>
    public void Say(string line) => _lines.Writer.TryWrite("say " + line);

    /// <summary>The copy is over; the first call counts.</summary>
    /// <param name="status">rsync's exit status.</param>
    /// <param name="reason">Why, when nobody has said it yet.</param>
    public void Finish(int status, string? reason = null)
    {
        if (reason is not null) Say(reason);
        _lines.Writer.TryWrite("exit " + status.ToString(CultureInfo.InvariantCulture));
        _lines.Writer.TryComplete();
    }

    /// <summary>Tells everything, from the first word to the end.</summary>
    public async Task TellAsync(Func<string, Task> tell, CancellationToken cancellationToken)
    {
        await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken)) await tell(line);
    }
}
