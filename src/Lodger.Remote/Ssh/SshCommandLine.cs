using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Ssh;

/// <summary>
/// The argument lists with which OpenSSH is started. The machine's address and port only ever travel as options, its name is
/// ours (<c>lodger-ID</c>), and its host key is pinned under that name, because addresses and ports change.
/// </summary>
public sealed class SshCommandLine
{
    private readonly SshOptions options;
    private readonly BoxAddress address;

    private SshCommandLine(SshOptions options, BoxAddress address, string alias)
    {
        this.options = options;
        this.address = address;
        Alias = alias;
        KnownHostsFile = Path.Combine(options.KnownHostsDirectory, Alias);
    }

    /// <summary>The name under which ssh knows the machine.</summary>
    public string Alias { get; }

    /// <summary>Holds this rental's host key once it was met.</summary>
    public string KnownHostsFile { get; }

    /// <summary>A problem when the address could be taken for something else than an address.</summary>
    public static Outcome<SshCommandLine> For(SshOptions options, BoxAddress address) => For(options, address, AliasOf(address.RentalId));

    /// <summary>To the host of a rental in place of the rental: another machine, so another name and another pinned key.</summary>
    public static Outcome<SshCommandLine> For(SshOptions options, HostDoor door) =>
        IsUser(door.User)
            ? For(options with { User = door.User }, new BoxAddress(door.RentalId, new Endpoint(door.Host, door.Port), IsProxy: false), HostAliasOf(door.RentalId))
            : new Problem("host-door-invalid", $"\"{Text.Sanitize.Line(door.User, 80)}\" is no account that one could log in as.", "Ask the platform again later.", ExitCode.Unknown, MayRetry: true);

    private static Outcome<SshCommandLine> For(SshOptions options, BoxAddress address, string alias)
    {
        var host = address.Endpoint.Host;
        var isHost = host.Length is > 0 and <= 255 && host[0] != '-' && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '_');
        if (!isHost || address.Endpoint.Port is <= 0 or > 65535)
        {
            return new Problem(
                "box-address-invalid",
                $"The platform gave an address that cannot be one: {Text.Sanitize.Line(host, 80)} port {address.Endpoint.Port}.",
                "Ask the platform again later.",
                ExitCode.Unknown,
                MayRetry: true);
        }

        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(options.KnownHostsDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new SshCommandLine(options, address, alias);
    }

    private static bool IsUser(string user) => user.Length is > 0 and <= 64 && user[0] != '-' && user.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    public static string AliasOf(string rentalId) =>
        "lodger-" + new string([.. rentalId.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_')]);

    /// <summary>Of the host itself, through which a rental's disk is read.</summary>
    public static string HostAliasOf(string rentalId) => AliasOf("host-" + rentalId);

    /// <summary>Runs one command on the machine, with no terminal and no questions.</summary>
    /// <param name="hasInput">It is given something on standard input.</param>
    public IReadOnlyList<string> Command(string command, bool hasInput = false) => [.. Transport(), .. hasInput ? Array.Empty<string>() : ["-n"], "-T", "--", Alias, command];

    /// <summary>A login for a person, with a terminal; optionally a command to run in it.</summary>
    public IReadOnlyList<string> Interactive(string? command = null) =>
        command is null ? [.. Transport(), "-t", "--", Alias] : [.. Transport(), "-t", "--", Alias, command];

    /// <summary>Forwards a loopback port here to a port on the machine until it is ended; fails when the port cannot be had.</summary>
    public IReadOnlyList<string> Tunnel(int localPort, int remotePort, string remoteHost = "localhost") =>
        [.. Transport(forwards: true), "-o", "ExitOnForwardFailure=yes", "-N", "-T", "-L", $"127.0.0.1:{Number(localPort)}:{remoteHost}:{Number(remotePort)}", "--", Alias];

    /// <summary>What rsync's <c>-e</c> takes: one line, split by rsync at spaces outside quotes.</summary>
    public string RemoteShell() => string.Join(' ', new[] { "ssh" }.Concat(Transport()).Append("-T").Select(QuoteForRsync));

    /// <summary>An entry for <c>~/.ssh/config</c> or a file included from it, for ssh itself and for editors.</summary>
    public string ConfigEntry(string name)
    {
        var entry = new StringBuilder($"Host {name}\n");
        foreach (var option in Options(forwards: true, forPeople: true))
        {
            var split = option.IndexOf('=', StringComparison.Ordinal);
            entry.Append("  ").Append(option, 0, split).Append(' ').Append(option, split + 1, option.Length - split - 1).Append('\n');
        }

        return entry.ToString();
    }

    private List<string> Transport(bool forwards = false)
    {
        List<string> arguments = ["-F", "/dev/null"];
        foreach (var option in Options(forwards, forPeople: false))
        {
            arguments.Add("-o");
            arguments.Add(option);
        }

        return arguments;
    }

    private IEnumerable<string> Options(bool forwards, bool forPeople)
    {
        yield return $"HostName={address.Endpoint.Host}";
        yield return $"Port={Number(address.Endpoint.Port)}";
        yield return $"User={options.User}";
        yield return $"HostKeyAlias={Alias}";
        yield return $"UserKnownHostsFile={QuotePath(KnownHostsFile)}";
        yield return "GlobalKnownHostsFile=/dev/null";
        // The first contact pins the key; from then on nothing else will do.
        yield return $"StrictHostKeyChecking={(HasPinnedKey && !forPeople ? "yes" : "accept-new")}";
        yield return "CheckHostIP=no";
        yield return "UpdateHostKeys=no";
        yield return $"IdentityFile={QuotePath(options.IdentityFile)}";
        yield return "IdentitiesOnly=yes";
        yield return "IdentityAgent=none";
        yield return "PreferredAuthentications=publickey";
        yield return "ForwardAgent=no";
        yield return "ForwardX11=no";
        yield return $"ConnectTimeout={Number((int)Math.Ceiling(options.ConnectTimeout.TotalSeconds))}";
        yield return "ServerAliveInterval=10";
        yield return "ServerAliveCountMax=6";
        yield return "LogLevel=ERROR";
        if (HasAes)
        {
            yield return "Ciphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com";
        }

        if (forPeople)
        {
            yield break;
        }

        yield return "BatchMode=yes";
        yield return "PermitLocalCommand=no";
        if (!forwards)
        {
            yield return "ClearAllForwardings=yes";
        }
    }

    /// <summary>Of the processor here; every rented server has it. The others of OpenSSH's ciphers are offered after these, for an sshd that has none of them.</summary>
    private static bool HasAes => System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;

    private bool HasPinnedKey => File.Exists(KnownHostsFile) && new FileInfo(KnownHostsFile).Length > 0;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>ssh splits such values at spaces and expands percent signs in them.</summary>
    private static string QuotePath(string path) => $"\"{path.Replace("%", "%%", StringComparison.Ordinal)}\"";

    private static string QuoteForRsync(string argument) =>
        argument.AsSpan().IndexOfAny(' ', '"', '\'') < 0 ? argument : $"'{argument.Replace("'", "''", StringComparison.Ordinal)}'";
}
