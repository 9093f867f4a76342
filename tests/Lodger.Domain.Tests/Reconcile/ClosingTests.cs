using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;

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
        closed.Problem.Fix.ShouldContain("No checkpoint of it came home");
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
            p => p.Fix.ShouldNotContain("Nothing ran"));
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
}
