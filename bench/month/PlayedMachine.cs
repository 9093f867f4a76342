using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;

namespace Lodger.Bench.Month;

/// <summary>A rental's disk, and what runs on it: a command that computes, writes checkpoints as often as it is told, and goes on from the newest.</summary>
internal sealed class PlayedMachine
{
    public const string Checkpoint = "ckpt/state.safetensors";

    public const string Result = "out/model.safetensors";

    /// <summary>From the command's start to its first step.</summary>
    public static readonly TimeSpan CommandStart = MonthJob.Start / 2;

    /// <summary>Progress is told in these.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private readonly Func<Payload, TimeSpan> workOf;
    private Payload? payload;
    private DateTimeOffset sentAt;
    private DateTimeOffset? upSince;
    private TimeSpan every;
    private TimeSpan begunFrom;
    private TimeSpan done;
    private TimeSpan? printed;
    private (TimeSpan Work, DateTimeOffset At)? saved;
    private DateTimeOffset? endedAt;
    private int starts;
    private int fence;

    /// <param name="workOf">How much a job has to do.</param>
    public PlayedMachine(Func<Payload, TimeSpan> workOf) => this.workOf = workOf;

    public bool IsUp => upSince is not null;

    private bool Runs => upSince is not null && payload is not null && endedAt is null && fence < payload.Attempt;

    private DateTimeOffset Begun => upSince > sentAt ? upSince.Value : sentAt;

    public void Boot(DateTimeOffset at)
    {
        upSince = at;
        starts++;
        begunFrom = done = saved?.Work ?? TimeSpan.Zero;
    }

    /// <summary>Without notice: what is not in the newest checkpoint is lost.</summary>
    public void Die(DateTimeOffset at)
    {
        Live(at);
        upSince = null;
    }

    public void Take(Payload sent, DateTimeOffset now)
    {
        Live(now);
        if (payload?.Attempt == sent.Attempt)
            return;
        (payload, sentAt, every) = (sent, now, sent.CheckpointEvery ?? MonthJob.Every);
        if (sent.RestoreDirectory is { } from && new FileInfo(Path.Combine(from, Checkpoint)) is { Exists: true } restored)
            saved = (WorkIn(File.ReadAllBytes(restored.FullName)), restored.LastWriteTimeUtc);
        begunFrom = done = saved?.Work ?? TimeSpan.Zero;
    }

    public void WriteEvery(TimeSpan time, DateTimeOffset now)
    {
        Live(now);
        every = time;
    }

    public void Fence(int attempt) => fence = Math.Max(fence, attempt);

    public BoxReport Report(DateTimeOffset now)
    {
        Live(now);
        var report = new BoxReport
        {
            Phase = payload is null ? BoxPhase.WaitingForPayload : endedAt is not null ? BoxPhase.Ended : fence >= payload.Attempt ? BoxPhase.Fenced : BoxPhase.Running,
            Attempt = payload?.Attempt ?? 0,
            Starts = starts,
            HeartbeatAge = TimeSpan.Zero,
            QuietTime = TimeSpan.Zero,
            ExitCode = endedAt is null ? null : 0,
        };
        return payload is null ? report : report with
        {
            RunTime = now - Begun,
            ProgressText = printed is { } line ? $"step {line.Ticks / Step.Ticks}/{(workOf(payload).Ticks + Step.Ticks - 1) / Step.Ticks}" : "",
            CheckpointEvery = every,
            CheckpointAge = now - saved?.At,
            CheckpointBytes = saved is null ? null : Bytes(TimeSpan.Zero).Length,
        };
    }

    /// <summary>What lies on its disk below the workdir.</summary>
    public IReadOnlyList<(BoxFile File, byte[] Content)> Files(DateTimeOffset now)
    {
        Live(now);
        List<(string Path, TimeSpan Work, DateTimeOffset At)> files = [];
        if (saved is var (work, at))
            files.Add((Checkpoint, work, at));
        if (endedAt is { } end)
            files.Add((Result, done, end));
        return [.. files.Select(f => (new BoxFile(f.Path, Bytes(f.Work).Length, WholeSecond(f.At)), Bytes(f.Work)))];
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>What has happened on it since it was looked at last.</summary>
    private void Live(DateTimeOffset now)
    {
        var computes = Begun + CommandStart;
        if (!Runs || now < computes)
            return;
        var whole = workOf(payload!);
        done = begunFrom + (now - computes);
        if (done >= whole)
            (done, endedAt) = (whole, computes + (whole - begunFrom));
        printed = done;
        while ((saved?.Work ?? TimeSpan.Zero) + every is var next && next <= done && next > TimeSpan.Zero)
            saved = (next, computes + (next - begunFrom));
    }

    /// <summary>A tensor of one number: the work that is done.</summary>
    private static byte[] Bytes(TimeSpan work)
    {
        const string header = """{"done":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""";
        var bytes = new byte[8 + header.Length + 8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        Encoding.ASCII.GetBytes(header, bytes.AsSpan(8));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes.Length - 8), work.Ticks);
        return bytes;
    }

    private static TimeSpan WorkIn(byte[] file) => TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(file.Length - 8)));

    private static DateTimeOffset WholeSecond(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond));
}
