using System.Collections.Concurrent;
using System.Diagnostics;

namespace Lodger.Marketplace.Sandbox;

/// <summary>
/// One thread that lives as long as this process and starts every sandbox. The kernel's "kill me when my parent dies" follows the
/// <i>thread</i> that started the child, and a pool thread may end at any time.
/// </summary>
internal static class LaunchThread
{
    private static readonly BlockingCollection<Action> Work = StartThread();

    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start) ?? throw new InvalidOperationException("No process was started."));
            }
            catch (Exception failure)
            {
                // Handed to whoever asked; the thread must go on.
                started.SetException(failure);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> StartThread()
    {
        var work = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
                action();
        })
        {
            IsBackground = true,
            Name = "sandbox launch",
        };
        thread.Start();
        return work;
    }
}
