using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Reconcile;

public sealed class DiskRoomTests
{
    private const long Gb = 1_000_000_000;

    private static readonly JobState Job = Samples.Job(Samples.Spec, Samples.Running);

    private static JobAction Decide(long? free, long total = 40 * Gb, long? checkpoint = 2 * Gb, double? triedBefore = null, JobState? job = null, double? lookedBefore = null)
    {
        var now = Samples.T0 + TimeSpan.FromMinutes(30);
        var seen = new Observation
        {
            Listing = new Listing([Samples.Rental], now),
            Report = new BoxReport { Phase = BoxPhase.Running, Starts = 1, DiskFreeBytes = free, DiskTotalBytes = total, CheckpointBytes = checkpoint },
            ReportAt = now,
            MirrorLookedAt = lookedBefore is { } looked ? now - TimeSpan.FromMinutes(looked) : null,
            PruneTriedAt = triedBefore is { } minutes ? now - TimeSpan.FromMinutes(minutes) : null,
        };
        return Reconciler.Decide(job ?? Job.After(TimeSpan.FromMinutes(20), new RunRestarted(1, 1, null)), seen, now, new Waits()).ShouldHaveSingleItem();
    }

    [Fact]
    public void Room_is_made_before_the_next_checkpoint_would_fill_the_disk()
    {
        Decide(3 * Gb).ShouldBeOfType<Wait>();
        var prune = Decide(2 * Gb).ShouldBeOfType<PruneDisk>();
        prune.FreeBytes.ShouldBe(2 * Gb);
        prune.WantedBytes.ShouldBe((2 * Gb) + (Gb / 2) + 256_000_000);
        Decide(free: null).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void What_a_checkpoint_takes_is_known_from_its_copies_when_the_job_does_not_say()
    {
        Decide(2 * Gb, checkpoint: null).ShouldBeOfType<Wait>();
        var job = Samples.Job(Samples.Spec with { Checkpoints = ["ckpt/*"] }, Samples.Running)
            .After(TimeSpan.FromMinutes(20), new RunRestarted(1, 1, null), new CheckpointMirrored(1, "ckpt/1", 2 * Gb, "abc", 1, "loads"));
        Decide(2 * Gb, checkpoint: null, job: job.After(TimeSpan.FromMinutes(29), CheckpointPace.Decide(job, job.Current!, null, 1, Samples.T0 + TimeSpan.FromMinutes(30))!))
            .ShouldBeOfType<PruneDisk>();
    }

    [Fact]
    public void A_machine_is_not_asked_again_at_once()
    {
        Decide(Gb, triedBefore: 1).ShouldBeOfType<Wait>();
        Decide(Gb, triedBefore: 3).ShouldBeOfType<PruneDisk>();
    }

    [Fact]
    public void Between_two_tries_completed_checkpoints_are_copied_however_slowly_the_machine_answers()
    {
        var job = Samples.Job(Samples.Spec with { Checkpoints = ["ckpt/*"] }, Samples.Running).After(TimeSpan.FromMinutes(20), new RunRestarted(1, 1, null));
        job = job.After(
            TimeSpan.FromMinutes(29),
            new CheckpointMirrored(1, "ckpt/1", Gb / 1000, "abc", 1, "loads"),
            CheckpointPace.Decide(job, job.Current!, null, 1, Samples.T0 + TimeSpan.FromMinutes(29))!,
            new MirrorPaced(1, TimeSpan.Zero, "each"));
        Decide(Gb / 10, checkpoint: null, triedBefore: 3, job: job, lookedBefore: 4).ShouldBeOfType<MirrorCheckpoints>();
        Decide(Gb / 10, checkpoint: null, triedBefore: 3, job: job, lookedBefore: 2).ShouldBeOfType<PruneDisk>();
    }

    [Fact]
    public void A_disk_that_is_small_for_its_checkpoints_is_the_users_choice() => Decide(6 * Gb, total: 10 * Gb, checkpoint: 9 * Gb).ShouldBeOfType<Wait>();

    [Fact]
    public void Copies_of_what_may_have_been_removed_are_remembered()
    {
        var job = Job.After(TimeSpan.FromMinutes(1), new PruneIntended(1, 1, 2, ["a"]), new DiskPruned(1, ["a"], 0, 1), new PruneIntended(1, 1, 2, ["b"]), new PruneIntended(1, 1, 2, []));
        job.OnlyCopies.ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public void Just_enough_room_is_enough()
    {
        const long needed = (2 * Gb) + (Gb / 2) + 256_000_000;
        Decide(needed).ShouldBeOfType<Wait>();
        Decide(needed - 1).ShouldBeOfType<PruneDisk>();
        Decide(Gb, triedBefore: 2).ShouldBeOfType<PruneDisk>();
        Decide((5 * Gb) - 1, total: 10 * Gb, checkpoint: 9 * Gb).ShouldBeOfType<PruneDisk>().WantedBytes.ShouldBe(5 * Gb, "half of the disk and no more");
    }
}
