using System.Net;
using Lodger.Domain.Problems;

namespace Lodger.Server.Access;

/// <summary>A network listener for everybody who has a token.</summary>
/// <param name="CertificateFile">PEM, the server's certificate and those between it and its root; with <paramref name="KeyFile"/>. Null: no TLS here.</param>
/// <param name="KeyFile">PEM, readable by this user alone.</param>
/// <param name="BehindProxy">A proxy that this listener is behind ends the TLS, and says who asked in <c>X-Forwarded-For</c>. Nobody else may reach it.</param>
public sealed record DoorOptions(IPEndPoint Listen, string? CertificateFile = null, string? KeyFile = null, bool BehindProxy = false)
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>From what a person typed; file names are made absolute by the caller.</summary>
    public static Outcome<DoorOptions> Parse(string listen, string? certificateFile, string? keyFile, bool behindProxy)
    {
        ArgumentNullException.ThrowIfNull(listen);
        if (!IPEndPoint.TryParse(listen, out var place) || !listen.Contains(':', StringComparison.Ordinal))
            return new Problem("listen-unreadable", "The public address is no address and port.", "For example  --public 0.0.0.0:8443", ExitCode.BadInput);
        var options = new DoorOptions(place, certificateFile, keyFile, behindProxy);
        return options.Refuse() is { } unfit ? unfit : options;
    }

    /// <summary>Null when such a listener may be opened.</summary>
    public Problem? Refuse()
    {
        if (CertificateFile is null != KeyFile is null)
            return new("tls-half", "A certificate and its key belong together.", "--tls-certificate FILE --tls-key FILE", ExitCode.BadInput);
        if (CertificateFile is not null && BehindProxy)
            return new("tls-twice", "TLS ends either here or at a proxy.", "Give a certificate and its key, or  --behind-proxy", ExitCode.BadInput);
        if (CertificateFile is null && !BehindProxy && !IPAddress.IsLoopback(Listen.Address))
        {
            return new(
                "tls-needed",
                $"{Listen} can be reached from other machines, and tokens would cross the network in the clear.",
                "Give  --tls-certificate FILE --tls-key FILE , or  --behind-proxy  when a proxy ends the TLS and nobody else reaches this address.",
                ExitCode.BadInput);
        }

        return KeyFile is { } key && File.Exists(key) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(key) & Others) != UnixFileMode.None
            ? new("tls-key-readable-by-others", $"Others on this machine can read the key in {key}.", $"chmod 600 '{key}'", ExitCode.BadInput)
            : null;
    }

    /// <summary>The way to whoever asks is encrypted.</summary>
    public bool IsSecure => CertificateFile is not null || BehindProxy;
}
