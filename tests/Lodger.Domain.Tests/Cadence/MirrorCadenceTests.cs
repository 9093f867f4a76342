using FsCheck;
using FsCheck.Fluent;
using Lodger.Domain.Cadence;

namespace Lodger.Domain.Tests.Cadence;

public sealed class MirrorCadenceTests
{
    private static readonly MirrorInputs Plain = new()
    {
        CheckpointEvery = TimeSpan.FromMinutes(10),
        CheckpointBytes = 612_000_000,
        UploadUsdPerGb = 0.02m,
        BytesPerSecond = 20e6,
        GpuUsdPerHour = 0.4m,
        MeanBetweenPreemptions = TimeSpan.FromHours(2),
    };

    private static readonly Gen<MirrorInputs> Any =
        from every in Gen.Choose(5, 10_000)
        from megabytes in Gen.Choose(0, 200_000)
        from cents in Gen.Choose(0, 100)
        from speed in Gen.Choose(1, 200)
        from price in Gen.Choose(1, 800)
        from mean in Gen.Choose(1, 5_000)
        from outOfReach in Gen.Choose(0, 100)
        select new MirrorInputs
        {
            CheckpointEvery = TimeSpan.FromSeconds(every),
            CheckpointBytes = megabytes * 1_000_000L,
            UploadUsdPerGb = cents / 1000m,
            BytesPerSecond = speed * 1e6,
            GpuUsdPerHour = price / 100m,
            MeanBetweenPreemptions = TimeSpan.FromMinutes(mean),
            DiskOutOfReach = outOfReach / 100d,
        };

    [Fact]
    public void The_choice_weighs_what_a_copy_costs_against_the_work_it_insures()
    {
        var advice = MirrorCadence.Decide(Plain);
        // sqrt(2 * $0.01224 / ($0.40/h * (0.1 / 2 h + 0.002/h))) = 1.08 h: between six and seven checkpoints.
        advice.EveryNth.ShouldBeInRange(6, 7);
        advice.Reason.ShouldBe(MirrorReason.Balance);
        advice.TransferTime.TotalSeconds.ShouldBe(30.6, 0.1);
        advice.MirrorUsdPerHour.ShouldBe(advice.ReworkUsdPerHour, 0.002m);
        advice.Why.ShouldStartWith($"one checkpoint in {advice.EveryNth}: bandwidth and expected rework balance there (a copy $0.0122; ");
    }

    [Fact]
    public void Each_input_can_settle_it()
    {
        MirrorCadence.Decide(Plain with { UploadUsdPerGb = 0 }).ShouldSatisfyAllConditions(a => a.EveryNth.ShouldBe(1), a => a.Reason.ShouldBe(MirrorReason.EveryOneIsWorthIt));
        MirrorCadence.Decide(Plain with { GpuUsdPerHour = 40 }).EveryNth.ShouldBe(1);
        MirrorCadence.Decide(Plain with { BytesPerSecond = 100_000 }).ShouldSatisfyAllConditions(a => a.EveryNth.ShouldBe(11), a => a.Reason.ShouldBe(MirrorReason.Line));
        MirrorCadence.Decide(Plain with { DiskOutOfReach = 0, HostLossesPerHour = 0 }).ShouldSatisfyAllConditions(a => a.EveryNth.ShouldBe(12), a => a.Reason.ShouldBe(MirrorReason.MostAtRisk));
        MirrorCadence.Decide(Plain with { MeanBetweenPreemptions = TimeSpan.FromMinutes(10) }).EveryNth.ShouldBeLessThan(MirrorCadence.Decide(Plain).EveryNth);
        MirrorCadence.Decide(Plain with { HostLossesPerHour = 1 }).EveryNth.ShouldBeLessThan(MirrorCadence.Decide(Plain).EveryNth);
        MirrorCadence.Decide(Plain with { CheckpointEvery = TimeSpan.FromMinutes(1) }).EveryNth.ShouldBeGreaterThan(MirrorCadence.Decide(Plain).EveryNth);
    }

    [Fact]
    public void What_a_lost_disk_costs_is_half_of_what_lies_between_two_copies_and_the_copy_that_was_under_way()
    {
        var advice = MirrorCadence.Decide(Plain);
        ((double)advice.ReworkUsdPerHour).ShouldBe(0.4 * ((0.1 / 2) + 0.002) * ((advice.EveryNth / 12d) + (30.6 / 3600)), 1e-9);
        ((double)advice.MirrorUsdPerHour).ShouldBe(0.01224 * 6 / advice.EveryNth, 1e-9);
    }

