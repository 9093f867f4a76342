using System.Globalization;
using System.Text.RegularExpressions;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Text;

namespace Lodger.Remote;

/// <summary>Reads what the probe prints. One without its first and last line was cut short and says nothing.</summary>
internal static partial class BoxProbeText
{
    private const string FirstLine = "lodger-probe 1";
    private const string LastLine = "lodger-probe end";
    private const string ReportLine = "lodger-report 1";

    /// <summary>No cgroup's limit is larger: version 1 has no word for none.</summary>
    private const long NoLimit = 1L << 50;

    private static readonly TimeSpan NoClock = TimeSpan.FromDays(366);

    /// <param name="asked">Our clock in the middle of the look.</param>
    public static Outcome<BoxProbe> Parse(string text, DateTimeOffset asked)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).SkipWhile(line => line != FirstLine).Skip(1).ToList();
        var end = lines.IndexOf(LastLine);
        if (end < 0)
        {
            return new Problem("box-probe-unreadable", "The machine answered, but not with a whole look.", "Its state is unknown; ask again.", ExitCode.Unknown, MayRetry: true);
        }

        var own = lines.Take(end).TakeWhile(line => line != ReportLine).ToList();
        var facts = BoxReportText.Facts(own);
        var probe = Read(facts, asked);
        if (own.Count == end)
        {
            return probe;
        }

        return BoxReportText.Parse(string.Join('\n', lines.Take(end))).Then<BoxProbe>(report => probe with
        {
            Report = report with { Gpus = [.. probe.Gpus.Select(g => new BoxGpu(g.Name, g.MemoryMb, g.UtilizationPercent, g.DriverVersion))] },
        });
    }

    private static BoxProbe Read(Dictionary<string, string> facts, DateTimeOffset asked) => new()
    {
        HasBooted = facts.GetValueOrDefault("booted") == "1",
        IsSupervised = facts.GetValueOrDefault("supervised") == "1",
        Processes = Number("processes", facts) is >= 0 and <= int.MaxValue and { } count ? (int)count : null,
        CpuTime = BoxReportText.Span("cpu_s", facts),
        ClockAhead = Ahead(Number("clock", facts), asked),
        HasNvidiaSmi = facts.GetValueOrDefault("nvidia_smi") == "1",
        GpuComplaint = BoxReportText.Encoded("gpu_complaint", facts) is { } complaint ? Sanitize.Line(complaint, 300) is { Length: > 0 } said ? said : "it fails without a word" : null,
        Gpus = [.. (BoxReportText.Encoded("gpus", facts) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Gpu).OfType<ProbedGpu>().Take(64)],
        DriverCuda = Version("driver_cuda", facts),
        ImageCuda = Version("image_cuda", facts),
        MemoryLimitBytes = Number("memory_limit", facts) is > 0 and < NoLimit and { } limit ? limit : null,
        MemoryUsedBytes = Number("memory_used", facts) is >= 0 and { } used ? used : null,
        OomKills = Number("oom_kills", facts) is >= 0 and <= int.MaxValue and { } kills ? (int)kills : null,
        RootDisk = Disk("root", facts),
        WorkDisk = Disk("work", facts),
        Hub = Number("hub_incomplete", facts) is > 0 and <= int.MaxValue and { } files && BoxReportText.Span("hub_quiet_s", facts) is { } quiet
            ? new HubDownloads((int)files, Math.Max(0, Number("hub_bytes", facts) ?? 0), quiet)
            : null,
        HubBesideDataDisk = BoxReportText.Encoded("hub_beside", facts) is { Length: > 0 } beside ? Sanitize.Line(beside, 300) : null,
        Ports = Ports(facts),
    };

    /// <summary>Null when what it calls a time is none.</summary>
    private static TimeSpan? Ahead(long? clock, DateTimeOffset asked) =>
        clock is { } seconds && seconds - asked.ToUnixTimeSeconds() is var ahead && Math.Abs(ahead) < (long)NoClock.TotalSeconds ? TimeSpan.FromSeconds(ahead) : null;

    private static ProbedDisk? Disk(string name, Dictionary<string, string> facts) => Number(name + "_total_kb", facts) is > 0 and { } total
        ? new(total * 1024, NotNegative(Number(name + "_free_kb", facts)) * 1024, NotNegative(Number(name + "_inodes", facts)), NotNegative(Number(name + "_inodes_free", facts)))
        : null;

    private static Dictionary<int, PortListener> Ports(Dictionary<string, string> facts)
    {
        var ports = new Dictionary<int, PortListener>();
        foreach (var (name, value) in facts)
        {
            if (PortName().Match(name) is { Success: true } match && ports.Count < 64)
            {
                PortListener? listener = value switch { "everywhere" => PortListener.Everywhere, "loopback" => PortListener.LoopbackOnly, "none" => PortListener.None, _ => null };
                if (listener is { } known)
                {
                    ports[int.Parse(match.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)] = known;
                }
            }
        }

        return ports;
    }

    private static ProbedGpu? Gpu(string line)
    {
        var fields = line.Split(',', StringSplitOptions.TrimEntries);
        return fields.Length >= 5
            ? new ProbedGpu(Sanitize.Line(fields[0], 80), BoxReportText.Integer(fields[1]), BoxReportText.Integer(fields[2]), BoxReportText.Integer(fields[3]), Sanitize.Line(fields[4], 40))
            : null;
    }

    /// <summary>Major and minor.</summary>
    private static decimal? Version(string name, Dictionary<string, string> facts) =>
        VersionText().Match(facts.GetValueOrDefault(name) ?? "") is { Success: true } match ? decimal.Parse(match.Groups["version"].ValueSpan, CultureInfo.InvariantCulture) : null;

    private static long? Number(string name, Dictionary<string, string> facts) => BoxReportText.Number(name, facts);

    private static long? NotNegative(long? number) => number is >= 0 ? number : null;

    [GeneratedRegex(@"^port_(?<port>[0-9]{1,5})\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex PortName();

    [GeneratedRegex(@"^(?<version>[0-9]{1,2}\.[0-9]{1,2})(\.[0-9]+)*\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex VersionText();
}
