using Lodger.Cli.Terminal;
using Lodger.Domain.Jobs;
using Lodger.Domain.Progress;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>A job in words. Everything returned is markup, safe to print.</summary>
internal static class JobText
{
    private const int BarWidth = 22;

    public static string PhaseWord(JobPhase phase) => PhaseWords.Of(phase);

    /// <summary>At most ten letters, for a column.</summary>
    public static string ShortPhaseWord(JobPhase phase) => phase switch
    {
        JobPhase.BringingHome => "home",
        JobPhase.AwaitingApproval => "approval",
        JobPhase.NeedsAttention => "attention",
        _ => PhaseWord(phase),
    };

    /// <summary>Phase, or outcome once closed.</summary>
    public static string StateWord(JobView job) => StateWord(job.Phase, job.Outcome);

    /// <summary>Phase, or outcome once closed.</summary>
    public static string StateWord(JobPhase phase, JobOutcome? outcome) => phase == JobPhase.Closed && outcome is { } how ? EventText.OutcomeWord(how) : PhaseWord(phase);

    /// <summary>What is going on this moment: a transfer, the job's progress, or what is waited for.</summary>
    public static string Doing(JobView job, TimeProvider time)
    {
        if (job.Work is { } work)
            return Work(work);
        if (job is { Phase: JobPhase.Running, Progress: { } progress })
            return Progress(progress, job.Report?.RunTime);
        if (job.Waiting.Length > 0)
            return Shown.Text(job.Waiting);
        return job.Report is { RunTime: { } run } ? $"for {Figures.Clock(run)}" : $"since {Figures.Moment(job.SubmittedAt, time)}";
    }

    /// <summary><c>step 1840/60000  loss 1.92   3 % | eta 0:24:10</c>.</summary>
    public static string Progress(JobProgress progress, TimeSpan? runTime)
    {
        var said = progress.Total is { } total ? $"step {progress.Step}/{total}" : $"step {progress.Step}";
        if (progress.Loss is { } loss)
            said += $"  loss {Figures.Number(loss, "0.####")}";
        if (progress.Fraction is not { } fraction)
            return said;
        said += $"  {Bar(fraction)} {Figures.Percent(fraction)}";
        if (runTime is { } ran && fraction is > 0 and < 1)
            said += $"  eta {Figures.Clock(ran * ((1 - fraction) / fraction))}";
        return said;
    }

    /// <summary><c>pulling results 1.2 GB of 5 GB  [====&gt;   ] 24 %  36 MB/s  eta 1:45  $0.024 of $0.10</c>.</summary>
    public static string Work(WorkView work)
    {
        var p = work.Progress;
        var said = Shown.Text(work.What) + " " + Figures.Bytes(p.BytesDone);
        if (p.BytesTotal is > 0 and { } total)
            said += $" of {Figures.Bytes(total)}  {Bar((double)p.BytesDone / total)} {Figures.Percent(Math.Min(1, (double)p.BytesDone / total))}";
        if (p.BytesPerSecond >= 1)
            said += $"  {Figures.Bytes((long)p.BytesPerSecond)}/s";
        if (work.Forecast?.Left is { } left)
            said += $"  eta {Figures.Clock(left)}";
        return work.Forecast is { SpentUsd: { } spent, TotalUsd: { } whole } ? $"{said}  {Figures.Usd(spent)} of {Figures.Usd(whole)}" : said;
    }

    /// <summary>What bills now and so far; says "nothing is billing" only when the platform just said so.</summary>
    public static string Meter(MeterView meter)
    {
        var soFar = SoFar(meter) is { } usd ? $" | so far {usd}" : "";
        if (meter.NothingBills)
            return $"nothing is billing{soFar}";
        var gpu = meter.GpuUsdPerHour == 0 ? "GPU off" : $"{Figures.UsdPerHour(meter.GpuUsdPerHour)} GPU";
        var now = $"{gpu}  {Figures.UsdPerHour(meter.DiskUsdPerHour)} disk";
        if (meter.SoFar is { } charges && charges.UploadUsd + charges.DownloadUsd > 0)
            now += $"  {Figures.Usd(charges.UploadUsd + charges.DownloadUsd)} bandwidth";
        return now + soFar;
    }

    /// <summary>As the platform charged, and where it does not say <c>~</c> as Lodger reckons; null: neither is known.</summary>
    public static string? SoFar(MeterView meter) =>
        meter.SoFarUsd is { } charged ? Figures.Usd(charged) : meter.ReckonedUsd is { } reckoned ? About(Figures.Usd(reckoned)) : null;

    /// <summary>What is less than can be shown is near enough as it is.</summary>
    private static string About(string usd) => usd.StartsWith('<') ? usd : $"~{usd}";

    /// <summary>The bill by what it is for, beside what was planned, if anything was.</summary>
    public static string Bill(JobView job)
    {
        if (job.Meter.SoFarUsd is not { } total)
            return $"The platform has not said yet what it charged{(job.Meter.ReckonedUsd is { } reckoned ? $"; Lodger reckons {Figures.Usd(reckoned)}" : "")}{(job.ExpectedUsd is { } expected ? $" (plan said {Figures.Usd(expected)})" : "")}.";
        var parts = job.Meter.SoFar is { } c
            ? $" (GPU {Figures.Usd(c.GpuUsd)}, disk {Figures.Usd(c.DiskUsd)}, bandwidth {Figures.Usd(c.UploadUsd + c.DownloadUsd)})"
            : "";
        return $"Total {Figures.Usd(total)}{parts}{(job.ExpectedUsd is { } planned ? $", plan said {Figures.Usd(planned)}" : "")}.";
    }

    /// <summary>As markup, in which brackets are doubled.</summary>
    public static string Bar(double fraction) => Markup.Escape(PlainBar(fraction));

    public static string PlainBar(double fraction)
    {
        var done = (int)Math.Round(Math.Clamp(fraction, 0, 1) * BarWidth);
        var head = done is > 0 and < BarWidth ? ">" : "";
        return "[" + (new string('=', done - head.Length) + head).PadRight(BarWidth) + "]";
    }
}
