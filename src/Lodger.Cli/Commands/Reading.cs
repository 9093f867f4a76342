using Lodger.Artifacts.Verification;
using Lodger.Cli.Terminal;

namespace Lodger.Cli.Commands;

/// <summary>How far reading files has come, on a line that is redrawn.</summary>
internal sealed class Reading(ProgressLine bar) : IProgress<VerifyProgress>
{
    public void Report(VerifyProgress value) =>
        bar.Draw($"  reading {Figures.Bytes(value.BytesDone)} of {Figures.Bytes(value.BytesTotal)}", value.BytesTotal == 0 ? 1 : (double)value.BytesDone / value.BytesTotal);
}
