namespace Lodger.Remote.Code;

/// <summary>Shell scripts with CRLF line ends, which a Linux shell refuses with words that mislead.</summary>
internal static class CrlfScript
{
    private const int MaxScriptBytes = 4 << 20;
    private static readonly string[] Extensions = [".sh", ".bash", ".zsh", ".ksh"];

    public static bool IsOne(FileInfo file)
    {
        if (file.Length is 0 or > MaxScriptBytes)
        {
            return false;
        }

        using var stream = file.OpenRead();
        Span<byte> start = stackalloc byte[256];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var isScript = Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase) || IsShellInterpreter(start);
        return isScript && File.ReadAllBytes(file.FullName).AsSpan().IndexOf("\r\n"u8) >= 0;
    }

    /// <summary>The same bytes with every CRLF made LF.</summary>
    public static byte[] Fix(ReadOnlySpan<byte> content)
    {
        var result = new List<byte>(content.Length);
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] != '\r' || i + 1 >= content.Length || content[i + 1] != '\n')
            {
                result.Add(content[i]);
            }
        }

        return [.. result];
    }

    private static bool IsShellInterpreter(ReadOnlySpan<byte> start)
    {
        if (!start.StartsWith("#!"u8))
        {
            return false;
        }

        var end = start.IndexOf((byte)'\n');
        var line = System.Text.Encoding.Latin1.GetString(end < 0 ? start : start[..end]).TrimEnd('\r');
        return line[2..].Split([' ', '/'], StringSplitOptions.RemoveEmptyEntries).Any(word => word is "sh" or "bash" or "dash" or "zsh" or "ksh");
    }
}
