using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Reconcile;

public sealed class ClosingTests
{
    private static readonly Problem Gone = new("offer-gone", "The offer is gone.", "", ExitCode.NoOffer);
    private static readonly JobEvent Destroyed = new DestroyConfirmed(1, "r1", null);

    private static JobClosed Close(params JobEvent[] events) => Closing.Of(Samples.Job(events));

    private static JobEvent[] Ended(EndReason reason, int? code) => [.. Samples.Running, new JobEnded(1, reason, code, "no GPU"), Samples.Receipt(), Destroyed];

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
        closed.Outcome.ShouldBe(JobOutcome.NotRun);
        closed.Problem!.Id.ShouldBe("rental-vanished");
        closed.Problem.Message.ShouldContain("whatever was on it");
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
