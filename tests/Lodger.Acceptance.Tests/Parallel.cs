// These tests wait for processes and use little of the processor themselves.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
