using System.Text;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Writes tar archives by POSIX's "ustar Interchange Format" and GNU tar's manual.</summary>
internal static class TarBytes
{
    internal const string Posix = "ustar\0" + "00";
    internal const string Gnu = "ustar  \0";

    internal static byte[] End { get; } = new byte[1024];

    /// <param name="change">What to write into the header before it is summed.</param>
    internal static byte[] Header(string name, long bytes, char type = '0', string link = "", string magic = Posix, string prefix = "", Action<byte[]>? change = null)
    {
        var header = new byte[512];
        void Write(int at, string text) => Encoding.UTF8.GetBytes(text).CopyTo(header, at);
        Write(0, name);
        Write(100, "0000644\0");
        Write(124, Convert.ToString(bytes, 8).PadLeft(11, '0') + "\0");
        Write(136, "00000000000\0");
        header[156] = (byte)type;
        Write(157, link);
        Write(257, magic);
        Write(345, prefix);
        change?.Invoke(header);
        return Damage.TarSum(header, 0);
    }

    internal static byte[] Padded(byte[] content) => [.. content, .. new byte[(512 - (content.Length % 512)) % 512]];

    internal static byte[] Member(string name, int bytes, char type = '0') => [.. Header(name, bytes, type), .. Padded(Pattern(bytes))];

    /// <summary>A member that describes the one behind it: a pax header, a long name.</summary>
    internal static byte[] Extended(char type, byte[] content) => [.. Header("extended", content.Length, type), .. Padded(content)];

    internal static byte[] Pax(params (string Key, string Value)[] records) => Extended('x', Records(records));

    internal static byte[] Records(params (string Key, string Value)[] records) => Join(records.Select(record =>
    {
        var rest = Encoding.UTF8.GetBytes($" {record.Key}={record.Value}\n");
        var length = rest.Length + 1;
        while ($"{length}".Length + rest.Length != length)
        {
            length++;
        }

        return (byte[])[.. Encoding.ASCII.GetBytes($"{length}"), .. rest];
    }));
}
