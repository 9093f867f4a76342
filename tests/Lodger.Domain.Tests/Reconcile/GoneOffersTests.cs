using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>Others are faster, or pay more: the job goes on asking, and not for ever.</summary>
public sealed class GoneOffersTests
{
    [Fact]
    public void An_offer_that_was_gone_is_not_asked_for_again_and_ends_no_job_while_others_are_for_rent()
    {
        var spec = Samples.Spec with { Rent = RentMode.Auto, Work = TimeSpan.FromHours(5), Deadline = new DeadlineSpec(TimeSpan.FromHours(8), null) };
        var gone = new Problem("offer-gone", "It is not there any more.", "", ExitCode.NoOffer);
        var seen = See(Minutes(30)) with { Offers = [.. Enumerable.Range(1, 9).Select(i => Samples.Offer with { Id = $"o{i}", MachineId = $"m{i}" })], OffersAt = Samples.T0 + Minutes(30) };
        var job = Samples.Job(spec).After(Minutes(30), new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1"), new RentRefused(1, gone));
        HashSet<string> asked = new(StringComparer.Ordinal);
        for (var attempt = 2; attempt <= 5; attempt++)
        {
            var rent = Decide(job, seen).ShouldBeOfType<Rent>();
            asked.Add(rent.OfferId).ShouldBeTrue(rent.OfferId);
            job = job.After(Minutes(30), new RentIntended(attempt, rent.OfferId, rent.Label, rent.Offer), new RentRefused(attempt, gone));
        }

        Decide(job, seen).ShouldBeOfType<Wait>();
        var later = See(Minutes(30.5)) with { Offers = seen.Offers, OffersAt = Samples.T0 + Minutes(30.5) };
        asked.ShouldNotContain(Decide(job, later).ShouldBeOfType<Rent>().OfferId);
    }

    [Fact]
    public void A_bid_that_is_beaten_before_the_command_ran_ends_no_job_until_the_tenth_and_the_market_is_given_ever_longer_to_calm_down()
    {
        var spec = Samples.Spec with { Rent = RentMode.Auto, Work = TimeSpan.FromHours(5), Deadline = new DeadlineSpec(TimeSpan.FromHours(80), null) };
        var (job, at) = (Samples.Job(spec), 30.0);
        List<double> pauses = [];
        for (var attempt = 1; attempt <= 9; attempt++)
        {
            job = job.After(Minutes(at), new RentIntended(attempt, $"o{attempt}", $"lodger/digits.k3f9qa/{attempt}", null, 0.2m), new Rented(attempt, $"r{attempt}", false), new RentalChanged(attempt, $"r{attempt}", RentalStatus.Preempted, ""));
            var beaten = See(Minutes(at), Samples.Rental with { Id = $"r{attempt}", Label = JobState.LabelFor("digits.k3f9qa", attempt), Status = RentalStatus.Preempted });
            var given = Decide(job, beaten).ShouldBeOfType<Record>().Event.ShouldBeOfType<AttemptGivenUp>();
            given.Problem.Message.ShouldContain("outbid before the command ran");
            job = job.After(Minutes(at), given, new DestroyConfirmed(attempt, $"r{attempt}", null));
            job.Phase.ShouldBe(JobPhase.Renting);
            var asked = at;
            for (var looks = 0; looks < 10 && Decide(job, Listed(asked)) is Wait wait; looks++)
                asked += wait.For.TotalMinutes;
            Decide(job, Listed(asked)).ShouldBeOfType<Rent>();
            pauses.Add(asked - at);
            at = asked;
        }

        pauses.Select(p => Math.Round(p * 60)).ShouldBe([0, 0, 0, 0, 20, 40, 80, 160, 320]);
        PreemptionFactsOf.Penalties(job, Samples.T0 + Minutes(at)).ShouldBeEmpty("being outbid is no failure of the host");
        // Each paid for a boot: not for ever.
        job = job.After(Minutes(at), new RentIntended(10, "o10", "lodger/digits.k3f9qa/10", null, 0.2m), new Rented(10, "r10", false), new AttemptGivenUp(10, job.Current!.GivenUp!), new DestroyConfirmed(10, "r10", null));
        Decide(job, Listed(at + 30)).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>();

        Observation Listed(double minutes) => See(Minutes(minutes)) with
        {
            Offers = [.. Enumerable.Range(100, 40).Select(i => Samples.Offer with { Id = $"o{i}", MachineId = $"m{i}" })],
            OffersAt = Samples.T0 + Minutes(minutes),
        };
    }

    [Fact]
    public void What_was_taken_away_or_never_answered_is_not_counted_with_machines_that_failed()
    {
        var spec = Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*.pt"] };
        var lost = new Problem(Reconciler.RentLost, "No answer.", "", ExitCode.Unknown);
        var beaten = new Problem("outbid-before-start", "Somebody pays more.", "", ExitCode.RentalUnusable);
        var job = Samples.Job(spec);
        // Twice without an answer, six times preempted while the code went out; then a bid that was beaten before that.
        for (var attempt = 1; attempt <= 8; attempt++)
        {
            job = job.After(Minutes(attempt), new RentIntended(attempt, $"o{attempt}", $"lodger/digits.k3f9qa/{attempt}", null, 0.2m));
            job = attempt is 1 or 4
                ? job.After(Minutes(attempt), new RentRefused(attempt, lost))
                : job.After(
                    Minutes(attempt), new Rented(attempt, $"r{attempt}", false), new PayloadIntended(attempt), new RentalChanged(attempt, $"r{attempt}", RentalStatus.Preempted, ""),
                    new MoveDecided(attempt, "preempted", "move", [], Samples.Offer with { Id = $"o{attempt + 1}", HostId = $"h{attempt + 1}" }, 0.2m, null), new DestroyConfirmed(attempt, $"r{attempt}", null));
            if (attempt is 1 or 4)
                Decide(job, See(Minutes(attempt))).ShouldBeOfType<Rent>();
        }

        job = job.After(Minutes(9), new RentIntended(9, "o9", "lodger/digits.k3f9qa/9", null, 0.2m), new Rented(9, "r9", false), new AttemptGivenUp(9, beaten), new DestroyConfirmed(9, "r9", null));
        var offers = See(Minutes(10)) with { Offers = [Samples.Offer with { Id = "o10", MachineId = "m10", HostId = "h10", MinBidUsdPerHour = 0.1m }], OffersAt = Samples.T0 + Minutes(10) };
        Decide(job, offers).ShouldBeOfType<Rent>();
    }

    [Fact]
    public void Five_rents_in_a_row_without_an_answer_are_the_last_also_when_offers_were_gone_between_them()
    {
        var lost = new Problem(Reconciler.RentLost, "No answer.", "", ExitCode.Unknown);
        var gone = new Problem("offer-gone", "It is not there any more.", "", ExitCode.NoOffer);
        var job = Samples.Job(Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*.pt"] });
        for (var attempt = 1; attempt <= 9; attempt++)
        {
            job = job.After(Minutes(attempt), new RentIntended(attempt, $"o{attempt}", $"lodger/digits.k3f9qa/{attempt}", null, 0.2m), new RentRefused(attempt, attempt % 2 == 1 ? lost : gone));
            if (attempt is 1 or 3 or 5 or 7)
                Decide(job, See(Minutes(attempt))).ShouldBeOfType<Rent>();
        }

        Decide(job, See(Minutes(10))).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>().Problem.ShouldBe(lost);
    }

    private static Observation See(TimeSpan at, params Rental[] rentals) => new() { Listing = new Listing(rentals, Samples.T0 + at) };

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, new Waits()).ShouldHaveSingleItem();

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);
}
