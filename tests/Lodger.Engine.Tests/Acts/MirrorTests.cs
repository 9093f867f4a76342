using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>Which checkpoints are copied off a machine, and what becomes of the copies that are here already.</summary>
public sealed class MirrorTests
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly Dictionary<string, (string Content, DateTime At)> machine = new(StringComparer.Ordinal);
    private readonly HashSet<string> beingWritten = new(StringComparer.Ordinal);

    [Fact]
    public async Task The_shards_of_a_checkpoint_replace_an_older_one_together_or_not_at_all()
    {
        Write(Noon, ("ckpt/last/a.bin", "a1"), ("ckpt/last/b.bin", "b1"), ("ckpt/last/log.txt", "1"));
        await using var job = await StartAsync("ckpt/**");
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Here(job).ShouldBe(["a1", "b1", "1"]);

        Write(Noon.AddMinutes(5), ("ckpt/last/a.bin", "a2"), ("ckpt/last/b.bin", "b2"));
        beingWritten.Add("ckpt/last/b.bin");
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Here(job).ShouldBe(["a1", "b1", "1"], "one shard of two is no checkpoint");

        beingWritten.Clear();
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Here(job).ShouldBe(["a2", "b2", "1"]);

        Write(Noon.AddMinutes(10), ("ckpt/last/a.bin", "a3"), ("ckpt/last/b.bin", "b3"), ("ckpt/last/log.txt", "2"));
        beingWritten.Add("ckpt/last/log.txt");
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Here(job).ShouldBe(["a3", "b3", "1"], "a log that is always written to keeps no checkpoint from coming");

        static IEnumerable<string?> Here(PlayedJob job) => [Copy(job, "ckpt/last/a.bin"), Copy(job, "ckpt/last/b.bin"), Copy(job, "ckpt/last/log.txt")];
    }

    [Fact]
    public async Task What_the_machine_went_on_from_does_not_pass_for_newer_than_what_it_makes()
    {
        await using var job = await StartAsync("step-*.dat");
        // By the fast clock of the machine before, and sent from here.
        Write(Noon.AddHours(1), ("step-100.dat", "100"));
        foreach (var place in (string[])["mirror", "restore"])
        {
            var file = Path.Combine(job.Results, ".lodger", place, "step-100.dat");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "100", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(file, Noon.AddHours(1));
        }

        Write(Noon, ("step-200.dat", "200"));
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Copy(job, "step-200.dat").ShouldBe("200");
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Copy(job, "step-200.dat").ShouldBe("200", "and stays the newest");

        // Written anew, it is this machine's.
        Write(Noon.AddMinutes(5), ("step-100.dat", "100, again"));
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Copy(job, "step-100.dat").ShouldBe("100, again");
        job.Events.OfType<CheckpointMirrored>().Select(m => m.Path).ShouldBe(["step-200.dat", "step-100.dat"]);
    }

    [Fact]
    public async Task A_checkpoint_may_take_the_name_of_a_directory_and_the_other_way_round()
    {
        Write(Noon, ("ckpt/last", "1"));
        await using var job = await StartAsync("ckpt/**");
        await job.CarryOutAsync(new MirrorCheckpoints(1));

        machine.Clear();
        Write(Noon.AddMinutes(5), ("ckpt/last/a.bin", "a2"), ("ckpt/last/b.bin", "b2"));
        beingWritten.Add("ckpt/last/b.bin");
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Copy(job, "ckpt/last").ShouldBe("1", "one shard of two is no checkpoint");

        beingWritten.Clear();
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        (Copy(job, "ckpt/last/a.bin"), Copy(job, "ckpt/last/b.bin")).ShouldBe(("a2", "b2"));

        machine.Clear();
        Write(Noon.AddMinutes(10), ("ckpt/last", "3"));
        // A copy that broke off has left this.
        Directory.CreateDirectory(Path.Combine(job.Results, ".lodger", "mirror.incoming", "ckpt", "last"));
        await File.WriteAllTextAsync(Path.Combine(job.Results, ".lodger", "mirror.incoming", "ckpt", "last", "a.bin"), "a2", TestContext.Current.CancellationToken);
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Copy(job, "ckpt/last").ShouldBe("3");
        job.Runner.Live.BoxProblem.ShouldBeNull();
        Directory.Exists(Path.Combine(job.Results, ".lodger", "mirror.before")).ShouldBeFalse("what was replaced is not collected");
    }

    [Fact]
    public async Task What_makes_way_for_another_and_is_the_only_copy_is_kept()
    {
        Write(Noon, ("ckpt/last", "1"));
        await using var job = await StartAsync("ckpt/**");
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        job.Runner.Append(new PruneIntended(1, 1, 2, ["ckpt/last"]));

        machine.Clear();
        Write(Noon.AddMinutes(5), ("ckpt/last/a.bin", "a2"));
        await job.CarryOutAsync(new MirrorCheckpoints(1));

        Copy(job, "ckpt/last/a.bin").ShouldBe("a2");
        (await File.ReadAllTextAsync(Path.Combine(job.Results, ".lodger", "mirror.before", "ckpt", "last"), TestContext.Current.CancellationToken)).ShouldBe("1");
    }

    [Fact]
    public async Task A_program_that_began_again_does_not_replace_the_copy_of_a_larger_step()
    {
        Write(Noon, ("latest.json", Step(10_000)));
        await using var job = await StartAsync("latest.json");
        await job.CarryOutAsync(new MirrorCheckpoints(1));

        Write(Noon.AddMinutes(5), ("latest.json", Step(10)));
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Copy(job, "latest.json").ShouldBe(Step(10));
        (await RestoredAsync(job)).ShouldBe([$"latest.json: {Step(10_000)}"]);

        foreach (var step in (int[])[20, 30, 5, 6])
        {
            Write(Noon.AddMinutes(10 + job.Events.Count()), ("latest.json", Step(step)));
            await job.CarryOutAsync(new MirrorCheckpoints(1));
        }

        Copy(job, "latest.json").ShouldBe(Step(6));
        Asides(job).ShouldBe(["mirror.before.step-10000"], "nothing is collected");
        job.Events.OfType<Noted>().ShouldHaveSingleItem().Text.ShouldContain("step 10000");

        Write(Noon.AddHours(2), ("latest.json", Step(10_000)));
        await job.CarryOutAsync(new MirrorCheckpoints(1));
        Asides(job).ShouldBeEmpty("the mirror has as much");

        // From a higher one: what was aside before is no use beside it.
        foreach (var step in (int[])[1, 20_000, 2])
        {
            Write(Noon.AddHours(3).AddMinutes(job.Events.Count()), ("latest.json", Step(step)));
            await job.CarryOutAsync(new MirrorCheckpoints(1));
        }

        Asides(job).ShouldBe(["mirror.before.step-20000"]);
    }

    [Fact]
    public async Task What_belongs_to_the_copy_of_a_larger_step_is_kept_with_it()
    {
        Write(Noon, ("ckpt/last/model.bin", "of 10000"), ("ckpt/last/same.bin", "same"), ("ckpt/last/state.json", Step(10_000)));
        await using var job = await StartAsync("ckpt/**");
        await job.CarryOutAsync(new MirrorCheckpoints(1));

        Write(Noon.AddMinutes(5), ("ckpt/last/model.bin", "of 10"), ("ckpt/last/state.json", Step(10)));
        await job.CarryOutAsync(new MirrorCheckpoints(1));

        (Copy(job, "ckpt/last/model.bin"), Copy(job, "ckpt/last/same.bin")).ShouldBe(("of 10", "same"));
        (await RestoredAsync(job)).ShouldBe(["ckpt/last/model.bin: of 10000", "ckpt/last/same.bin: same", $"ckpt/last/state.json: {Step(10_000)}"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_change_of_names_drops_no_copy_of_a_larger_step()
    {
        Write(Noon, ("ckpt/last", Step(10_000)));
        await using var job = await StartAsync("ckpt/**");
        await job.CarryOutAsync(new MirrorCheckpoints(1));

        machine.Clear();
        Write(Noon.AddMinutes(5), ("ckpt/last/a.json", Step(10)));
        // No format is known by the bare name.
        job.Runner.Append(new CheckpointMirrored(1, "ckpt/last", 16, "aa", 10_000, "loads"));
        await job.CarryOutAsync(new MirrorCheckpoints(1));

        Copy(job, "ckpt/last/a.json").ShouldBe(Step(10));
        Asides(job).ShouldBe(["mirror.before.step-10000"]);
    }

    [Fact]
    public async Task The_copy_of_the_largest_step_is_never_pruned()
    {
        await using var job = await StartAsync("step-*.json");
        var at = Noon;
        foreach (var step in (int[])[9_000, 10_000, 10, 20, 30])
        {
            Write(at = at.AddMinutes(5), ($"step-{step}.json", Step(step)));
            await job.CarryOutAsync(new MirrorCheckpoints(1));
        }

        var mirror = Path.Combine(job.Results, ".lodger", "mirror");
        Directory.EnumerateFiles(mirror).Select(Path.GetFileName).ShouldBe(["step-10000.json", "step-20.json", "step-30.json"], ignoreOrder: true);
    }

    private static string Step(int step) => $"{{\"step\": {step}}}";

    private static IEnumerable<string?> Asides(PlayedJob job) => Directory.EnumerateDirectories(Path.Combine(job.Results, ".lodger"), "mirror.*").Select(Path.GetFileName).Where(name => name != "mirror");

    private static async Task<List<string>> RestoredAsync(PlayedJob job)
    {
        var restored = (await RestorePoint.MakeAsync(job.Runner.State, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        return [.. Directory.EnumerateFiles(restored, "*", SearchOption.AllDirectories).Select(f => $"{Path.GetRelativePath(restored, f)}: {File.ReadAllText(f)}")];
    }

    private static string? Copy(PlayedJob job, string path) => Path.Combine(job.Results, ".lodger", "mirror", path) is var file && File.Exists(file) ? File.ReadAllText(file) : null;

    private Task<PlayedJob> StartAsync(string checkpoints) => PlayedJob.StartAsync(new()
    {
        History = Histories.Running,
        Rentals = [Histories.Shown(1)],
        Checkpoints = checkpoints,
        Box =
        [
            (nameof(IBox.ListCheckpointsAsync), _ => Task.FromResult(Outcome<IReadOnlyList<BoxFile>>.Ok([.. machine.Select(f => new BoxFile(f.Key, f.Value.Content.Length, f.Value.At))]))),
            (nameof(IBox.CopyCheckpointsAsync), args => Task.FromResult<Outcome<CheckpointCopies>>(Copied((IReadOnlyList<string>)args[1]!, (string)args[2]!))),
        ],
    });

    private void Write(DateTime at, params (string Path, string Content)[] files)
    {
        foreach (var (path, content) in files)
            machine[path] = (content, at);
    }

    private CheckpointCopies Copied(IReadOnlyList<string> paths, string directory)
    {
        Dictionary<string, string> held = new(StringComparer.Ordinal);
        Directory.CreateDirectory(directory);
        foreach (var path in paths.Where(p => !beingWritten.Contains(p)))
        {
            var file = Path.Combine(directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, machine[path].Content);
            File.SetLastWriteTimeUtc(file, machine[path].At);
            held[path] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(machine[path].Content)));
        }

        return new CheckpointCopies(held, new Transferred(held.Count, 0, TimeSpan.Zero));
    }
}
