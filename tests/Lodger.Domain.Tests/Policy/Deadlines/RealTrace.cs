namespace Lodger.Domain.Tests.Policy.Deadlines;

/// <summary>87 hours of real spot availability (one V100 in us-east-1d, a tick of 195 s): lengths of spells, up first.</summary>
internal static class RealTrace
{
    public const double TickHours = 195 / 3600d;

    private static readonly int[] Spells =
    [
        8, 9, 20, 16, 61, 3, 23, 7, 3, 3, 26, 3, 3, 39, 3, 42, 4, 9, 3, 4, 3, 6, 4, 3, 13, 100, 3, 4, 3, 6, 7, 3, 146, 9, 26, 4, 16, 67, 4, 32, 13,
        48, 3, 13, 10, 3, 26, 13, 32, 4, 116, 55, 10, 6, 7, 29, 3, 3, 7, 113, 32, 3, 20, 3, 26, 19, 16, 4, 3, 10, 3, 6, 3, 4, 35, 4, 22, 13, 13, 10,
        3, 33, 3, 50,
    ];

    public static bool[] Available { get; } = [.. Spells.SelectMany((length, i) => Enumerable.Repeat(i % 2 == 0, length))];
}
