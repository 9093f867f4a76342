using System.Diagnostics;
using System.Globalization;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class LeftoverTests
{
    [Fact]
    public async Task When_the_marketplace_is_killed_its_sandboxes_die_with_it()
    {
        await using var instance = await TestInstance.CreateAsync();
        using var owner = await OwnerProcess.StartAsync(instance.Spec);
        owner.First.IsAlive.ShouldBeTrue();

        owner.Kill();

        (await owner.First.WaitGoneAsync(TimeSpan.FromMinutes(2))).ShouldBeTrue();
        await instance.StartAsync();
        (await instance.SshAsync("true")).Must();
    }

    [Fact]
    public async Task Killed_at_any_moment_of_a_start_it_leaves_nothing_that_runs()
    {
        await using var instance = await TestInstance.CreateAsync();
        foreach (var delayMs in (int[])[0, 5, 10, 15, 20, 30, 40, 60])
        {
            using var owner = OwnerProcess.Begin(instance.Spec);
            await owner.StartedAsync();
            await Task.Delay(delayMs, TestContext.Current.CancellationToken);
            owner.Kill();

            var clock = Stopwatch.StartNew();
            while (MountsOf(instance.Spec.DiskDirectory) is { Count: > 0 } left)
            {
                clock.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), $"after {delayMs} ms: {string.Join(' ', left)}");
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sweep_kills_what_runs_below_the_root_with_or_without_its_record(bool withRecord)
    {
        await using var instance = await TestInstance.RunningAsync();
        await using var neighbour = await TestInstance.RunningAsync();
        if (!withRecord)
            File.Delete(Path.Combine(instance.Spec.DiskDirectory, "running"));

        MountsOf(instance.Spec.DiskDirectory).ShouldNotBeEmpty();

        // Another marketplace's sweep, which knows of this sandbox only what lies on the disk and in /proc.
        await new BubblewrapSandboxHost().SweepLeftoversAsync(instance.Folder, TestContext.Current.CancellationToken);

        await instance.Sandbox!.Exited.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        MountsOf(instance.Spec.DiskDirectory).ShouldBeEmpty();
        neighbour.Sandbox!.Exited.IsCompleted.ShouldBeFalse();
        (await neighbour.SshAsync("true")).Must();
        await instance.StartAsync();
        (await instance.SshAsync("true")).Must();
    }

    [Fact]
    public void A_directory_is_found_below_the_file_system_it_lies_on()
    {
        var folder = Directory.CreateTempSubdirectory("lodger-box-").FullName;
        try
        {
            var place = MountTable.PlaceOf(folder)!;
            place.Part.ShouldNotContain("//");
            (place with { Part = place.Part + "/disk" }).IsBelow(folder, place).ShouldBeTrue();
            place.IsBelow(folder + "/disk", MountTable.PlaceOf(folder + "/disk")).ShouldBeFalse();
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    [Fact]
    public async Task A_record_of_a_process_that_is_no_sandbox_kills_nobody()
    {
        var folder = Directory.CreateTempSubdirectory("lodger-box-");
        using var bystander = Process.Start("sleep", "600");
        try
        {
            var disk = folder.CreateSubdirectory("1");
            var identity = ProcessIdentity.Of(bystander.Id)!;
            await File.WriteAllTextAsync(Path.Combine(disk.FullName, "running"), identity.ToRecord(), TestContext.Current.CancellationToken);

            await new BubblewrapSandboxHost().SweepLeftoversAsync(folder.FullName, TestContext.Current.CancellationToken);

            identity.IsAlive.ShouldBeTrue();
        }
        finally
        {
            bystander.Kill();
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_pid_with_another_start_time_is_another_process()
    {
        using var process = Process.Start("sleep", "600");
        try
        {
            var identity = ProcessIdentity.Of(process.Id)!;
            var successor = identity with { StartTicks = identity.StartTicks - 1 };

            successor.IsAlive.ShouldBeFalse();
            successor.Kill();

            identity.IsAlive.ShouldBeTrue();
            identity.Kill();
            (await identity.WaitGoneAsync(TimeSpan.FromMinutes(2))).ShouldBeTrue();
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>Processes in whose mount namespace something comes from this disk.</summary>
    private static List<string> MountsOf(string directory)
    {
        var place = MountTable.PlaceOf(directory);
        return
        [
            .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>()
                .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                    && MountTable.Read(pid).Any(mount => mount.IsBelow(directory, place))),
        ];
    }
}
