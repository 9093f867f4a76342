using System.Diagnostics;

namespace Lodger.Bench.Engine;

/// <summary>Thousands of jobs in one engine, over a market and machines that answer at once.</summary>
internal static class Scale
{
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(int jobs)
    {
        using var process = Process.GetCurrentProcess();
        var (heap, resident) = Memory(process);
        await using var stage = new EngineBench();
        var took = await stage.RunSpotJobsAsync(jobs);
        Console.WriteLine($"submitted: {jobs} jobs in {took.TotalSeconds:0.0} s, {jobs / took.TotalMinutes:0} a minute");
        var (heapAfter, residentAfter) = Memory(process);
        Console.WriteLine($"memory a job: {(heapAfter - heap) / 1024.0 / jobs:0.0} KiB of managed heap, {(residentAfter - resident) / 1024.0 / jobs:0.0} KiB resident ({residentAfter >> 20} MiB in all)");

        for (var round = 0; round < 2; round++)
        {
            process.Refresh();
            var (used, calls) = (process.TotalProcessorTime, stage.Market.Calls);
            await Task.Delay(Watched);
            process.Refresh();
            var made = stage.Market.Calls - calls;
            Console.WriteLine($"nothing happens: {(process.TotalProcessorTime - used) / Watched:0.00} of a core, {made.Pages} listing pages, {made.Charges} charges, {made.Shows + made.Other} other calls in {Watched.TotalSeconds:0} s");
        }

        var (noted, decided) = await stage.PreemptAtOnceAsync(Math.Min(jobs / 5, 200));
        Console.WriteLine($"{noted.Count} preempted at once, from the listing that showed it: noted {Text(noted)}, decided {Text(decided)}");
        static string Text(List<TimeSpan> of) => $"{of.Order().ElementAt(of.Count / 2).TotalSeconds:0.00} s median, {of.Order().ElementAt(of.Count * 99 / 100).TotalSeconds:0.00} s p99";
    }

    private static (long Heap, long Resident) Memory(Process process)
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        process.Refresh();
        return (GC.GetTotalMemory(true), process.WorkingSet64);
    }
}
