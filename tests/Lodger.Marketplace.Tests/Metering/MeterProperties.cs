using FsCheck;
using FsCheck.Fluent;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Tests.Metering;

public class MeterProperties
{
    private static readonly Tariff Sample = new(0.36m, 0.15m, 40m, 0.02m, 0.004m);

    private static readonly Gen<(Billing Billing, TimeSpan Length)> Stretch =
        from billing in Gen.Elements(Billing.Nothing, Billing.Disk, Billing.Disk | Billing.Gpu)
        from ticks in Gen.Choose(0, int.MaxValue)
        select (billing, TimeSpan.FromTicks(ticks * 37L));

    private static readonly Gen<(Billing Billing, TimeSpan Length)[]> History = Stretch.ArrayOf();

    [Fact]
    public void Metering_often_or_seldom_comes_to_the_same_sum() =>
        Prop.ForAll((from history in History from cut in Gen.Choose(1, 1000) select (history, cut)).ToArbitrary(), sample =>
        {
            var seldom = sample.history.Aggregate(Usage.None, (u, s) => Meter.Advance(u, s.Billing, s.Length));
            var often = sample.history.Aggregate(Usage.None, (u, s) =>
            {
                var first = TimeSpan.FromTicks(s.Length.Ticks / sample.cut);
                return Meter.Advance(Meter.Advance(u, s.Billing, first), s.Billing, s.Length - first);
            });
            return Meter.Price(often, Sample) == Meter.Price(seldom, Sample);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_bill_never_shrinks() =>
        Prop.ForAll(History.ToArbitrary(), history =>
        {
            var usage = Usage.None;
            foreach (var (billing, length) in history)
            {
                var next = Meter.Advance(usage, billing, length);
                if (Meter.Price(next, Sample).TotalUsd < Meter.Price(usage, Sample).TotalUsd) return false;
                usage = next;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_GPU_bills_only_while_running_and_the_disk_whenever_the_contract_is_online() =>
        Prop.ForAll(History.ToArbitrary(), history =>
        {
            var usage = history.Aggregate(Usage.None, (u, s) => Meter.Advance(u, s.Billing, s.Length));
            return usage.GpuTicks == history.Where(s => s.Billing.HasFlag(Billing.Gpu)).Sum(s => s.Length.Ticks)
                && usage.DiskTicks == history.Where(s => s.Billing != Billing.Nothing).Sum(s => s.Length.Ticks);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_hour_of_everything_costs_what_the_tariff_says()
    {
        var usage = Meter.Advance(Usage.None, Billing.Disk | Billing.Gpu, TimeSpan.FromHours(1)) with { UploadedBytes = 2_000_000_000, DownloadedBytes = 500_000_000 };
        Meter.Price(usage, Sample).ShouldBe(new Charges(0.36m, 40m * 0.15m / 720m, 0.04m, 0.002m));
    }

    [Fact]
    public void Time_is_billed_by_the_full_second()
    {
        var usage = Meter.Advance(Usage.None, Billing.Disk | Billing.Gpu, TimeSpan.FromMilliseconds(1999));
        Meter.Price(usage, Sample).GpuUsd.ShouldBe(0.36m / 3600m);
    }

    [Fact]
    public void Time_does_not_run_backwards() =>
        Should.Throw<ArgumentOutOfRangeException>(() => Meter.Advance(Usage.None, Billing.Disk, TimeSpan.FromTicks(-1)));
}
