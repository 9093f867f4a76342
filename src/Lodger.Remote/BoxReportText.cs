using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Text;

namespace Lodger.Remote;

/// <summary>Reads what <c>lodge.sh report</c> prints. A report without its first and last line was cut short and says nothing.</summary>
internal static class BoxReportText
{
    private const string FirstLine = "lodger-report 1";
    private const string LastLine = "end";

    public static Outcome<BoxReport> Parse(string text)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).SkipWhile(line => line != FirstLine).Skip(1).ToList();
        var end = lines.IndexOf(LastLine);
        if (end < 0)
        {
            return new Problem("box-report-unreadable", "The machine answered, but not with a whole report.", "Its state is unknown; ask again.", ExitCode.Unknown, MayRetry: true);
        }

        return Read(Facts(lines.Take(end)));
    }

    /// <summary><c>name=value</c> lines; others say nothing.</summary>
    internal static Dictionary<string, string> Facts(IEnumerable<string> lines)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var split = line.IndexOf('=', StringComparison.Ordinal);
            if (split > 0)
            {
                facts[line[..split]] = line[(split + 1)..];
            }
        }

        return facts;
    }

    private static BoxReport Read(Dictionary<string, string> facts) => new()
    {
        Phase = Enum.TryParse<BoxPhase>(Word("phase", facts), out var phase) && Enum.IsDefined(phase) && char.IsAsciiLetter(Word("phase", facts)[0]) ? phase : BoxPhase.Unknown,
        Attempt = Integer(Word("attempt", facts)),
        Starts = Integer(Word("starts", facts)),
        HeartbeatAge = Span("heartbeat_age_s", facts),
        ExitCode = Number("exit", facts) is { } exit and >= 0 and <= 255 ? (int)exit : null,
        Failure = Encoded("failure", facts) is { Length: > 0 } failure ? Sanitize.Line(failure, 1024) : null,
        RunTime = Span("run_s", facts),
        QuietTime = Span("quiet_s", facts),
        LogBytes = Math.Max(0, Number("log_bytes", facts) ?? 0),
        ProgressText = Sanitize.Block(Encoded("progress", facts) ?? "", 4096),
        CheckpointEvery = Number("cadence_s", facts) is > 0 ? Span("cadence_s", facts) : null,
        CheckpointStep = Number("checkpoint_step", facts),
        CheckpointWriteTime = Measured("checkpoint_write_s", facts),
        CheckpointBytes = Number("checkpoint_bytes", facts),
        CheckpointPath = Path(Encoded("checkpoint_path", facts)),
        CheckpointAge = Span("checkpoint_age_s", facts),
        StepTime = Measured("step_s", facts),
        DiskTotalBytes = Number("disk_total_kb", facts) * 1024,
        DiskFreeBytes = Number("disk_free_kb", facts) * 1024,
        InodesFree = Number("inodes_free", facts),
        OomKills = Number("oom_kills", facts) is >= 0 and <= int.MaxValue and { } kills ? (int)kills : null,
        EndedOnFullDisk = facts.GetValueOrDefault("disk_full") == "1",
        Gpus = [.. (Encoded("gpus", facts) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Gpu).OfType<BoxGpu>().Take(64)],
    };

    private static string Word(string name, Dictionary<string, string> facts) => facts.GetValueOrDefault(name) is { Length: > 0 } word ? word : "-";

    /// <summary>At most ten to the fifteenth: anything larger is no size or time of a machine.</summary>
    internal static long? Number(string name, Dictionary<string, string> facts) =>
        long.TryParse(facts.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is > -1_000_000_000_000_000 and < 1_000_000_000_000_000
            ? number
            : null;

    /// <summary>Never negative: the machine's clock may have been set back.</summary>
    internal static TimeSpan? Span(string name, Dictionary<string, string> facts) =>
        Number(name, facts) is { } seconds && seconds < (long)TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null;

    /// <summary>A time with a fraction; none that is longer than a year is a measurement.</summary>
    private static TimeSpan? Measured(string name, Dictionary<string, string> facts) =>
        double.TryParse(facts.GetValueOrDefault(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 366 * 86_400
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>Only a name that needs no cleaning and stays below the workdir can be asked for again.</summary>
    private static string? Path(string? path) =>
        path is { Length: > 0 and <= 1024 } && !path.StartsWith('/') && !path.Split('/').Contains("..") && Sanitize.Line(path, 1024) == path ? path : null;

    internal static string? Encoded(string name, Dictionary<string, string> facts)
    {
        var buffer = new byte[16 * 1024];
        return facts.GetValueOrDefault(name) is { } text && Convert.TryFromBase64String(text, buffer, out var count) ? Encoding.UTF8.GetString(buffer, 0, count) : null;
    }

    private static BoxGpu? Gpu(string line)
    {
        var fields = line.Split(',', StringSplitOptions.TrimEntries);
        return fields.Length >= 4
            ? new BoxGpu(Sanitize.Line(fields[0], 80), Integer(fields[1]), Integer(fields[2]), Sanitize.Line(fields[3], 40))
            : null;
    }

    internal static int Integer(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
