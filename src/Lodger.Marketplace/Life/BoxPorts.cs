using System.Net;
using System.Net.Sockets;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Network;

namespace Lodger.Marketplace.Life;

/// <summary>Opens and closes the ports of a box. With <paramref name="forward"/> off, ports are numbers without listeners.</summary>
/// <param name="forward">Whether real listeners are wanted.</param>
/// <param name="proxyBytesPerSecond">Speed of the ssh proxy.</param>
/// <param name="time">Real time.</param>
internal sealed class BoxPorts(bool forward, long proxyBytesPerSecond, TimeProvider time)
{
    public const int Ssh = 22;

    /// <summary>From this container port on, the same number is wanted inside and outside.</summary>
    public const int FirstIdentityPort = 70_000;

    private const int FirstInventedPort = 10_000;
    private const int InventedPorts = 50_000;
    private const long ProxyBurstBytes = 256 * 1024;

    /// <summary>Gives the box its proxy port, which outlives stops.</summary>
    public void OpenProxy(Box box, long contractId)
    {
        if (!forward)
        {
            box.ProxyPort = Invent(contractId, 0);
            return;
        }

        box.Proxy ??= new Forwarder(box.Traffic, new TokenBucket(proxyBytesPerSecond, ProxyBurstBytes, time));
        box.ProxyPort = box.Proxy.Port;
    }

    /// <summary>Chooses fresh external ports for a run, before the sandbox starts, because its environment names them.</summary>
    public void OpenRun(Box box, Contract contract)
    {
        var inner = contract.Direct ? contract.InnerPorts.Prepend(Ssh) : contract.InnerPorts;
        var nth = 1;
        foreach (var port in inner.Distinct())
        {
            if (!forward) box.Ports[port] = Invent(contract.Id, nth++);
            else if (port >= FirstIdentityPort) box.Ports[port] = FindFreePort(); // The service itself listens on it: the box shares this machine's loopback.
            else
            {
                var forwarder = new Forwarder(box.Traffic, limit: null, target: port == Ssh ? 0 : port);
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
    }

    /// <summary>The sandbox's sshd is up.</summary>
    public static void PointSshTo(Box box, int sshPort)
    {
        box.Proxy?.PointTo(sshPort);
        if (box.Ports.TryGetValue(Ssh, out var external))
            box.Forwarders.Find(f => f.Port == external)?.PointTo(sshPort);
    }

    /// <summary>Takes the ports of the run away; returns what is to be disposed of outside the lock.</summary>
    public static IReadOnlyList<IAsyncDisposable> CloseRun(Box box)
    {
        IAsyncDisposable[] closing = [.. box.Forwarders, .. box.UdpForwarders];
        box.Forwarders.Clear();
        box.UdpForwarders.Clear();
        box.UdpPorts.Clear();
        box.Ports.Clear();
        box.Proxy?.PointTo(0);
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
