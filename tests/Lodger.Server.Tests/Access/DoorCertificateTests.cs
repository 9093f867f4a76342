using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>A public address with a certificate of its own.</summary>
public sealed class DoorCertificateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task With_a_certificate_it_speaks_TLS_alone_and_its_cookie_is_for_TLS_alone()
    {
        await using var stage = await ServerStage.StartAsync();
        var (certificate, key) = WriteCertificate(stage.Root, "lab");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var wish = new DoorRequest("127.0.0.1:0", certificate, key);
        (await stage.Client.OpenDoorAsync(wish, Token)).Problem!.Id.ShouldBe("tls-key-readable-by-others");
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        (await stage.Client.OpenDoorAsync(wish with { CertificateFile = key }, Token)).Problem!.Id.ShouldBe("tls-unreadable");
        var door = await stage.OpenDoorAsync(wish with { Listen = StubPush.FreePlace() });
        door.Scheme.ShouldBe("https");

        // What is in its place and cannot be opened leaves it open.
        (await stage.Client.OpenDoorAsync(wish with { Listen = door.Authority, CertificateFile = key }, Token)).Problem!.Id.ShouldBe("tls-unreadable");
        var trusted = X509CertificateLoader.LoadCertificate(X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(certificate, Token)).RawData);
        using var handler = new SocketsHttpHandler { UseCookies = false, SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == trusted.GetCertHashString() } };
        using var client = new HttpClient(handler) { BaseAddress = door };
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {await stage.TokenAsync("ci", Scope.Read)}");
        client.DefaultRequestHeaders.Add(SameOrigin.Header, "1");
        using var signedIn = await client.PostAsync(Routes.Session, new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), Token);
        signedIn.StatusCode.ShouldBe(HttpStatusCode.OK);
        signedIn.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldSatisfyAllConditions(c => c.ShouldStartWith("__Host-lodger="), c => c.ShouldContain("secure"));
        signedIn.Headers.GetValues("Strict-Transport-Security").ShouldHaveSingleItem();
        using var plain = new Visitor(new Uri($"http://127.0.0.1:{door.Port}"));
        await Should.ThrowAsync<HttpRequestException>(() => plain.SendAsync("GET", Routes.Jobs));
    }

    [Fact]
    public async Task A_renewed_certificate_is_taken_up_and_a_broken_one_leaves_the_one_before()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-tls-").FullName;
        try
        {
            var time = new SetTime();
            var (file, key) = WriteCertificate(directory, "first");
            var certificate = DoorCertificate.Open(file, key, time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Value;
            WriteCertificate(directory, "second");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(5));
            certificate.Current.TargetCertificate.Subject.ShouldBe("CN=first", "it is not looked at for every connection");
            time.Pass(TimeSpan.FromMinutes(1));
            certificate.Current.TargetCertificate.Subject.ShouldBe("CN=second");
            await File.WriteAllTextAsync(file, "half of a", Token);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(10));
            time.Pass(TimeSpan.FromMinutes(1));
            certificate.Current.TargetCertificate.Subject.ShouldBe("CN=second");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static (string Certificate, string Key) WriteCertificate(string directory, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (certificateFile, keyFile) = (Path.Combine(directory, "lab.pem"), Path.Combine(directory, "lab.key"));
        File.WriteAllText(certificateFile, made.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (certificateFile, keyFile);
    }
}
