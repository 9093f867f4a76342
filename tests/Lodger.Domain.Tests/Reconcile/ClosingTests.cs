using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

public sealed class ClosingTests
{
    private static readonly Problem Gone = new("offer-gone", "The offer is gone.", "", ExitCode.NoOffer);
    private static readonly JobEvent Destroyed = new DestroyConfirmed(1, "r1", null);

    private static JobClosed Close(params JobEvent[] events) => Closing.Of(Samples.Job(events));

    private static JobEvent[] Ended(EndReason reason, int? code) => [.. reason == EndReason.Refused ? Samples.Running[..^1] : Samples.Running, new JobEnded(1, reason, code, "no GPU"), Samples.Receipt(), Destroyed];

    [Fact]
    public void Exit_zero_and_everything_home_is_success() =>
        Close([.. Samples.Finished, Destroyed]).ShouldBe(new JobClosed(JobOutcome.Succeeded, null));

    [Theory]
    [InlineData(EndReason.Exited, 3, JobOutcome.Failed, ExitCode.JobFailed)]
    [InlineData(EndReason.Stalled, 143, JobOutcome.Failed, ExitCode.JobFailed)]
    [InlineData(EndReason.BudgetReached, 143, JobOutcome.Cancelled, ExitCode.BudgetReached)]
    [InlineData(EndReason.Refused, null, JobOutcome.NotRun, ExitCode.RentalUnusable)]
    public void Every_other_end_says_why_and_with_which_exit_code(EndReason reason, int? code, JobOutcome outcome, ExitCode exit)
    {
        var closed = Close(Ended(reason, code));
        closed.Outcome.ShouldBe(outcome);
        closed.Problem!.ExitCode.ShouldBe(exit);
        closed.Problem.Fix.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_person_who_cancelled_needs_no_explanation()
    {
        Close(Ended(EndReason.Cancelled, 143)).ShouldBe(new JobClosed(JobOutcome.Cancelled, null));
        Close(new CancelRequested("anna")).ShouldBe(new JobClosed(JobOutcome.Cancelled, null));
        Close([.. Ended(EndReason.Refused, null), new CancelRequested("anna")]).Outcome.ShouldBe(JobOutcome.Cancelled);
    }

    [Fact]
    public void A_refused_rent_and_a_given_up_boot_pass_their_problem_on()
    {
        Close(new RentIntended(1, "o", "l"), new RentRefused(1, Gone)).ShouldBe(new JobClosed(JobOutcome.NotRun, Gone));
        Close(new RentIntended(1, "o", "l"), new Rented(1, "r1", false), new AttemptGivenUp(1, Gone), Destroyed).ShouldBe(new JobClosed(JobOutcome.NotRun, Gone));
    }

    [Fact]
    public void Exit_zero_on_a_rental_that_vanished_before_the_pull_is_no_success()
    {
        var closed = Close([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, ""), new RentalVanished(1, "r1")]);
        closed.Outcome.ShouldBe(JobOutcome.Unfinished);
        closed.Problem!.Id.ShouldBe("rental-vanished");
        closed.Problem.Message.ShouldContain("whatever was on it");
        closed.Problem.Fix.ShouldBe("Look at the platform's console and balance. No checkpoint of it came home. To begin again: lodger run");
    }

    [Fact]
    public void What_ran_before_and_found_no_further_rental_is_unfinished_and_says_what_is_at_home_of_it()
    {
        JobEvent[] moved =
        [
            .. Samples.Running,
            new CheckpointMirrored(1, "ckpt/1200.pt", 9, "aa", 1200, "loads"),
            new CheckpointMirrored(1, "ckpt/best.pt", 9, "bb", null, "loads"),
            new MoveDecided(1, "outbid", "a bid", [], Samples.Offer, 0.2m, 1300),
            Samples.Receipt(),
            new RentIntended(2, "o", "l"),
        ];

        var closed = Close([.. moved, new RentRefused(2, Gone)]);

        (closed.Outcome, closed.Problem!.Id, closed.Problem.ExitCode).ShouldBe((JobOutcome.Unfinished, Gone.Id, ExitCode.NoOffer));
        closed.Problem.Message.ShouldBe("The work is not finished. The offer is gone.");
        closed.Problem.Fix.ShouldStartWith("2 checkpoint files, up to step 1200, are in /home/anna/digits-results/.lodger/mirror. 2 files of earlier machines, proven, are in /home/anna/digits-results/.lodger/attempts.");
        Close([.. moved, new Rented(2, "r2", false), new JobEnded(2, EndReason.Refused, null, "no GPU")]).Problem!.ShouldSatisfyAllConditions(
            p => p.Message.ShouldContain("failed a check"),
            p => p.Fix.ShouldNotContain("Nothing ran"),
            p => p.Fix.ShouldStartWith("2 checkpoint files", Case.Sensitive, "there is nothing to look at in the platform's console"));
        Close([.. moved, new RentRefused(2, Gone), new CancelRequested("anna")]).Outcome.ShouldBe(JobOutcome.Cancelled, "a person ended it");
    }

    [Fact]
    public void What_was_home_before_the_rental_vanished_is_still_a_success() =>
        Close([.. Samples.Finished, new RentalVanished(1, "r1")]).Outcome.ShouldBe(JobOutcome.Succeeded);

