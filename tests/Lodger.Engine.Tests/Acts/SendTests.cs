using Lodger.Artifacts;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>What the next machine gets is put together here first, while it bills.</summary>
public sealed class SendTests
{
    private static readonly PlayedJob.Setting MovedOn = new() { History = Histories.Moved, Rentals = [Histories.Shown(2)] };

    [Fact]
    public async Task A_disk_here_that_refuses_the_checkpoints_is_said_and_tried_again_as_a_machine_that_cannot_be_used()
    {
        await using var job = await PlayedJob.StartAsync(MovedOn);
        Mirrored(job);
        File.WriteAllText(Path.Combine(job.Results, BundleLayout.OwnDirectory, "restore"), "in the way");

        await job.CarryOutAsync(new SendPayload(2));

        var problem = job.Runner.Live.BoxProblem.ShouldNotBeNull();
        problem.Id.ShouldBe("nothing-to-send-from");
        problem.ExitCode.ShouldBe(ExitCode.Prerequisite);
        problem.MayRetry.ShouldBeTrue();
        problem.Fix.ShouldContain(job.Results);
        job.Runner.Live.BoxProblemSince.ShouldNotBeNull("how long the machine is waited for counts from it");
        job.Runner.State.Current!.PayloadIntended.ShouldBeFalse();
    }

    [Fact]
    public async Task Checkpoints_to_go_on_from_take_no_second_place_on_the_disk()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a copy there");
        await using var job = await PlayedJob.StartAsync(MovedOn);
        var mirrored = Mirrored(job);
        var written = File.GetLastWriteTimeUtc(mirrored);

        var restored = Path.Combine((await RestorePoint.MakeAsync(job.Runner.State, TestContext.Current.CancellationToken)).ShouldNotBeNull(), "step-1.dat");

        File.GetLastWriteTimeUtc(restored).ShouldBe(written);
        File.AppendAllText(mirrored, "!");
        File.ReadAllText(restored).ShouldBe("weights!");
    }

    [Fact]
    public async Task A_machine_that_lost_what_it_was_sent_goes_on_from_the_checkpoints_that_are_here()
    {
        string? restored = null;
        await using var job = await PlayedJob.StartAsync(new()
        {
            History = [.. Histories.Running, new CheckpointMirrored(1, "step-1.dat", 7, "aa", null, "hash only")],
            Rentals = [Histories.Shown(1)],
            Box =
            [
                (nameof(IBox.SendAsync), args =>
                {
                    restored = args.OfType<Payload>().Single().RestoreDirectory;
                    return Task.FromResult<Outcome<Transferred>>(new Transferred(1, 7, TimeSpan.Zero));
                }),
            ],
        });
        Mirrored(job);

        await job.CarryOutAsync(new SendPayload(1));

        File.ReadAllText(Path.Combine(restored.ShouldNotBeNull(), "step-1.dat")).ShouldBe("weights");
    }

    private static string Mirrored(PlayedJob job)
    {
        var mirror = JobDirectories.Mirror(job.Runner.State);
        Directory.CreateDirectory(mirror);
        var path = Path.Combine(mirror, "step-1.dat");
        File.WriteAllText(path, "weights");
        return path;
    }
}
