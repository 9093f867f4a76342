using Lodger.Acceptance.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Lodger.Acceptance.Tests;

/// <summary>Tests of a class run one after the other: a class that takes long must not begin when all others have ended.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        .. ((Type[])[typeof(TutorialTests), typeof(RehearsalTests), typeof(PreemptionTests), typeof(KillTests), typeof(DemoTests), typeof(GateTests), typeof(ClusterTests), typeof(FailureTests), typeof(CommandTests), typeof(WatchTests)])
            .Select(c => $"{c.FullName} "),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(Place)];

    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        var place = Array.FindIndex(Long, c => collection.TestCollectionDisplayName.Contains(c, StringComparison.Ordinal));
        return place < 0 ? Long.Length : place;
    }
}
