namespace Lodger.Artifacts.Inspection;

/// <summary>What the values of an array are like. Complex numbers count as two real ones each.</summary>
/// <param name="Values">Real numbers looked at.</param>
/// <param name="NaNs">How many are not a number.</param>
/// <param name="Infinities">How many are infinite.</param>
/// <param name="Zeros">How many are zero.</param>
/// <param name="Min">The smallest finite one; null when there is none.</param>
/// <param name="Max">The largest finite one; null when there is none.</param>
/// <param name="Mean">The mean of the finite ones; null when there is none.</param>
public sealed record TensorStatistics(long Values, long NaNs, long Infinities, long Zeros, double? Min, double? Max, double? Mean)
{
    /// <summary>True when there are values and every one is zero.</summary>
    public bool IsAllZero => Values > 0 && Zeros == Values;

    /// <summary>True when a value is not a number or infinite.</summary>
    public bool HasNonFinite => NaNs + Infinities > 0;
}
