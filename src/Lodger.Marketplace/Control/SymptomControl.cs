using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Control;

/// <summary>What is wrong with a machine as its container sees it: memory that the dead hold, a clock that is wrong, kills for want of memory.</summary>
internal sealed class SymptomControl(Book book, Lifecycle life, ISandboxHost host)
{
    private const int GpuMemoryMax = 1_000_000;
    private const int DaySeconds = 86_400;
    private const long MemoryMax = 1L << 45;
    private const int KillsMax = 1_000_000;

    public IEnumerable<ControlRoute> Routes() => [new("POST", "instances/{id}/symptoms", Show)];

    /// <summary>All of them at once: what is left out is well.</summary>
    private JsonObject Show(ControlCall call)
    {
        if (book.FindContract(call.Id) is not { IsAlive: true, HasDisk: true } contract) throw new ControlException(404, "no such instance, or it has no disk yet");
        var well = new Symptoms();
        var symptoms = new Symptoms
        {
            GpuMemoryUsedMb = (int)call.Number("gpu_memory_used_mb", 0, GpuMemoryMax, missing: well.GpuMemoryUsedMb),
            GpuBusyPercent = (int)call.Number("gpu_busy_percent", 0, 100, missing: well.GpuBusyPercent),
            ClockAheadSeconds = (int)call.Number("clock_ahead_seconds", -DaySeconds, DaySeconds, missing: well.ClockAheadSeconds),
            MemoryLimitBytes = call.Body["memory_limit_bytes"] is null ? null : (long)call.Number("memory_limit_bytes", 1, MemoryMax),
            MemoryUsedBytes = call.Body["memory_used_bytes"] is null ? null : (long)call.Number("memory_used_bytes", 0, MemoryMax),
            OomKills = (int)call.Number("oom_kills", 0, KillsMax, missing: well.OomKills),
        };
        try
        {
            host.Show(life.SpecOf(contract), symptoms);
        }
        catch (SandboxException e)
        {
            throw new ControlException(409, e.Message);
        }

        return ControlCall.Done;
    }
}
