using System.Globalization;

namespace Lodger.Cli.Composition;

/// <summary>A process known by its id and its start time: an id alone may have passed on to a stranger.</summary>
internal sealed record LiveProcess(int Id, long StartTicks)
{
    /// <summary>Null when there is no such process, or only its remains.</summary>
    public static LiveProcess? Find(int id)
    {
        if (id <= 1)
            return null;
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            // The name in brackets may hold anything; the fields that count come behind the last bracket.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : new LiveProcess(id, long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public bool IsAlive => Find(Id) is { } now && now.StartTicks == StartTicks;

    /// <summary>Waits until it is gone; false when it still lives after the bound.</summary>
    public async Task<bool> WaitGoneAsync(TimeSpan bound, TimeProvider time)
    {
        var from = time.GetTimestamp();
        while (IsAlive)
        {
            if (time.GetElapsedTime(from) > bound)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(25), time);
        }

        return true;
    }

    /// <summary>TERM, a grace, KILL; true when it is gone.</summary>
    public async Task<bool> EndAsync(TimeSpan grace, TimeProvider time)
    {
        Send(Signals.Term);
        if (await WaitGoneAsync(grace, time))
            return true;
        Send(Signals.Kill);
        return await WaitGoneAsync(TimeSpan.FromSeconds(30), time);
    }

    private void Send(int signal)
    {
        if (IsAlive)
            Signals.Send(Id, signal);
    }
}