    [Fact]
    public void Abandoned_data_is_no_success()
    {
        var abandoned = new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", []);
        Close([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, ""), abandoned, Destroyed]).Outcome.ShouldNotBe(JobOutcome.Succeeded);
        Close([.. Samples.Running, abandoned, Destroyed]).Outcome.ShouldBe(JobOutcome.Cancelled);
    }

    [Fact]
    public void One_file_is_spoken_of_as_one()
    {
        JobEvent[] moved =
        [
            .. Samples.Running,
            new CheckpointMirrored(1, "ckpt/1200.pt", 9, "aa", null, "loads"),
            new MoveDecided(1, "outbid", "a bid", [], Samples.Offer, 0.2m, 1300),
            Samples.Receipt() with { Files = 1 },
            new RentIntended(2, "o", "l"),
            new RentRefused(2, Gone),
        ];
        Close(moved).Problem!.Fix.ShouldBe(
            "1 checkpoint file is in /home/anna/digits-results/.lodger/mirror. 1 file of earlier machines, proven, is in /home/anna/digits-results/.lodger/attempts."
            + " To go on from there, copy what is in it into the directory of the job's code, where no .gitignore leaves it out, and: lodger run");
    }

    [Fact]
    public void Copies_that_the_mirror_no_longer_keeps_are_not_spoken_of()
    {
        JobEvent[] moved =
        [
            .. Samples.Running,
            .. Enumerable.Range(1, 40).Select(step => new CheckpointMirrored(1, $"ckpt/{step}.pt", 9, "aa", step, "loads")),
            new MoveDecided(1, "outbid", "a bid", [], Samples.Offer, 0.2m, 1300),
            new RentIntended(2, "o", "l"),
            new RentRefused(2, Gone),
        ];
        Closing.Of(Samples.Job(Samples.Spec with { Checkpoints = ["ckpt/*.pt"] }, moved)).Problem!.Fix.ShouldStartWith("2 checkpoint files, up to step 40, are in ");
    }

    [Fact]
    public void A_rental_that_vanished_says_whether_anything_was_on_it()
    {
        var empty = Close([.. Samples.Running[..5], new RentalVanished(1, "r1")]);
        (empty.Outcome, empty.Problem!.ExitCode).ShouldBe((JobOutcome.NotRun, ExitCode.RentalUnusable));
        empty.Problem.Message.ShouldBe("Rental r1 was destroyed by somebody else or by the platform.");
        empty.Problem.Fix.ShouldBe("Look at the platform's console and balance. Then run again.");
        Close([.. Samples.Running[..6], new RentalVanished(1, "r1")]).Problem!.Message.ShouldBe("Rental r1 was destroyed by somebody else or by the platform with whatever was on it.");
    }

    [Fact]
    public void A_rental_that_vanished_long_after_its_destroy_was_asked_for_says_that_this_may_be_why() =>
        Close([.. Samples.Running, new DestroyIntended(1, "r1"), new DestroyUnseen(1, "r1"), new RentalVanished(1, "r1")]).Problem!.Message.ShouldBe(
            "The work is not finished. Rental r1 is gone, but only long after Lodger had asked for its destroy: by that, or by somebody else.");

    [Fact]
    public void Work_that_was_begun_and_could_not_be_gone_on_with_is_unfinished_also_when_nobody_says_why()
    {
        var closed = Close([.. Samples.Running, new MoveDecided(1, "outbid", "a bid", [], Samples.Offer, 0.2m, 1300)]);
        (closed.Outcome, closed.Problem!.Id, closed.Problem.ExitCode).ShouldBe((JobOutcome.Unfinished, "job-unfinished", ExitCode.RentalUnusable));
        closed.Problem.Message.ShouldBe("The work is not finished. No further rental could be had.");
    }

    [Fact]
    public void A_budget_that_ended_it_is_named_with_its_sum_unless_the_rental_was_lost()
    {
        var job = Samples.Job(Samples.Spec with { BudgetUsd = 5 }, [.. Samples.Running, new BudgetReached(1, 3, 2), new CancelRequested("anna"), new JobEnded(1, EndReason.BudgetReached, 143, ""), Samples.Receipt(), Destroyed]);
        Closing.Of(job).Problem.ShouldBe(new Problem(
            "budget-reached", "The job was ended when its budget of $5.00 was reached.", "What it had made is in /home/anna/digits-results. Write a larger  budget:  and run again.", ExitCode.BudgetReached));
        var lost = Samples.Job(Samples.Spec with { BudgetUsd = 5 }, [.. Samples.Running[..5], new BudgetReached(1, 3, 2), new RentalVanished(1, "r1")]);
        Closing.Of(lost).Problem!.Id.ShouldBe("rental-vanished");
        var never = Samples.Job(Samples.Spec with { BudgetUsd = 5 }, [.. Samples.Running[..5], new BudgetReached(1, 3, 2), new AttemptGivenUp(1, Gone), Destroyed]);
        Closing.Of(never).Problem!.Id.ShouldBe("budget-reached");
    }

    [Fact]
    public void A_stall_and_a_loop_say_where_the_log_lies()
    {
        var spec = Samples.Spec with { Stall = new StallSpec(TimeSpan.FromMinutes(30), StallAction.Stop) };
        Problem Of(EndReason reason, string detail) => Closing.Of(Samples.Job(spec, [.. Samples.Running, new JobEnded(1, reason, 143, detail), Samples.Receipt(), Destroyed])).Problem!;
        Of(EndReason.Stalled, "").ShouldBe(new Problem("job-stalled", "The job made no progress for 00:30:00 and was ended, as its  stall:  says.", "Its log is in /home/anna/digits-results/.lodger/run.log", ExitCode.JobFailed));
        Of(EndReason.CrashLoop, "memory ran out.").ShouldBe(new Problem(
            "job-crash-loop", "The container started 5 times in a row and the command never got further: memory ran out.",
            "Its log is in /home/anna/digits-results/.lodger/run.log; look at what ends the container, then run again.", ExitCode.JobFailed));
    }
}
