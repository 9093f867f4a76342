using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

/// <summary>The cgroup's counters, version 2 and version 1, tell a command that the kernel killed for memory from one that failed by itself.</summary>
public sealed class LodgeMemoryTests
{
    [Theory]
    [InlineData("dash", "memory.events", "low 0\noom 3\noom_kill {0}\n")]
    [InlineData("bash", "memory.events", "low 0\noom 3\noom_kill {0}\n")]
    [InlineData("dash", "memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill {0}\n")]
    public async Task Kills_since_the_launch_are_counted_and_those_before_and_after_are_not(string shell, string file, string form)
    {
        using var box = new ScriptBox(shell);
        var counter = Path.Combine(box.Root, "sys/fs/cgroup", file);
        Directory.CreateDirectory(Path.GetDirectoryName(counter)!);
        string Counted(int kills) => string.Format(System.Globalization.CultureInfo.InvariantCulture, form, kills);
        await File.WriteAllTextAsync(counter, Counted(2), TestContext.Current.CancellationToken);
        box.Deliver(box.Payload($"printf '{Counted(3).Replace("\n", "\\n", StringComparison.Ordinal)}' > '{counter}'; exit 137"));
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        await File.WriteAllTextAsync(counter, Counted(9), TestContext.Current.CancellationToken);
        (box.Report().ExitCode, box.Report().OomKills).ShouldBe((137, 1));
    }

    [Fact]
    public async Task A_machine_without_counters_says_nothing_of_memory()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("exit 137"));
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        (box.Report().ExitCode, box.Report().OomKills, box.Report().EndedOnFullDisk).ShouldBe((137, null, false));
    }
}
