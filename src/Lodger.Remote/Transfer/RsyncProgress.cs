using System.Globalization;
using System.Text;
using Lodger.Domain.Box;

namespace Lodger.Remote.Transfer;

/// <summary>Reads the line that <c>rsync --info=progress2</c> rewrites: <c>1,238,099 100%  146.38kB/s  0:00:08 (xfr#5, to-chk=0/396)</c>.</summary>
internal sealed class RsyncProgress(long? bytesTotal, IProgress<TransferProgress>? progress)
{
    private readonly StringBuilder line = new();

    /// <summary>Highest number of bytes reported so far.</summary>
    public long BytesDone { get; private set; }

    public void Read(ReadOnlySpan<byte> output)
    {
        foreach (var value in output)
        {
            if (value is (byte)'\r' or (byte)'\n')
            {
                Take(line.ToString());
                line.Clear();
            }
            else if (line.Length < 256)
            {
                line.Append((char)value);
            }
        }
    }

    private void Take(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 3 || !fields[1].EndsWith('%') || !long.TryParse(fields[0].Replace(",", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            return;
        }

        BytesDone = Math.Max(BytesDone, bytes);
        progress?.Report(new TransferProgress(bytes, bytesTotal, ParseRate(fields[2])));
    }

    private static double ParseRate(string text)
    {
        (string Unit, double Factor)[] units = [("GB/s", 1 << 30), ("MB/s", 1 << 20), ("kB/s", 1 << 10), ("B/s", 1)];
        foreach (var (unit, factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return number * factor;
            }
        }

        return 0;
    }
}