    [Fact]
    public void Where_the_balance_is_just_what_may_be_at_risk_it_is_the_balance_that_settles_it()
    {
        // Two hours: the root of twice a copy's price by $0.0208/h.
        MirrorCadence.Decide(Plain with { CheckpointBytes = 2_080_000_000 }).ShouldSatisfyAllConditions(a => a.EveryNth.ShouldBe(12), a => a.Reason.ShouldBe(MirrorReason.Balance));
        MirrorCadence.Decide(Plain with { CheckpointBytes = 2_500_000_000 }).ShouldSatisfyAllConditions(a => a.EveryNth.ShouldBe(12), a => a.Reason.ShouldBe(MirrorReason.MostAtRisk));
    }

    public static TheoryData<MirrorInputs, string> Reasons => new()
    {
        { Plain with { UploadUsdPerGb = 0 }, "every checkpoint: a copy costs less than the work it insures" },
        { Plain with { UploadUsdPerGb = 0.001m, MeanBetweenPreemptions = TimeSpan.FromHours(2000) }, "every checkpoint: copies cost next to nothing here" },
        { Plain with { BytesPerSecond = 100_000 }, "one checkpoint in 11: the line carries no more" },
        { Plain with { DiskOutOfReach = 0, HostLossesPerHour = 0 }, "one checkpoint in 12: no more than two hours of work are left to one disk" },
    };

    [Theory]
    [MemberData(nameof(Reasons), DisableDiscoveryEnumeration = true)]
    public void It_is_said_which_checkpoints_are_copied_and_why(MirrorInputs inputs, string said) => MirrorCadence.Decide(inputs).Why.ShouldStartWith(said + " (a copy $");

    [Fact]
    public void Dearer_copies_are_never_made_more_often_and_dearer_work_never_less() =>
        Prop.ForAll(Any.ToArbitrary(), Gen.Choose(1, 50).ToArbitrary(), (inputs, more) =>
        {
            var n = MirrorCadence.Decide(inputs).EveryNth;
            return n <= MirrorCadence.Decide(inputs with { UploadUsdPerGb = inputs.UploadUsdPerGb + (more / 1000m) }).EveryNth
                && n <= MirrorCadence.Decide(inputs with { CheckpointBytes = inputs.CheckpointBytes * (1 + more) }).EveryNth
                && n <= MirrorCadence.Decide(inputs with { BytesPerSecond = inputs.BytesPerSecond / (1 + more) }).EveryNth
                && n >= MirrorCadence.Decide(inputs with { GpuUsdPerHour = inputs.GpuUsdPerHour * (1 + more) }).EveryNth
                && n >= MirrorCadence.Decide(inputs with { HostLossesPerHour = inputs.HostLossesPerHour + more }).EveryNth
                && n >= MirrorCadence.Decide(inputs with { MeanBetweenPreemptions = inputs.MeanBetweenPreemptions / (1 + more) }).EveryNth
                && n >= MirrorCadence.Decide(inputs with { DiskOutOfReach = Math.Min(1, inputs.DiskOutOfReach + (more / 100d)) }).EveryNth;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Within_the_line_and_the_bound_no_other_number_costs_less() =>
        Prop.ForAll(Any.ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (inputs, other) =>
        {
            var advice = MirrorCadence.Decide(inputs);
            if (advice.Reason is not (MirrorReason.Balance or MirrorReason.EveryOneIsWorthIt))
                return true;
            var period = inputs.CheckpointEvery.TotalHours;
            var copy = inputs.CheckpointBytes / 1e9 * (double)inputs.UploadUsdPerGb;
            var rework = (double)inputs.GpuUsdPerHour * ((inputs.DiskOutOfReach / inputs.MeanBetweenPreemptions.TotalHours) + inputs.HostLossesPerHour);
            double Cost(int n) => (copy / (n * period)) + (rework * n * period / 2);
            return Cost(advice.EveryNth) <= Cost(other) * (1 + 1e-9);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Theory]
    [InlineData(0, 0, 0, 0, double.NaN)]
    [InlineData(-1, -1, -1, -1, -1)]
    [InlineData(long.MaxValue, 1e12, 1e12, 1e300, double.PositiveInfinity)]
    [InlineData(long.MaxValue, 1e12, 0, 0, 1e300)]
    public void Silly_inputs_get_an_answer_within_bounds(long bytes, double usdPerGb, double gpuUsd, double speed, double chance)
    {
        foreach (var every in new[] { TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.FromMinutes(5) })
        {
            var advice = MirrorCadence.Decide(new()
            {
                CheckpointEvery = every,
                CheckpointBytes = bytes,
                UploadUsdPerGb = (decimal)usdPerGb,
                BytesPerSecond = speed,
                GpuUsdPerHour = (decimal)gpuUsd,
                MeanBetweenPreemptions = every,
                DiskOutOfReach = chance,
                HostLossesPerHour = chance,
            });
            advice.EveryNth.ShouldBeInRange(1, MirrorCadence.MostSkipped);
            advice.MirrorUsdPerHour.ShouldBeGreaterThanOrEqualTo(0);
            advice.ReworkUsdPerHour.ShouldBeGreaterThanOrEqualTo(0);
        }
    }
}
