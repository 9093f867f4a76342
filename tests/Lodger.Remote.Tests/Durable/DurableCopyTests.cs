using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Lodger.Domain.Problems;
using Lodger.Marketplace.Tests.Cloud;
using Lodger.Remote.Durable;
using Lodger.Tests.Shared;

namespace Lodger.Remote.Tests.Durable;

/// <summary>Copies to each kind of place, with the real rclone; what counts is what reads back.</summary>
public sealed class DurableCopyTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("lodger-durable-");
    private readonly List<DurableFile> files = [];

    public DurableCopyTests()
    {
        Make("metrics.json", "{}"u8.ToArray());
        Make("deep/er/weights with blank.bin", RandomNumberGenerator.GetBytes(3_000_000));
        Make(".lodger/receipt.json", "{\"id\": 1}"u8.ToArray());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string From => Path.Combine(root.FullName, "bundle");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task A_directory_gets_whole_files_once_and_gives_them_back()
    {
        var target = new DurableTarget(null, Path.Combine(root.FullName, "nas", "bundle"));
        var copied = (await CopyAsync(target)).ShouldBeOk();
        (copied.Files, copied.Sent, copied.Bytes).ShouldBe((3, 3, files.Sum(f => f.Bytes)));
        Directory.EnumerateFiles(target.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }).Count().ShouldBe(3, "no half of a file lies about");
        (await CopyAsync(target)).ShouldBeOk().Sent.ShouldBe(0, "what is there is not sent twice");

        await File.WriteAllTextAsync(Path.Combine(target.Path, "metrics.json"), "[]", Token);
        (await CopyAsync(target)).Problem.ShouldNotBeNull().Id.ShouldBe("target-holds-other");
        (await File.ReadAllTextAsync(Path.Combine(target.Path, "metrics.json"), Token)).ShouldBe("[]", "nothing is overwritten");
        (await CopyAsync(new DurableTarget(null, Path.Combine(From, "copy")))).Problem.ShouldNotBeNull().Id.ShouldBe("target-inside");
        (await CopyAsync(new DurableTarget(null, "/proc/lodger"))).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.Prerequisite);
    }

    [Fact]
    public async Task A_file_that_is_not_what_was_promised_never_counts_as_copied()
    {
        await File.WriteAllTextAsync(Path.Combine(From, "metrics.json"), "{\"changed\": 1}", Token);
        var problem = (await CopyAsync(new DurableTarget(null, Path.Combine(root.FullName, "nas")))).Problem.ShouldNotBeNull();
        (problem.Id, problem.ExitCode).ShouldBe(("copy-differs", ExitCode.NotVerified));
        problem.Message.ShouldContain("metrics.json differs");
    }

    [Fact]
    public async Task An_S3_server_gets_them_signed_and_what_it_keeps_wrong_is_found_by_reading_back()
    {
        RequireRclone();
        await using var cloud = await S3Endpoint.StartAsync();
        var mine = S3(cloud, S3Endpoint.Secret);
        var target = new DurableTarget("mine", "bucket/runs/bundle");

        (await CopyAsync(target, mine)).ShouldBeOk().Sent.ShouldBe(3);
        cloud.Objects.Keys.Order(StringComparer.Ordinal).ShouldBe(files.Select(f => "bucket/runs/bundle/" + f.Path).Order(StringComparer.Ordinal));
        cloud.Refused.ShouldBe(0);
        (await CopyAsync(target, mine)).ShouldBeOk().Sent.ShouldBe(0);

        // Another hand, or a bad disk: the same size, another byte.
        var content = cloud.Objects.Single(o => o.Key.EndsWith(".bin", StringComparison.Ordinal)).Value;
        content[^1] ^= 1;
        (await CopyAsync(target, mine)).Problem.ShouldNotBeNull().Id.ShouldBe("target-holds-other");
        content[^1] ^= 1;

        // It takes every byte, says the right things of them, and gives others back: the exit status of the copy is a success all the same.
        cloud.Gives = body => body.Length > 1_000_000 ? [.. body[..^1], (byte)(body[^1] ^ 1)] : body;
        var other = (await CopyAsync(target with { Path = "bucket/other" }, mine)).Problem.ShouldNotBeNull();
        (other.Id, other.ExitCode).ShouldBe(("copy-differs", ExitCode.NotVerified));
        other.Message.ShouldContain("deep/er/weights with blank.bin differs");
    }

    [Fact]
    public async Task A_wrong_key_a_remote_that_is_not_there_and_a_server_that_is_gone_are_said_without_any_secret()
    {
        RequireRclone();
        await using var cloud = await S3Endpoint.StartAsync();
        const string wrong = "another-secret-key-of-anna";
        var refused = (await CopyAsync(new DurableTarget("mine", "bucket/x"), S3(cloud, wrong))).Problem.ShouldNotBeNull();
        refused.Id.ShouldBe("target-refuses");
        refused.ToString().ShouldNotContain(wrong);
        cloud.Objects.ShouldBeEmpty();

        (await CopyAsync(new DurableTarget("nowhere", "x"))).Problem.ShouldNotBeNull().ShouldSatisfyAllConditions(p => p.Id.ShouldBe("no-such-remote"), p => p.Fix.ShouldContain("rclone listremotes"));
        var gone = Remote("mine", ("TYPE", "webdav"), ("URL", $"http://127.0.0.1:{FreePort.Next()}"), ("VENDOR", "other"));
        gone["RCLONE_LOW_LEVEL_RETRIES"] = "1";
        (await CopyAsync(new DurableTarget("mine", "x"), gone)).Problem.ShouldNotBeNull().MayRetry.ShouldBeTrue();
    }

    [Fact]
    public async Task A_WebDAV_server_gets_them_with_its_password_and_gives_them_back()
    {
        RequireRclone();
        var served = Directory.CreateDirectory(Path.Combine(root.FullName, "served")).FullName;
        var port = FreePort.Next();
        using var server = Process.Start(new ProcessStartInfo("rclone", ["serve", "webdav", served, "--addr", $"127.0.0.1:{port}", "--user", "anna", "--pass", "open sesame", "--config", ""]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            await ListensAsync(port);
            var mine = Remote("dav", ("TYPE", "webdav"), ("URL", $"http://127.0.0.1:{port}"), ("VENDOR", "other"), ("USER", "anna"), ("PASS", await ObscuredAsync("open sesame")));
            var target = new DurableTarget("dav", "runs/bundle");
            (await CopyAsync(target, mine)).ShouldBeOk().Sent.ShouldBe(3);
            foreach (var file in files)
                Hash(await File.ReadAllBytesAsync(Path.Combine(served, "runs/bundle", file.Path), Token)).ShouldBe(file.Sha256);
            (await CopyAsync(target, mine)).ShouldBeOk().Sent.ShouldBe(0);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("/mnt/nas/runs", null, "/mnt/nas/runs")]
    [InlineData("copies", null, "/home/anna/work/copies")]
    [InlineData("../copies", null, "/home/anna/copies")]
    [InlineData("~/copies", null, "/home/anna/copies")]
    [InlineData("s3:bucket/runs", "s3", "bucket/runs")]
    [InlineData("my drive:", "my drive", "")]
    public void A_place_is_a_directory_or_a_remote_by_its_name(string text, string? remote, string path) =>
        DurableTarget.Parse(text, "/home/anna/work", "/home/anna").Value.ShouldBe(new DurableTarget(remote, path));

    [Theory]
    [InlineData("")]
    [InlineData(":s3,access_key_id=AKIA,secret_access_key=x:bucket")]
    [InlineData("s3,secret_access_key=x:bucket")]
    [InlineData("s3:../other")]
    [InlineData("--config=x:y")]
    [InlineData("s3:a\nb")]
    public void What_carries_settings_or_leads_out_is_no_place(string text) =>
        DurableTarget.Parse(text, "/home/anna", "/home/anna").Problem.ShouldNotBeNull().ShouldSatisfyAllConditions(p => p.Id.ShouldBe("bad-target"), p => p.Message.ShouldNotContain('\n'));

    [Fact]
    public void Only_what_clouds_need_is_seen_by_rclone() =>
        RcloneEnvironment.Of(new Dictionary<string, string> { ["RCLONE_CONFIG_PASS"] = "x", ["AWS_PROFILE"] = "y", ["VAST_API_KEY"] = "z", ["HF_TOKEN"] = "z" }).Keys.ShouldBe(["RCLONE_CONFIG_PASS", "AWS_PROFILE"], ignoreOrder: true);

    private Task<Outcome<DurableCopied>> CopyAsync(DurableTarget target, Dictionary<string, string?>? environment = null) =>
        DurableCopy.RunAsync(From, files, target, environment ?? new Dictionary<string, string?> { ["RCLONE_CONFIG"] = "/dev/null" }, TimeProvider.System, Token);

    private void Make(string path, byte[] content)
    {
        var file = Path.Combine(From, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        files.Add(new DurableFile(path, content.Length, Hash(content)));
    }

    private static Dictionary<string, string?> S3(S3Endpoint cloud, string secret) =>
        Remote("mine", ("TYPE", "s3"), ("PROVIDER", "Other"), ("ENDPOINT", cloud.Url), ("ACCESS_KEY_ID", S3Endpoint.AccessKey), ("SECRET_ACCESS_KEY", secret));

    /// <summary>A remote by environment, so that nobody's own configuration is read.</summary>
    private static Dictionary<string, string?> Remote(string name, params ReadOnlySpan<(string Name, string Value)> settings)
    {
        Dictionary<string, string?> environment = new(StringComparer.Ordinal) { ["RCLONE_CONFIG"] = "/dev/null" };
        foreach (var (setting, value) in settings)
            environment[$"RCLONE_CONFIG_{name.ToUpperInvariant()}_{setting}"] = value;
        return environment;
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static void RequireRclone() => Assert.SkipUnless(File.Exists("/usr/bin/rclone"), "this machine has no rclone");

    private static async Task ListensAsync(int port)
    {
        for (var i = 0; i < 1200; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, Token);
            }
        }

        throw new TimeoutException("rclone serve webdav does not listen");
    }

    private static async Task<string> ObscuredAsync(string password)
    {
        using var rclone = Process.Start(new ProcessStartInfo("rclone", ["obscure", "-"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        await rclone.StandardInput.WriteAsync(password);
        rclone.StandardInput.Close();
        var obscured = (await rclone.StandardOutput.ReadToEndAsync(Token)).Trim();
        await rclone.WaitForExitAsync(Token);
        return obscured;
    }
}
