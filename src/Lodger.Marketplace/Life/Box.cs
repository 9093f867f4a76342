using Lodger.Marketplace.Network;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Life;

/// <summary>
/// The live side of one contract: its sandbox and its ports. Operations on the sandbox run one after the other through <see cref="Enqueue"/>;
/// each state change that makes an earlier start obsolete raises <see cref="Generation"/>.
/// </summary>
internal sealed class Box(Traffic traffic)
{
    private readonly Lock _lock = new();
    private Task _tail = Task.CompletedTask;

    public Traffic Traffic { get; } = traffic;

    public int Generation { get; set; }

    public ISandbox? Sandbox { get; set; }

    /// <summary>The proxy's port: the same from creation to destroy.</summary>
    public Forwarder? Proxy { get; set; }

    /// <summary>The way to its notebook server through the proxy, on the port below that of ssh; null when it has none.</summary>
    public Forwarder? NotebookProxy { get; set; }

    /// <summary>Ports of the current run, new at each start.</summary>
    public List<Forwarder> Forwarders { get; } = [];

    /// <summary>As <see cref="Forwarders"/>, for UDP.</summary>
    public List<UdpForwarder> UdpForwarders { get; } = [];

    /// <summary>UDP port of the container to external port, of the current run.</summary>
    public SortedDictionary<int, int> UdpPorts { get; } = [];

    /// <summary>Container port to external port, of the current run.</summary>
    public SortedDictionary<int, int> Ports { get; } = [];

    public int ProxyPort { get; set; }

    /// <summary>State of the way to its mapped ports; outlives runs.</summary>
    public Line DirectLine { get; set; } = Line.Whole;

    /// <summary>State of the way through the ssh proxy.</summary>
    public Line ProxyLine { get; set; } = Line.Whole;

    /// <summary>How a copy to or from it stands, shown as its status until it is stopped or started; null for none.</summary>
    public string? Activity { get; set; }

    /// <summary>Closes the proxy's ports for good.</summary>
    public async Task CloseProxiesAsync()
    {
        if (Proxy is { } ssh) await ssh.DisposeAsync();
        if (NotebookProxy is { } notebook) await notebook.DisposeAsync();
    }

    /// <summary>Completes when everything enqueued so far is done.</summary>
    public Task Idle
    {
        get
        {
            lock (_lock) return _tail;
        }
    }

    /// <summary>Runs it after everything enqueued before; the task completes when it is done, also when it failed.</summary>
    public Task Enqueue(Func<Task> operation)
    {
        lock (_lock) return _tail = RunAfterAsync(_tail, operation);
    }

    private static async Task RunAfterAsync(Task before, Func<Task> operation)
    {
        await Task.Yield();
        await before;
        try
        {
            await operation();
        }
        catch (Exception e)
        {
            // What comes next (the delete after a failed kill, say) must still be tried.
            await Console.Error.WriteLineAsync("instance operation failed: " + e.Message);
        }
    }
}
