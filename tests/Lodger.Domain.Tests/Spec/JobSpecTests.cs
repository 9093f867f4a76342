using Lodger.Domain.Policy;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class JobSpecTests
{
    [Fact]
    public void What_a_job_does_not_say_is_the_careful_way()
    {
        var spec = Samples.Spec;
        (spec.Rent, spec.Teardown, spec.StopWhenAbandonedAfter).ShouldBe((RentMode.OnDemand, TeardownMode.Ask, TimeSpan.FromMinutes(20)));
        spec.StallOrDefault.ShouldBe(new StallSpec(TimeSpan.FromHours(1), StallAction.Tell));
        spec.Mirror.ShouldSatisfyAllConditions(m => m.Keep.ShouldBe(2), m => m.Pin.ShouldBeEmpty());
        spec.Rehearse.ShouldSatisfyAllConditions(r => r.Run.ShouldBeNull(), r => r.Env.ShouldBeEmpty(), r => r.IsDeterministic.ShouldBeFalse("nobody claims it"));
        (spec with { Stall = new(TimeSpan.FromHours(3), StallAction.Stop) }).StallOrDefault.Action.ShouldBe(StallAction.Stop);
    }

    [Fact]
    public void What_is_bid_is_a_fixed_price_or_at_most_a_cap_or_what_the_market_asks()
    {
        Samples.Spec.BidRule.ShouldBe(new BidRule.Market());
        (Samples.Spec with { Bid = new(null, 0.3m) }).BidRule.ShouldBe(new BidRule.Cap(0.3m));
        (Samples.Spec with { Bid = new(0.2m, null) }).BidRule.ShouldBe(new BidRule.Fixed(0.2m));
        (Samples.Spec with { Bid = new(null, null, MayRaise: true) }).BidRule.ShouldBe(new BidRule.Market());
    }

    [Fact]
    public void A_rent_needs_each_secret_once_and_the_registrys_password_with_them()
    {
        (Samples.Spec with { Secrets = ["HF_TOKEN", "WANDB_API_KEY", "HF_TOKEN"] }).SecretNames.ShouldBe(["HF_TOKEN", "WANDB_API_KEY"]);
        (Samples.Spec with { Secrets = ["HF_TOKEN"], Registry = new("ghcr.io", "anna", "REGISTRY_PASSWORD") }).SecretNames.ShouldBe(["HF_TOKEN", "REGISTRY_PASSWORD"]);
        (Samples.Spec with { Secrets = ["TOKEN"], Registry = new("ghcr.io", "anna", "TOKEN") }).SecretNames.ShouldBe(["TOKEN"]);
    }

    [Fact]
    public void A_deadline_is_a_date_or_counted_from_the_submission()
    {
        new DeadlineSpec(TimeSpan.FromHours(36), null).From(Samples.T0).ShouldBe(Samples.T0.AddHours(36));
        new DeadlineSpec(null, Samples.T0.AddDays(9)).From(Samples.T0).ShouldBe(Samples.T0.AddDays(9));
    }

    [Theory]
    [InlineData("matrix", "sweep: {grid:")]
    [InlineData("volumes", "volume: ID")]
    [InlineData("cloud", "copies: [")]
    [InlineData("max_bid", "bid: {max:")]
    [InlineData("nodes", "gpu: {count:")]
    [InlineData("notify", "notify.json")]
    [InlineData("schedule", "timer")]
    [InlineData("webhook", "notify.json")]
    [InlineData("retries", "make the command do so")]
    [InlineData("markets", "--market")]
    [InlineData("market", "--market")]
    public void A_word_that_people_know_from_elsewhere_is_answered_with_what_to_write(string word, string write)
    {
        JobFields.NotYet[word].ShouldContain(write);
        JobFields.NotYet.Keys.Intersect(JobFields.All).ShouldBeEmpty();
        JobFields.Required.Except(JobFields.All).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "job.yaml:3:5  Write it.")]
    [InlineData("gpu.count", "job.yaml:3:5  gpu.count: Write it.")]
    public void An_error_in_a_file_begins_with_where_it_stands(string field, string line) => new SpecError("job.yaml", 3, 5, field, "Write it.").ToString().ShouldBe(line);
}
