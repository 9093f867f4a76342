using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Network;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Life;

/// <summary>Opens and closes the ports of a box. With <paramref name="forward"/> off, ports are numbers without listeners.</summary>
/// <param name="forward">Whether real listeners are wanted.</param>
/// <param name="proxyBytesPerSecond">Speed of the ssh proxy.</param>
/// <param name="time">Real time.</param>
internal sealed class BoxPorts(bool forward, long proxyBytesPerSecond, TimeProvider time)
{
    public const int Ssh = 22;

    private const int Notebook = 8080;

    /// <summary>From this container port on, the same number is wanted inside and outside.</summary>
    public const int FirstIdentityPort = 70_000;

    private const int FirstInventedPort = 10_000;
    private const int InventedPorts = 50_000;
    private const long ProxyBurstBytes = 256 * 1024;

    /// <summary>Gives the box its proxy port, which outlives stops.</summary>
    public void OpenProxy(Box box, Contract contract)
    {
        if (!forward)
        {
            box.ProxyPort = Invent(contract.Id, 0);
            return;
        }

        if (contract.Notebook is null)
        {
            box.Proxy ??= new Forwarder(box.Traffic, Bucket());
        }
        else if (box.Proxy is null)
        {
            var (first, second) = Forwarder.ListenOnNeighbours();
            (box.NotebookProxy, box.Proxy) = (new Forwarder(box.Traffic, Bucket(), first), new Forwarder(box.Traffic, Bucket(), second));
        }

        box.ProxyPort = box.Proxy!.Port;
        TokenBucket Bucket() => new(proxyBytesPerSecond, ProxyBurstBytes, time);
    }

    /// <summary>Container port of the notebook server: 8080, or what the environment's <c>JUPYTER_PORT</c> says; 0 when there is none.</summary>
    public static int NotebookPortOf(Contract contract)
    {
        if (contract.Notebook is null) return 0;
        var asked = contract.Env.LastOrDefault(e => e.Name == "JUPYTER_PORT")?.Value;
        return int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535 and not Ssh ? port : Notebook;
    }

    /// <summary>Chooses fresh external ports for a run, before the sandbox starts, because its environment names them.</summary>
    public void OpenRun(Box box, Contract contract)
    {
        var notebook = NotebookPortOf(contract);
        var inner = contract.Direct ? contract.InnerPorts.Prepend(notebook).Prepend(Ssh).Where(port => port != 0) : contract.InnerPorts;
        var nth = 1;
        foreach (var port in inner.Distinct())
        {
            if (!forward) box.Ports[port] = Invent(contract.Id, nth++);
            else if (port >= FirstIdentityPort) box.Ports[port] = FindFreePort(); // The service itself listens on it: the box shares this machine's loopback.
            else
            {
                var forwarder = new Forwarder(box.Traffic, limit: null, target: port == Ssh || port == notebook ? 0 : port); // Those two listen where they can, see PointTo.
                box.Forwarders.Add(forwarder);
                box.Ports[port] = forwarder.Port;
            }
        }

        Apply(box);
        foreach (var port in contract.UdpPorts)
        {
            if (!forward) box.UdpPorts[port] = Invent(contract.Id, nth++);
            else if (port >= FirstIdentityPort) box.UdpPorts[port] = FindFreePort();
            else
            {
                var forwarder = new UdpForwarder(box.Traffic, port);
                box.UdpForwarders.Add(forwarder);
                box.UdpPorts[port] = forwarder.Port;
            }
        }
    }

    /// <summary>Lets all forwarders of the box feel the state of their lines.</summary>
    public static void Apply(Box box)
    {
        foreach (var forwarder in box.Forwarders) forwarder.Set(box.DirectLine);
        box.Proxy?.Set(box.ProxyLine);
        box.NotebookProxy?.Set(box.ProxyLine);
    }

    /// <summary>The sandbox's own servers are up. Sandboxes share this machine's loopback, so each has them on ports of its own.</summary>
    public static void PointTo(Box box, Contract contract, ISandbox sandbox)
    {
        box.Proxy?.PointTo(sandbox.SshPort);
        box.NotebookProxy?.PointTo(sandbox.NotebookPort);
        Point(Ssh, sandbox.SshPort);
        Point(NotebookPortOf(contract), sandbox.NotebookPort);

        void Point(int inner, int target)
        {
            if (box.Ports.TryGetValue(inner, out var external)) box.Forwarders.Find(f => f.Port == external)?.PointTo(target);
        }
    }

    /// <summary>Takes the ports of the run away; returns what is to be disposed of outside the lock.</summary>
    public static IReadOnlyList<IAsyncDisposable> CloseRun(Box box)
    {
        IAsyncDisposable[] closing = [.. box.Forwarders, .. box.UdpForwarders];
        foreach (var forwarder in box.Forwarders) forwarder.PointTo(0); // They are closed only once the box is free.
        box.Forwarders.Clear();
        box.UdpForwarders.Clear();
        box.UdpPorts.Clear();
        box.Ports.Clear();
        box.Proxy?.PointTo(0);
        box.NotebookProxy?.PointTo(0);
        return closing;
    }

    private static int Invent(long contractId, int nth) => FirstInventedPort + (int)(((contractId * 67) + nth) % InventedPorts);

    private static int FindFreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
