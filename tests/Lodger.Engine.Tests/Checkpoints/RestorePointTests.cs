using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Tests.Stage;
using Lodger.Tests.Shared;

namespace Lodger.Engine.Tests.Checkpoints;

/// <summary>What the third machine goes on from, of what two machines made whose clocks need not agree.</summary>
public sealed class RestorePointTests
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_larger_step_wins_whatever_the_times_of_the_files()
    {
        await using var job = await StartAsync();
        Write(job, "attempts/1/ck/last.json", "{\"step\": 27}", Noon.AddHours(3));
        Write(job, "attempts/2/ck/last.json", "{\"step\": 59}", Noon);
        (await RestoredAsync(job)).ShouldBe(["ck/last.json: {\"step\": 59}"]);

        Write(job, "mirror/ck/last.json", "{\"step\": 61}", Noon.AddHours(-3));
        (await RestoredAsync(job)).ShouldBe(["ck/last.json: {\"step\": 61}"]);
    }

    [Fact]
    public async Task Without_a_step_the_later_machines_wins_unless_it_is_what_that_one_was_sent()
    {
        await using var job = await StartAsync();
        Write(job, "attempts/1/ck/a.dat", "a of 1", Noon.AddHours(3));
        Write(job, "attempts/2/ck/a.dat", "a of 2", Noon);
        // What the first machine made of it after its last copy, which the second one was sent and did not change.
        Write(job, "mirror/ck/b.dat", "b of 1", Noon);
        Write(job, "attempts/2/ck/b.dat", "b of 1", Noon);
        Write(job, "attempts/1/ck/b.dat", "newer b of 1", Noon.AddMinutes(1));
        // The mirror's is of the machine that the journal names.
        Write(job, "mirror/ck/c.dat", "c of 2", Noon);
        Write(job, "attempts/1/ck/c.dat", "c of 1", Noon.AddHours(3));

        (await RestoredAsync(job)).ShouldBe(["ck/a.dat: a of 2", "ck/b.dat: newer b of 1", "ck/c.dat: c of 2"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_name_that_was_a_files_and_a_directorys_is_what_it_was_last()
    {
        await using var job = await StartAsync();
        Write(job, "attempts/1/ck/last", "of 1", Noon.AddHours(3));
        Write(job, "attempts/2/ck/last/a.dat", "a of 2", Noon);
        Write(job, "attempts/1/ck/best/a.dat", "a of 1", Noon.AddHours(3));
        Write(job, "attempts/2/ck/best", "of 2", Noon);
        // A copy that was killed between making way and taking its place.
        Write(job, "mirror.before/ck/kept", "of 1", Noon);

        (await RestoredAsync(job)).ShouldBe(["ck/last/a.dat: a of 2", "ck/best: of 2", "ck/kept: of 1"], ignoreOrder: true);
    }

    [Fact]
    public async Task The_shards_of_a_checkpoint_are_all_of_one_place()
    {
        await using var job = await StartAsync();
        Write(job, "mirror/ck/last/shard-0.json", "{\"step\": 100}", Noon);
        Write(job, "mirror/ck/last/shard-1.json", "{\"step\": 100}", Noon);
        // Killed while it wrote: the second is cut.
        Write(job, "attempts/2/ck/last/shard-0.json", "{\"step\": 200}", Noon.AddMinutes(5));
        Write(job, "attempts/2/ck/last/shard-1.json", "{\"step\": 2", Noon.AddMinutes(5));
        string[] older = ["ck/last/shard-0.json: {\"step\": 100}", "ck/last/shard-1.json: {\"step\": 100}"];
        (await RestoredAsync(job)).ShouldBe(older, ignoreOrder: true);

        // It was gone, or not written yet.
        File.Delete(Path.Combine(job.Results, ".lodger", "attempts", "2", "ck", "last", "shard-1.json"));
        (await RestoredAsync(job)).ShouldBe(older, ignoreOrder: true);
        Write(job, "attempts/2/ck/last/shard-1.json", "{\"step\": 100}", Noon);
        (await RestoredAsync(job)).ShouldBe(older, ignoreOrder: true);

        Write(job, "attempts/2/ck/last/shard-1.json", "{\"step\": 200}", Noon.AddMinutes(5));
        (await RestoredAsync(job)).ShouldBe(["ck/last/shard-0.json: {\"step\": 200}", "ck/last/shard-1.json: {\"step\": 200}"], ignoreOrder: true);
    }

    [Fact]
    public async Task Checkpoints_that_only_share_a_directory_do_not_wait_for_one_another()
    {
        await using var job = await StartAsync();
        // The program keeps its newest under two names, and deletes the one before.
        Write(job, "mirror/ck/run/step=100.json", "{\"step\": 100}", Noon);
        Write(job, "mirror/ck/run/last.json", "{\"step\": 100}", Noon);
        Write(job, "mirror/ck/run/best.json", "{\"step\": 50}", Noon);
        Write(job, "attempts/2/ck/run/step=200.json", "{\"step\": 200}", Noon.AddMinutes(5));
        Write(job, "attempts/2/ck/run/last.json", "{\"step\": 200}", Noon.AddMinutes(5));
        Write(job, "attempts/2/ck/run/best.json", "{\"step\": 50}", Noon);
        (await RestoredAsync(job)).ShouldBe(
            ["ck/run/step=100.json: {\"step\": 100}", "ck/run/step=200.json: {\"step\": 200}", "ck/run/last.json: {\"step\": 200}", "ck/run/best.json: {\"step\": 50}"], ignoreOrder: true);

        // Killed in the middle of the second name: the first is whole.
        Write(job, "attempts/2/ck/run/last.json", "{\"st", Noon.AddMinutes(5));
        (await RestoredAsync(job)).ShouldBe(
            ["ck/run/step=100.json: {\"step\": 100}", "ck/run/step=200.json: {\"step\": 200}", "ck/run/last.json: {\"step\": 100}", "ck/run/best.json: {\"step\": 50}"], ignoreOrder: true);
    }

    private static Task<PlayedJob> StartAsync() => PlayedJob.StartAsync(new()
    {
        History =
        [
            .. Histories.Moved, new CheckpointMirrored(1, "ck/b.dat", 6, "", null, "hash only"), new CheckpointMirrored(2, "ck/c.dat", 6, "", null, "hash only"),
            new RentalChanged(2, "r2", RentalStatus.Preempted, "outbid"), new MoveDecided(2, "outbid", "rent", [], SampleOffer.OnDemand, null, null), .. Histories.Rented(3),
        ],
        Rentals = [Histories.Shown(1), Histories.Shown(2), Histories.Shown(3)],
        Checkpoints = "ck/**",
    });

    private static void Write(PlayedJob job, string path, string text, DateTime at)
    {
        var file = Path.Combine(job.Results, ".lodger", path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        File.SetLastWriteTimeUtc(file, at);
    }

    private static async Task<List<string>> RestoredAsync(PlayedJob job)
    {
        var restored = (await RestorePoint.MakeAsync(job.Runner.State, Token)).ShouldNotBeNull();
        return [.. Directory.EnumerateFiles(restored, "*", SearchOption.AllDirectories).Select(f => $"{Path.GetRelativePath(restored, f)}: {File.ReadAllText(f)}")];
    }
}
