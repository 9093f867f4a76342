using System.Diagnostics;
using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>A process beyond doubt: the kernel gives a pid to somebody else one day, but never with the same start time.</summary>
/// <param name="Pid">Process id in our own pid namespace.</param>
/// <param name="StartTicks">Field 22 of <c>/proc/PID/stat</c>: clock ticks since boot.</param>
internal sealed record ProcessIdentity(int Pid, long StartTicks)
{
    public bool IsAlive => Read(Pid) is { } found && found.Identity == this && found.State is not ('Z' or 'X');

    /// <summary>The identity in a line of <c>/proc/PID/stat</c>; null when it is none.</summary>
    public static ProcessIdentity? Parse(string statLine) => ParseStat(statLine)?.Identity;

    /// <summary>The process that has this pid now; null when there is none.</summary>
    public static ProcessIdentity? Of(int pid) => Read(pid)?.Identity;

    /// <summary>SIGKILL, if it is still the same process.</summary>
    public void Kill()
    {
        if (!IsAlive)
            return;
        try
        {
            using var process = Process.GetProcessById(Pid);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // Gone in between: what we wanted.
        }
        catch (InvalidOperationException)
        {
            // The same, seen one step later.
        }
    }

    /// <summary>Waits until the process is gone; false when it outlives <paramref name="limit"/>.</summary>
    public async Task<bool> WaitGoneAsync(TimeSpan limit)
    {
        var waited = Stopwatch.StartNew();
        while (IsAlive)
        {
            if (waited.Elapsed > limit)
                return false;
            await Task.Delay(2);
        }
        return true;
    }

    public string ToRecord() => string.Create(CultureInfo.InvariantCulture, $"{Pid} {StartTicks}\n");

    public static ProcessIdentity? FromRecord(string record)
    {
        var parts = record.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 2
            && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessIdentity(pid, ticks)
            : null;
    }

    private static (ProcessIdentity Identity, char State)? Read(int pid)
    {
        try
        {
            return ParseStat(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (ProcessIdentity Identity, char State)? ParseStat(string line)
    {
        // The command's name stands in parentheses and may itself hold spaces and parentheses.
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var close = line.LastIndexOf(')');
        if (open < 1 || close < open)
            return null;
        var rest = line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return rest.Length >= 20
            && int.TryParse(line[..open], NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(rest[19], CultureInfo.InvariantCulture, out var ticks)
            ? (new ProcessIdentity(pid, ticks), rest[0][0])
            : null;
    }
}
