// Most of these tests wait for processes that they started: four at a time keep two cores busy.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
