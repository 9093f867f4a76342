using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Gate;

/// <summary>What a person reads in the checklist, and the moments from which on it says something else.</summary>
public sealed class GateSentencesTests
{
    private static readonly DateTimeOffset Now = Samples.T0.AddSeconds(30);
    private static readonly Waits Waits = new();

    private static readonly JobEvent[] Ended = [.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, "")];
    private static readonly JobEvent[] Looked = [.. Samples.Finished, Samples.Yes(), new MachineRechecked(1, "m1")];
    private static readonly JobEvent[] Stopped = [.. Samples.Finished, new MachineRechecked(1, "m1"), new StopIntended(1, "idle"), new RentalStopped(1, Samples.Rental.StartedAt), Samples.Yes()];
    private static readonly Rental AtRest = Samples.Rental with { Status = RentalStatus.Stopped };

    private static string[] Said(Rental? rental, DateTimeOffset now, params JobEvent[] events)
    {
        var job = Samples.Job(events);
        return [.. TeardownGate.Judge(job, job.Current!, rental, now, now, Waits).Conditions.Select(c => $"{c.State} {c.Text}")];
    }

    [Fact]
    public void Before_anything_is_home() => Said(Samples.Rental, Now, Ended).ShouldBe([
        "Lacking the results are not pulled yet",
        "Lacking the results are not verified yet",
        "Lacking whether the machine holds anything newer: Lodger asks it again right before it destroys",
        "Lacking a yes needs a receipt first"]);

    [Fact]
    public void While_it_runs() => Said(Samples.Rental, Now, Samples.Running)[2].ShouldBe("Lacking the job has not ended");

    [Fact]
    public void With_everything_but_the_yes() => Said(Samples.Rental, Now, [.. Samples.Finished, new MachineRechecked(1, "m1")]).ShouldBe([
        "Met 2 of 2 result files pulled, sizes and SHA-256 match the manifest made on the machine",
        "Met 2 of 2 files load",
        "Met nothing on the machine is newer than what you have",
        "Lacking your yes"]);

    [Fact]
    public void With_a_yes_and_with_one_to_something_else()
    {
        Said(Samples.Rental, Now, Looked)[3].ShouldBe("Met approved by anna");
        Said(Samples.Rental, Now, [.. Samples.Finished, Samples.Yes("receipt-0")])[3].ShouldBe("Lacking your yes (the one on record was for another state of things)");
    }

    [Fact]
    public void With_files_that_no_verifier_opens() =>
        Said(Samples.Rental, Now, [.. Samples.Finished, Samples.Receipt("receipt-2", "m1", "a.bin")])[1].ShouldBe("Met 1 of 2 files load; by hash only, so your yes must name them: a.bin");

    [Fact]
    public void With_one_file() => Said(Samples.Rental, Now, [.. Ended, Samples.Receipt() with { Files = 1, Loaded = 1 }])[..2].ShouldBe([
        "Met 1 of 1 result file pulled, size and SHA-256 match the manifest made on the machine",
        "Met 1 of 1 file loads"]);

    [Fact]
    public void With_nothing_to_pull()
    {
        var said = Said(Samples.Rental, Now, [.. Ended, Samples.Receipt() with { Files = 0 }]);
        said[0].ShouldBe("Met the machine's manifest is empty: there was no result file to pull");
        said[1].ShouldBe("Met no file that would have to load");
    }

    [Fact]
    public void When_a_file_failed()
    {
        var said = Said(Samples.Rental, Now, [.. Ended, new VerificationFailed(1, [new FileFinding("a.pt", "damaged", "it is torn"), new FileFinding("b.pt", "missing", "it is missing")])]);
        said[0].ShouldBe("Failed a.pt: it is torn; b.pt: it is missing");
        said[1].ShouldBe("Failed not every file is proven to load");
    }

    [Fact]
    public void When_the_machine_or_the_platform_says_otherwise()
    {
        Said(Samples.Rental, Now, [.. Samples.Finished, new MachineRechecked(1, "m2")])[0].ShouldBe("Lacking the results are not pulled yet", "what changed is fetched again");
        Said(null, Now, Looked)[2].ShouldBe("Lacking the platform does not say what the rental is doing");
        Said(Samples.Rental, Now, [.. Samples.Finished, new MachineRechecked(1, "m1"), Samples.Yes()])[2].ShouldBe("Lacking whether the machine holds anything newer by now: Lodger asks it again right before it destroys");
    }

    [Fact]
    public void When_it_was_stopped()
    {
        Said(AtRest, Now, Stopped)[2].ShouldBe("Met nothing on the machine is newer than what you have (stopped since)");
        Said(AtRest with { StartedAt = null }, Now, Stopped)[2].ShouldBe("Lacking the rental may have run again since it was stopped: Lodger asks the machine again right before it destroys");
        var job = Samples.Job(Stopped);
        TeardownGate.Judge(job, job.Current!, AtRest, job.Current!.Approval!.At, Now, Waits).Conditions[2].Text.ShouldBe(
            "whether it stayed stopped until your yes: Lodger asks the platform again right before it destroys", "shown at the very moment of the yes is not after it");
    }

    [Fact]
    public void What_nobody_could_lose_says_why()
    {
        Said(Samples.Rental, Now, [.. Samples.Running, new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", [])]).ShouldBe(["Met anna gave up the data on r1"]);
        Said(Samples.Rental, Now, [.. Samples.Running[..5], new Approved(1, ApprovalKind.NothingDelivered, "r1", null, "anna", [])]).ShouldBe(["Met nothing was ever sent to this rental: it holds nothing of yours"]);
    }

    [Fact]
    public void A_look_is_good_up_to_its_last_moment_and_no_longer()
    {
        var at = Samples.Job(Looked).Current!.Recheck!.Value.At;
        Said(Samples.Rental, at + Waits.RecheckValid, Looked)[2].ShouldStartWith("Met");
        Said(Samples.Rental, at + Waits.RecheckValid + TimeSpan.FromTicks(1), Looked)[2].ShouldBe("Lacking the last look at the machine is too old: Lodger asks it again right before it destroys");
    }

    [Fact]
    public void A_stop_may_take_twice_that_to_show()
    {
        JobEvent[] before = [.. Samples.Finished, new MachineRechecked(1, "m1"), new StopIntended(1, "idle")];
        foreach (var (late, state) in new[] { (TimeSpan.Zero, "Met"), (TimeSpan.FromTicks(1), "Lacking") })
        {
            var job = Samples.Job(before);
            var seen = job.Current!.Recheck!.Value.At - Samples.T0 + (2 * Waits.RecheckValid) + late;
            job = job.After(seen, new RentalStopped(1, Samples.Rental.StartedAt), Samples.Yes());
            var shown = Samples.T0 + seen + TimeSpan.FromSeconds(1);
            TeardownGate.Judge(job, job.Current!, AtRest, shown, shown, Waits).Conditions[2].State.ToString().ShouldBe(state);
        }
    }

    [Fact]
    public void Data_given_up_is_no_yes_to_a_receipt()
    {
        var job = Samples.Job([.. Samples.Finished, new Approved(1, ApprovalKind.DataAbandoned, "r1", "receipt-1", "anna", [])]);
        TeardownGate.IsApproved(job, job.Current!).ShouldBeFalse();
    }

    [Fact]
    public void A_look_from_the_very_moment_of_the_yes_or_of_its_last_start_is_none_from_before()
    {
        var job = Samples.Job([.. Samples.Finished, Samples.Yes(), new MachineRechecked(1, "m1")]);
        var at = job.Current!.Approval!.At;
        string Text(AttemptState a) => TeardownGate.Judge(job, a, Samples.Rental, at, at, Waits).Conditions[2].Text;
        Text(job.Current with { Recheck = ("m1", at) }).ShouldBe("nothing on the machine is newer than what you have");
        Text(job.Current with { Recheck = ("m1", at), RunningSince = at }).ShouldBe("nothing on the machine is newer than what you have");
        Text(job.Current with { Recheck = ("m1", at), RunningSince = at.AddTicks(1) }).ShouldStartWith("whether the machine holds anything newer by now");
    }

    [Fact]
    public void With_work_that_lies_on_a_volume()
    {
        var spec = Samples.Spec with { Volume = new VolumeSpec("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };
        string Pulled(int files)
        {
            var job = Samples.Job(spec, [.. Ended, Samples.Receipt() with { Files = files }]);
            return TeardownGate.Judge(job, job.Current!, Samples.Rental, Now, Now, Waits).Conditions[0].Text;
        }

        Pulled(0).ShouldBe("its work lies on volume 88, which stays: its own disk holds no result file");
        Pulled(2).ShouldBe("2 of 2 result files pulled, sizes and SHA-256 match the manifest made on the machine");
    }
}
