using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Api;

namespace Lodger.Acceptance.Tests;

/// <summary>A laptop, a server on another machine with TLS between them, and the marketplace: three that share no directory.</summary>
public sealed class RemoteTests
{
    private const string Job = """
        name: away
        image: python:3.12-slim
        gpu: RTX 3060
        disk: 10GB
        code: src
        run: |
          test -x run.sh && ./run.sh
          cat "$GREETING_FILE" deep/data.txt > out/said.txt
          echo "{\"accuracy\": 0.97, \"secret_length\": ${#PASSPHRASE}}" > out/metrics.json
        env: {GREETING_FILE: latest}
        secrets: [PASSPHRASE]
        results: [out]
        teardown: when-verified
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task A_job_is_run_from_another_machine_and_its_results_are_there_in_the_end_proven_twice()
    {
        await using var stage = await ServerStage.StartAsync();
        var (certificate, key) = WriteCertificate(stage.Root);
        var door = (await stage.Client.OpenDoorAsync(new DoorRequest("127.0.0.1:0", certificate, key), Token)).Value.Address!;
        var made = (await stage.Client.MakeTokenAsync(new TokenRequest("laptop", [Scope.Read, Scope.Operate, Scope.Approve], "anna", Project: "vision"), Token)).Value;
        var laptop = Directory.CreateDirectory(Path.Combine(stage.Root, "laptop")).FullName;
        var code = Directory.CreateDirectory(Path.Combine(laptop, "src")).FullName;
        Directory.CreateDirectory(Path.Combine(code, "deep"));
        await File.WriteAllTextAsync(Path.Combine(code, "deep", "data.txt"), "from the laptop\n", Token);
        await File.WriteAllTextAsync(Path.Combine(code, "run.sh"), "#!/bin/sh\nmkdir -p out\n", Token);
        File.SetUnixFileMode(Path.Combine(code, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(code, "hello.txt"), "hello\n", Token);
        File.CreateSymbolicLink(Path.Combine(code, "latest"), "hello.txt");
        var tokenFile = Path.Combine(laptop, "token");
        await File.WriteAllTextAsync(tokenFile, made.Token, Token);
        File.SetUnixFileMode(tokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var environment = new Dictionary<string, string?>
        {
            ["LODGER_STATE_DIR"] = Path.Combine(laptop, "state"),
            ["XDG_CONFIG_HOME"] = Path.Combine(laptop, "config"),
            ["LODGER_SERVER"] = $"https://localhost:{door.Port}",
            ["SSL_CERT_FILE"] = certificate,
            ["PASSPHRASE"] = "correct horse",
            ["VAST_URL"] = null,
            ["VAST_API_KEY"] = null,
        };
        var login = await stage.LodgerAtAsync(laptop, environment, null, "login", "--server", $"https://localhost:{door.Port}", "--key-file", tokenFile);
        login.ExitCode.ShouldBe((int)ExitCode.Ok, login.Text);

        var run = await stage.LodgerAtAsync(laptop, environment, Job, "run", "job.yaml", "--yes");

        run.ExitCode.ShouldBe((int)ExitCode.Ok, run.Text);
        run.Text.ShouldContain("its hash is the same there");
        run.Text.ShouldContain("nothing is billing");
        run.Text.ShouldNotContain("correct horse");
        var here = Path.Combine(laptop, "results", "away");
        (await File.ReadAllTextAsync(Path.Combine(here, "out", "said.txt"), Token)).ShouldBe("hello\nfrom the laptop\n", run.Text);
        (await File.ReadAllTextAsync(Path.Combine(here, "out", "metrics.json"), Token)).ShouldContain("\"secret_length\": 13");
        var verify = await stage.LodgerAtAsync(laptop, environment, null, "verify", here);
        verify.ExitCode.ShouldBe((int)ExitCode.Ok, verify.Text);
        var job = (await stage.Client.JobAsync("away", Token)).Value;
        job.Project.ShouldBe("vision");
        job.ResultsDirectory.ShouldStartWith(Path.Combine(stage.Root, "state", "shared", "vision") + "/");
        Directory.Exists(Path.Combine(laptop, "state")).ShouldBeFalse("no server was started here");

        // What was lost here comes again, and nothing else does.
        File.Delete(Path.Combine(here, "out", "said.txt"));
        var pull = await stage.LodgerAtAsync(laptop, environment, null, "pull", "away");
        pull.ExitCode.ShouldBe((int)ExitCode.Ok, pull.Text);
        pull.Text.ShouldContain("1 fetched from the server");
        (await stage.LodgerAtAsync(laptop, environment, null, "copy", "away", "/nowhere")).Text.ShouldContain("lodger pull away");
        (await stage.Client.AuditAsync(100, Token)).Value.Where(e => e.Who == "token:laptop").Select(e => (e.Act, e.Status)).ShouldBe([("code", 200), ("submit", 200)]);
    }

    private static (string Certificate, string Key) WriteCertificate(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (certificateFile, keyFile) = (Path.Combine(directory, "lab.pem"), Path.Combine(directory, "lab.key"));
        File.WriteAllText(certificateFile, made.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (certificateFile, keyFile);
    }
}
