namespace Lodger.Marketplace.Network;

/// <summary>What is wrong with the way to a port.</summary>
/// <param name="IsCut">Connections break, and new ones are hung up on.</param>
/// <param name="Limit">Slows it down; null for what it is built for.</param>
internal sealed record Line(bool IsCut, TokenBucket? Limit)
{
    public static Line Whole { get; } = new(IsCut: false, null);

    public static Line Cut { get; } = new(IsCut: true, null);
}
