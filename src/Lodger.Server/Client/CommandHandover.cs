using System.Globalization;
using System.Text;
using Lodger.Server.Api;

namespace Lodger.Server.Client;

/// <summary>What came of a command.</summary>
/// <param name="Status">What the process exits with.</param>
/// <param name="Output">For standard output.</param>
/// <param name="Remarks">For standard error.</param>
public sealed record CommandSaid(int Status, string Output, string Remarks);

/// <summary>A command that only looks, handed over to the server of this machine.</summary>
public static class CommandHandover
{
    /// <summary>Stands between the parts of what is handed over, and in none of them: neither words nor environment variables can hold it.</summary>
    internal const char Between = '\0';

    /// <summary>One that is there begins within a moment, on a machine that is busy within some; where it does not, whoever asks goes the long way and says what is wrong.</summary>
    private static readonly TimeSpan BeginMax = TimeSpan.FromSeconds(10);

    /// <summary>Longest that the platform may keep it waiting.</summary>
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(150);

    /// <summary>Null: it was not carried out, because no server is there or it is of another build; or nobody knows what came of it.</summary>
    /// <param name="parts">Whatever the two sides agreed upon.</param>
    public static CommandSaid? Send(string socketPath, string build, IReadOnlyList<string> parts) => Send(socketPath, build, parts, BeginMax);

    internal static CommandSaid? Send(string socketPath, string build, IReadOnlyList<string> parts, TimeSpan beginMax)
    {
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(parts);
        try
        {
            var said = SocketCall.Send(socketPath, "POST", Routes.Command, "", Encoding.UTF8.GetBytes(string.Join(Between, [build, .. parts])), beginMax, EndMax, out var status, CancellationToken.None);
            return status == 200 ? Read(said) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A line with the status and the length of the output, the output, the remarks.</summary>
    private static CommandSaid? Read(ReadOnlySpan<byte> said)
    {
        var line = said.IndexOf((byte)'\n');
        var space = said.IndexOf((byte)' ');
        if (space < 0 || line < space || !int.TryParse(said[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            || !int.TryParse(said[(space + 1)..line], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > said.Length - line - 1)
        {
            return null;
        }

        var rest = said[(line + 1)..];
        return new CommandSaid(status, Encoding.UTF8.GetString(rest[..length]), Encoding.UTF8.GetString(rest[length..]));
    }
}
