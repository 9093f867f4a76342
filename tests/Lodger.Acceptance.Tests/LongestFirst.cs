using Lodger.Acceptance.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Lodger.Acceptance.Tests;

/// <summary>Tests of a class run one after the other: a class that takes long must not begin when all others have ended.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Long =
    [
        typeof(TutorialTests), typeof(RehearsalTests), typeof(PreemptionTests), typeof(KillTests), typeof(DemoTests), typeof(GateTests), typeof(ClusterTests), typeof(FailureTests), typeof(CommandTests),
        typeof(WatchTests),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(Place)];

    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        var place = Array.FindIndex(Long, c => collection.TestCollectionDisplayName.Contains($"{c.FullName} ", StringComparison.Ordinal));
        return place < 0 ? Long.Length : place;
    }
}
