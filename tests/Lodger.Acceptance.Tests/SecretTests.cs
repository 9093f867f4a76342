using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;

namespace Lodger.Acceptance.Tests;

/// <summary>A secret reaches the job's process, and no file, command line, journal, log or error on the way.</summary>
public sealed class SecretTests
{
    /// <summary>The platform itself has to keep what it is to give to containers.</summary>
    private static bool IsPlatforms(string path) => path.StartsWith("market/", StringComparison.Ordinal) && Path.GetFileName(path).StartsWith("journal", StringComparison.Ordinal);

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task A_secret_reaches_the_job_and_leaks_nowhere()
    {
        var token = "marker-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        var password = "password-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        await using var stage = await EngineStage.StartAsync();
        await using var spy = new Eavesdropper(token, password);
        var job = await stage.SubmitAsync(
            """
            mkdir -p out
            printf '{"sha256": "%s"}' "$(printf %s "$HF_TOKEN" | sha256sum | cut -c1-64)" > out/seen.json
            while [ ! -e go ]; do sleep 0.1; done
            """,
            s => s with { Secrets = ["HF_TOKEN"], Registry = new RegistryLogin("ghcr.io", "anna", "REGISTRY_PASSWORD"), Env = new Dictionary<string, string> { ["EPOCHS"] = "3" } },
            new Dictionary<string, string> { ["HF_TOKEN"] = token, ["REGISTRY_PASSWORD"] = password });

        await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
        await stage.ExecAsync(job, "[ -z \"$HF_TOKEN\" ] && [ \"$EPOCHS\" = 3 ] && [ -s /workspace/job/out/seen.json ]");
        // The disk of the instance is seen only from within. What is looked for goes there in pieces, or the look itself would leak it.
        (await OnDiskAsync(stage, job, "\"sha", "256\"")).ShouldContain("/workspace/job/out/seen.json");
        foreach (var secret in (string[])[token, password])
            (await OnDiskAsync(stage, job, secret[..8], secret[8..])).ShouldBe("", "on the machine's disk");

        // The spy is not blind: it finds what the platform has to keep.
        var found = spy.Files(stage.Root);
        found.ShouldContain(f => IsPlatforms(f));
        found.Where(f => !IsPlatforms(f)).ShouldBeEmpty("while the job runs");

        await stage.ExecAsync(job, "touch /workspace/job/go");
        var done = await stage.ClosedAsync(job);
        done.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        var seen = JsonDocument.Parse(await File.ReadAllTextAsync(stage.AtHome(job, "out/seen.json"), TestContext.Current.CancellationToken));
        seen.RootElement.GetProperty("sha256").GetString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token))), "the job itself must see it");

        spy.Files(stage.Root).Where(f => !IsPlatforms(f)).ShouldBeEmpty("after the end");
        spy.Processes.ShouldBeEmpty();
        spy.Programs.Keys.ShouldContain(p => p.EndsWith("ssh", StringComparison.Ordinal));
        spy.Programs.Keys.ShouldContain(p => p.EndsWith("rsync", StringComparison.Ordinal));
        foreach (var secret in (string[])[token, password])
            stage.Story(job).ShouldNotContain(secret);
    }

    private static async Task<string> OnDiskAsync(EngineStage stage, string job, string first, string second)
    {
        var rental = (await stage.Adapter.ShowAsync(stage.State(job).Current!.RentalId!, CancellationToken.None)).Value!;
        var command = $"printf '%s%s\\n' '{first}' '{second}' | grep -rlasF -D skip -f - /etc /root /workspace /tmp /var /home /run /opt /mnt";
        var ran = await stage.Box.ExecAsync(new BoxAddress(rental.Id, rental.DirectSsh!, false), command, TimeSpan.FromSeconds(60), CancellationToken.None);
        return ran.Value.Output;
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task After_a_restart_a_job_that_must_be_rented_for_again_waits_for_its_secret_and_goes_on_when_it_is_stored()
    {
        var token = "marker-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with
        {
            Mirror = TimeSpan.FromSeconds(1.5),
            Report = TimeSpan.FromMilliseconds(300),
            OffersValid = TimeSpan.FromSeconds(5),
            Rescue = TimeSpan.FromSeconds(20),
        });
        var job = await stage.SubmitAsync(
            """
            mkdir -p out ckpt
            printf '{"sha256": "%s"}' "$(printf %s "$RESTART_TOKEN" | sha256sum | cut -c1-64)" > out/seen.json
            if [ -e ckpt/step.json ]; then exit 0; fi
            printf '{"step": 1}' > ckpt/step.tmp && mv ckpt/step.tmp ckpt/step.json
            sleep 600
            """,
            s => s with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*.json"], Secrets = ["RESTART_TOKEN"] },
            new Dictionary<string, string> { ["RESTART_TOKEN"] = token },
            bid: true);
        var running = await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        await stage.RestartAsync();
        await stage.Market.ControlAsync($"instances/{running.Current!.RentalId}/outbid", new { by = 5m });

        await stage.UntilAsync(job, _ => stage.Board.Events(job, 0).Any(e => e.Event is Noted { Text: var said } && said.Contains("RESTART_TOKEN", StringComparison.Ordinal)));
        (await stage.ContractsAsync()).Count.ShouldBe(1, "nothing is rented without it");
        Directory.CreateDirectory(stage.Secrets);
        var path = Path.Combine(stage.Secrets, "RESTART_TOKEN");
        await File.WriteAllTextAsync(path, token + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.Count.ShouldBe(2, stage.Story(job));
        (await File.ReadAllTextAsync(stage.AtHome(job, "out/seen.json"), TestContext.Current.CancellationToken)).ShouldContain(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token))));
        stage.Story(job).ShouldNotContain(token);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(stage.Root, "state")))
            Encoding.Latin1.GetString(await ReadSharedAsync(file)).ShouldNotContain(token, Case.Sensitive, file);
    }

    /// <summary>The journal is open meanwhile.</summary>
    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    [Fact]
    public async Task A_registry_password_that_could_become_an_option_is_refused_unsaid_before_anything_is_rented()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(
            "true",
            s => s with { Registry = new RegistryLogin("ghcr.io", "anna", "REGISTRY_PASSWORD") },
            new Dictionary<string, string> { ["REGISTRY_PASSWORD"] = "hunter2 --privileged" });
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Problem!.Id.ShouldBe("registry-password-unfit");
        stage.Story(job).ShouldNotContain("hunter2");
        (await stage.ContractsAsync()).ShouldBeEmpty();
    }
}
