using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;
using Lodger.Marketplace.Network;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Life;

/// <summary>The live side of every contract, and the meter that reads it.</summary>
internal sealed class Boxes(Book book, BoxPorts ports, SpecMaker specs)
{
    private readonly Dictionary<long, Box> _boxes = [];

    public IReadOnlyCollection<Box> All => _boxes.Values;

    /// <summary>Of a contract that is not destroyed.</summary>
    public Box Of(Contract contract)
    {
        if (_boxes.TryGetValue(contract.Id, out var box)) return box;
        box = new Box(new Traffic(contract.Usage.UploadedBytes, contract.Usage.DownloadedBytes));
        _boxes[contract.Id] = box;
        if (contract.IsAlive) ports.OpenProxy(box, contract);
        return box;
    }

    public SandboxSpec SpecOf(Contract contract) => specs.Make(contract, book.Machines[contract.MachineId], Of(contract).Ports, Of(contract).UdpPorts);

    public void Forget(Contract contract) => _boxes.Remove(contract.Id);

    /// <summary>Brings a living contract's usage up to <paramref name="now"/>.</summary>
    public void MeterTo(Contract contract, DateTimeOffset now)
    {
        var traffic = Of(contract).Traffic;
        var elapsed = now > contract.MeteredTo ? now - contract.MeteredTo : TimeSpan.Zero;
        contract.Usage = Meter.Advance(contract.Usage, contract.Billing, elapsed) with
        {
            UploadedBytes = traffic.UploadedBytes,
            DownloadedBytes = traffic.DownloadedBytes,
        };
        contract.MeteredTo += elapsed;
    }
}
