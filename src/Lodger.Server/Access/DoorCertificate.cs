using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodger.Domain.Problems;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Access;

/// <summary>The certificate that a listener shows. Looked at again once a minute: one that was renewed is taken up without a restart, and one that cannot be read leaves the one before.</summary>
internal sealed class DoorCertificate
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly string certificateFile;
    private readonly string keyFile;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private SslStreamCertificateContext current;
    private (DateTime, DateTime) stamps;
    private long lookedAt;

    private DoorCertificate(string certificateFile, string keyFile, SslStreamCertificateContext current, (DateTime, DateTime) stamps, TimeProvider time, ILogger log)
    {
        (this.certificateFile, this.keyFile, this.current, this.stamps, this.time, this.log) = (certificateFile, keyFile, current, stamps, time, log);
        lookedAt = time.GetTimestamp();
    }

    public static Outcome<DoorCertificate> Open(string certificateFile, string keyFile, TimeProvider time, ILogger log)
    {
        try
        {
            var asRead = Stamps(certificateFile, keyFile);
            return new DoorCertificate(certificateFile, keyFile, Read(certificateFile, keyFile), asRead, time, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return new Problem("tls-unreadable", $"{certificateFile} and {keyFile} are no certificate with its key: {e.Message}", "Name two PEM files; the key without a passphrase.", ExitCode.BadInput);
        }
    }

    public SslStreamCertificateContext Current
    {
        get
        {
            lock (gate)
            {
                if (time.GetElapsedTime(lookedAt) >= LookEvery)
                    LookAgain();
                return current;
            }
        }
    }

    private void LookAgain()
    {
        lookedAt = time.GetTimestamp();
        try
        {
            var now = Stamps(certificateFile, keyFile);
            if (now == stamps)
                return;
            current = Read(certificateFile, keyFile);
            stamps = now;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // Between the two files of a renewal, or for good: the log says it each minute.
            LogLines.CertificateNotTaken(log, certificateFile, e.Message);
        }
    }

    private static (DateTime, DateTime) Stamps(string certificateFile, string keyFile) => (File.GetLastWriteTimeUtc(certificateFile), File.GetLastWriteTimeUtc(keyFile));

    private static SslStreamCertificateContext Read(string certificateFile, string keyFile)
    {
        var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificateFile);
        all.RemoveAt(0);
        return SslStreamCertificateContext.Create(certificate, all, offline: true);
    }
}
