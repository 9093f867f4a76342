using System.Globalization;
using System.Text;

namespace Lodger.Server.Client;

/// <summary>
/// One question over the server's Unix domain socket, on the thread of whoever asks and over a connection of its own. A command that asks once or twice and ends has its answer before the machinery of
/// an HTTP client, made for many connections and long lives, has begun.
/// </summary>
internal static class SocketCall
{
    private const int PieceBytes = 64 << 10;

    /// <summary>The body of the answer. Ends with an <see cref="IOException"/> when the server cannot be reached, or goes away before it has said everything.</summary>
    /// <param name="path">With its query.</param>
    /// <param name="headers">Whole lines, each with its end.</param>
    /// <param name="sent">Null: nothing is sent along.</param>
    /// <param name="begin">So soon the answer has to begin.</param>
    /// <param name="patience">So long it may be silent after that.</param>
    /// <param name="status">As in HTTP.</param>
    public static byte[] Send(string socketPath, string method, string path, string headers, byte[]? sent, TimeSpan begin, TimeSpan patience, out int status, CancellationToken cancellationToken)
    {
        using var socket = UnixSocket.Connect(socketPath);
        // Whatever waits for the socket ends with it.
        using var cancelled = cancellationToken.UnsafeRegister(static s => UnixSocket.End((FileStream)s!), socket);
        try
        {
            UnixSocket.SetPatience(socket, begin);
            socket.Write(Encoding.ASCII.GetBytes(
                $"{method} {path} HTTP/1.1\r\nHost: lodger\r\nConnection: close\r\n{headers}{(sent is null ? "" : $"Content-Length: {sent.Length.ToString(CultureInfo.InvariantCulture)}\r\n")}\r\n"));
            if (sent is not null)
                socket.Write(sent);
            var said = ReadAll(socket, patience);
            // Cut short it would look like one that was cut off.
            cancellationToken.ThrowIfCancellationRequested();
            return Answer(said, out status);
        }
        catch (IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    private static ReadOnlySpan<byte> ReadAll(FileStream socket, TimeSpan patience)
    {
        var said = new byte[PieceBytes];
        var length = 0;
        while (socket.Read(said, length, said.Length - length) is > 0 and var read)
        {
            if (length == 0)
                UnixSocket.SetPatience(socket, patience);
            length += read;
            if (length == said.Length)
                Array.Resize(ref said, length * 2);
        }

        return said.AsSpan(0, length);
    }

    internal static byte[] Answer(ReadOnlySpan<byte> said, out int status)
    {
        var end = said.IndexOf("\r\n\r\n"u8);
        // HTTP/1.1 200 OK
        if (end < 0 || !said.StartsWith("HTTP/1.1 "u8) || !int.TryParse(said[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out status))
            throw CutOff();
        var head = Encoding.ASCII.GetString(said[..(end + 2)]);
        var body = said[(end + 4)..];
        if (Header(head, "Transfer-Encoding") == "chunked")
            return Chunks(body);
        if (Header(head, "Content-Length") is { } length && length != body.Length.ToString(CultureInfo.InvariantCulture))
            throw CutOff();
        return body.ToArray();
    }

    /// <summary>Null: there is none of that name.</summary>
    private static string? Header(string head, string name)
    {
        var at = head.IndexOf($"\r\n{name}: ", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return null;
        at += name.Length + 4;
        return head[at..head.IndexOf("\r\n", at, StringComparison.Ordinal)];
    }

    /// <summary>A length in hexadecimal digits on a line, so many bytes, a line's end; the last one is empty.</summary>
    private static byte[] Chunks(ReadOnlySpan<byte> body)
    {
        var whole = new byte[body.Length];
        var length = 0;
        while (true)
        {
            var line = body.IndexOf("\r\n"u8);
            if (line < 0 || !int.TryParse(body[..line], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0 || size > body.Length - line - 4)
                throw CutOff();
            if (size == 0)
                return whole[..length];
            body.Slice(line + 2, size).CopyTo(whole.AsSpan(length));
            length += size;
            body = body[(line + 2 + size + 2)..];
        }
    }

    private static IOException CutOff() => new("its answer was cut off");
}
