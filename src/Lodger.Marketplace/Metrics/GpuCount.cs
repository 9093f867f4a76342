using Lodger.Marketplace.Catalog;

namespace Lodger.Marketplace.Metrics;

/// <summary>How one machine stood at a moment.</summary>
/// <param name="RentedGpus">GPUs that somebody holds.</param>
/// <param name="GpuUsdPerHour">Its on-demand price per GPU.</param>
internal readonly record struct MachineStand(HostMachine Machine, int RentedGpus, decimal GpuUsdPerHour)
{
    public int FreeGpus => Machine.GpuIds.Count - RentedGpus;
    public bool IsVerified => Machine.Verification == "verified";
}

/// <summary>GPUs by whether they are rented and whether their host is verified.</summary>
internal sealed record GpuCount(int RentedVerified, int FreeVerified, int RentedUnverified, int FreeUnverified)
{
    public int Total => RentedVerified + FreeVerified + RentedUnverified + FreeUnverified;

    /// <summary>Rented, in per cent of all.</summary>
    public double Usage => Total == 0 ? 0 : Math.Round(100.0 * (RentedVerified + RentedUnverified) / Total, 2);

    public static GpuCount Of(IReadOnlyCollection<MachineStand> stands) => new(
        stands.Where(s => s.IsVerified).Sum(s => s.RentedGpus),
        stands.Where(s => s.IsVerified).Sum(s => s.FreeGpus),
        stands.Where(s => !s.IsVerified).Sum(s => s.RentedGpus),
        stands.Where(s => !s.IsVerified).Sum(s => s.FreeGpus));
}
