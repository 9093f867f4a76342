using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Doctor;

public sealed class PreflightTests
{
    private static readonly Offer Good = RuleCases.Plan.Priced!.Offer;
    private static readonly Offer Old = Good with { Id = "old", CudaMax = 11.8m };
    private static readonly Facts Facts = RuleCases.PlanOf(s => s with { Image = "pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime" });

    private static Finding Blocks(string id, string evidence) => new(id, Severity.Error, Moment.Preflight, $"title of {id}", evidence, "cause", $"fix {id}");

    private static Finding Warns { get; } = new("VAST9", Severity.Warning, Moment.Preflight, "title", "evidence", "cause", "fix");

    private static JobPlan Plan(params Offer[] offers) => new([.. offers.Select((o, i) => RuleCases.Plan.Priced! with { Offer = o, WhyNot = i == 0 ? "" : "dearer" })], []);

    [Fact]
    public void Offers_on_which_the_job_cannot_run_are_left_out_with_the_reason_and_the_first_of_the_others_is_the_choice()
    {
        var sifted = Preflight.Sift(Plan(Old, Good, Good with { Id = "third" }), Facts, []);
        sifted.Offers.Select(o => (o.Offer.Id, o.WhyNot)).ShouldBe([("offer-1", ""), ("third", "dearer")]);
        sifted.LeftOut.ShouldHaveSingleItem().ShouldSatisfyAllConditions(o => o.Offer.Id.ShouldBe("old"), o => o.Why.ShouldStartWith("VAST5: "), o => o.Why.ShouldContain("supports 11.8 at most"));
    }

    [Fact]
    public void A_plan_stays_as_it_is_when_every_offer_fits_or_none_or_a_person_accepts_it()
    {
        var fits = Plan(Good, Good with { Id = "second" });
        Preflight.Sift(fits, Facts, []).ShouldBeSameAs(fits);
        var none = Plan(Old, Old with { Id = "older" });
        Preflight.Sift(none, Facts, []).ShouldBeSameAs(none);
        var accepted = Plan(Old, Good);
        Preflight.Sift(accepted, Facts, ["VAST5"]).ShouldBeSameAs(accepted);
    }

    [Fact]
    public void What_speaks_against_the_job_speaks_against_no_offer()
    {
        var ends = Facts with { Priced = Facts.Priced! with { Offer = Good with { ContractEnd = Samples.T0 } } };
        Examination.Of(ends).ShouldContain(f => f.Id == "contract-end" && f.Blocks);
        Examination.AgainstOffer(ends).ShouldBeNull();
        Examination.AgainstOffer(Facts with { Priced = Facts.Priced! with { Offer = Good with { DirectPorts = 0 } } }).ShouldBeNull("it only warns");
        Examination.AgainstOffer(Facts with { Priced = Facts.Priced! with { Offer = Old } })!.Id.ShouldBe("VAST5");
    }

    [Fact]
    public void Nothing_is_rented_until_every_blocking_finding_is_accepted_and_how_is_said()
    {
        Finding[] found = [Blocks("VAST5", "too new"), Warns, Blocks("crlf", "run.sh")];
        var refused = Preflight.Refuse(found, []).ShouldNotBeNull();
        (refused.Id, refused.ExitCode).ShouldBe(("preflight-blocked", ExitCode.Findings));
        refused.Message.ShouldBe("VAST5: title of VAST5: too new. crlf: title of crlf: run.sh. Nothing was rented.");
        refused.Fix.ShouldStartWith("fix VAST5. To rent all the same: --accept VAST5 --accept crlf ");
        Preflight.Refuse(found, ["VAST5"])!.Message.ShouldBe("crlf: title of crlf: run.sh. Nothing was rented.");
        Preflight.Refuse(found, ["VAST5", "crlf"]).ShouldBeNull();
        Preflight.Refuse([Warns], []).ShouldBeNull();
        Preflight.Refuse([], []).ShouldBeNull();
    }

    [Fact]
    public void Of_what_was_accepted_only_what_would_have_blocked_is_kept() =>
        Preflight.Accepted([Blocks("VAST5", "too new"), Warns, Blocks("crlf", "run.sh")], ["VAST5", "VAST9"]).ShouldBe([new AcceptedFinding("VAST5", "too new")]);

    [Theory]
    [InlineData("VAST5")]
    [InlineData("VAST8")]
    [InlineData("VAST14")]
    public void Another_offer_may_do_where_one_has_an_old_driver_no_direct_port_or_less_memory(string rule)
    {
        var offer = rule switch { "VAST5" => Old, "VAST8" => Good with { DirectPorts = 0 }, _ => Good with { GpuMemoryMb = 12_288 } };
        var sent = Facts with { Inputs = new PlanInputs { CodeBytes = 2_000_000_000 } };
        Examination.AgainstOffer(sent with { Priced = sent.Priced! with { Offer = offer } })!.Id.ShouldBe(rule);
    }
}
