namespace Lodger.Marketplace;

/// <summary>How much other tenants stir the market.</summary>
public enum TenantLevel
{
    /// <summary>Nobody else: offers go, prices move and hosts fail only when they are told to.</summary>
    Off,

    /// <summary>Others come seldom; hosts fail and prices drift as they do when it is busy.</summary>
    Calm,

    /// <summary>GPUs are free and taken for as long as real spot capacity was; see <c>RunLength</c>.</summary>
    Busy,
}
