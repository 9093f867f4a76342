using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Offers;
using Lodger.Engine.Tests.Stage;
using Lodger.Tests.Shared;

namespace Lodger.Engine.Tests.Offers;

/// <summary>Where nothing fits, the condition that alone keeps everything out is named.</summary>
public sealed class StrictConditionsTests
{
    private readonly List<(string Query, bool WithDefaults)> asked = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_condition_is_left_out_in_turn_but_what_is_looked_for()
    {
        var spec = new JobSpec
        {
            Name = "a",
            Image = "i",
            Run = "true",
            Results = ["out"],
            DiskGb = 40,
            Gpu = new GpuRequest(["RTX 4090"], 2, 48),
            Ports = ["8080"],
            Offers = "dph<0.1 geolocation in [US, CA]",
        };

        (await SayAsync(OfferSearch.ConditionsOf(spec), query => !query.Contains("dph", StringComparison.Ordinal))).ShouldBe(" Without  offers: dph<0.1  there is offer offer-1 (1x RTX 4090, 24 GB, $0.40/h).");

        const string Named = "num_gpus=2";
        asked.ShouldBe(
        [
            ($"{Named} gpu_name=RTX_4090 gpu_ram>=48 direct_port_count>=2 dph<0.1 geolocation in [US, CA]", true),
            ($"{Named} disk_space>=40 gpu_name=RTX_4090 direct_port_count>=2 dph<0.1 geolocation in [US, CA]", true),
            ($"{Named} disk_space>=40 gpu_name=RTX_4090 gpu_ram>=48 dph<0.1 geolocation in [US, CA]", true),
            ($"{Named} disk_space>=40 gpu_name=RTX_4090 gpu_ram>=48 direct_port_count>=2 geolocation in [US, CA]", true),
            ($"{Named} disk_space>=40 gpu_name=RTX_4090 gpu_ram>=48 direct_port_count>=2 dph<0.1", true),
            ($"{Named} disk_space>=40 gpu_name=RTX_4090 gpu_ram>=48 direct_port_count>=2 dph<0.1 geolocation in [US, CA] rentable=true", false),
        ]);
        OfferSearch.QueryOf(spec).ShouldBe(asked[^1].Query.Replace(" rentable=true", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_safety_filters_are_one_of_them_unless_they_were_dropped()
    {
        var conditions = OfferSearch.ConditionsIn("dph<0.1");
        (await SayAsync(conditions, _ => true)).ShouldBe(
            " Without  dph<0.1  there is offer offer-1 (1x RTX 4090, 24 GB, $0.40/h); without  the safety filters  there is offer offer-1 (1x RTX 4090, 24 GB, $0.40/h).");
        asked.Clear();
        (await SayAsync(conditions, _ => false, withDefaults: false)).ShouldBeEmpty("there is but one condition");
        asked.ShouldBe([("", false)]);
    }

    [Fact]
    public async Task Where_no_single_one_is_to_blame_that_is_said() =>
        (await SayAsync(OfferSearch.ConditionsIn("dph<0.1 disk_space>9000"), _ => false)).ShouldBe(" No single condition is to blame: two or more of them would have to go.");

    [Fact]
    public async Task Of_many_that_would_help_three_are_named_and_of_very_many_not_all_are_tried()
    {
        var conditions = OfferSearch.ConditionsIn(string.Join(' ', Enumerable.Range(0, 20).Select(i => $"field{i}>{i}")));
        var said = await SayAsync(conditions, _ => true);
        said.Split("there is offer").Length.ShouldBe(4);
        asked.Count.ShouldBe(9);
    }

    [Theory]
    [InlineData("dph<0.1 gpu_name!=RTX_4090")]
    [InlineData("a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1")]
    public async Task Where_not_each_was_left_out_nothing_is_concluded(string query) => (await SayAsync(OfferSearch.ConditionsIn(query), _ => false)).ShouldBeEmpty();

    [Fact]
    public async Task A_number_of_any_gpus_is_a_condition_too()
    {
        var spec = new JobSpec { Name = "a", Image = "i", Run = "true", Results = ["out"], DiskGb = 40, Gpu = new GpuRequest([], 16, null) };
        (await SayAsync(OfferSearch.ConditionsOf(spec), query => !query.Contains("num_gpus", StringComparison.Ordinal))).ShouldStartWith(" Without  gpu: count: 16  there is offer");
    }

    [Fact]
    public async Task Without_the_safety_filters_it_is_free_still()
    {
        await SayAsync(OfferSearch.ConditionsIn("dph<0.1"), _ => true);
        asked[^1].ShouldBe(("dph<0.1 rentable=true", false));
        await SayAsync(OfferSearch.ConditionsIn("dph<0.1 rentable=any"), _ => true);
        asked[^1].ShouldBe(("dph<0.1 rentable=any", false));
    }

    [Fact]
    public async Task A_market_that_does_not_answer_is_not_guessed_about()
    {
        var market = Played.Of<IMarket>((nameof(IMarket.SearchAsync), _ => Task.FromResult((Outcome<IReadOnlyList<Offer>>)new Problem("busy", "", "", ExitCode.Unknown))));
        (await StrictConditions.SayAsync(market, OfferSearch.ConditionsIn("dph<0.1 disk_space>9"), 10, true, Token)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" dph<0.5  gpu_name = \"RTX 4090\" ", new[] { "dph<0.5", "gpu_name = \"RTX 4090\"" })]
    [InlineData("geolocation in [US, CA] verified=true cpu_ram >= 64", new[] { "geolocation in [US, CA]", "verified=true", "cpu_ram >= 64" })]
    [InlineData("geolocation notin [CN] a!=b c==d host_id=any", new[] { "geolocation notin [CN]", "a!=b", "c==d", "host_id=any" })]
    [InlineData("dph<0.5 and more", new[] { "dph<0.5 and more" })]
    [InlineData("gpu_name=RTX_4090,dph<0.1 num_gpus=1", new[] { "gpu_name=RTX_4090,dph<0.1 num_gpus=1" })]
    [InlineData("geolocation in US,CA num_gpus=1", new[] { "geolocation in US,CA", "num_gpus=1" })]
    [InlineData("main=1", new[] { "main=1" })]
    [InlineData("geolocation in [US", new[] { "geolocation in [US" })]
    public void A_query_is_taken_apart_where_that_is_safe(string query, string[] conditions) =>
        OfferSearch.ConditionsIn(query).Select(c => c.Query).ShouldBe(conditions);

    [Fact]
    public void The_gpu_that_is_looked_for_is_not_left_out() =>
        OfferSearch.ConditionsIn("gpu_name=RTX_4090 num_gpus=2").Select(c => c.Said).ShouldBe([null, "num_gpus=2"]);

    private Task<string> SayAsync(IReadOnlyList<OfferCondition> conditions, Func<string, bool> fits, bool withDefaults = true)
    {
        Task<Outcome<IReadOnlyList<Offer>>> Answer(object?[] args)
        {
            asked.Add(((string)args[0]!, (bool)args[2]!));
            return Task.FromResult(Outcome<IReadOnlyList<Offer>>.Ok(fits((string)args[0]!) ? [SampleOffer.OnDemand] : []));
        }

        var market = Played.Of<IMarket>((nameof(IMarket.SearchAsync), Answer));
        return StrictConditions.SayAsync(market, conditions, 10, withDefaults, Token);
    }
}
