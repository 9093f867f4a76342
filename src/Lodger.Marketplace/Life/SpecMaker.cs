using System.Globalization;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Volumes;

namespace Lodger.Marketplace.Life;

/// <summary>What a contract's container is made of.</summary>
internal sealed class SpecMaker(string instancesDirectory, string volumesDirectory, VolumeShelf volumes, Func<string> marketUrl)
{
    public const string PublicAddress = "127.0.0.1";

    /// <summary>The spec with the environment that the platform documents; the user's own variables come last and win over none of the platform's.</summary>
    public SandboxSpec Make(Contract contract, HostMachine machine, IReadOnlyDictionary<int, int> ports, IReadOnlyDictionary<int, int> udpPorts)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in contract.Secrets) environment[name] = value;
        foreach (var entry in contract.Env.Where(e => !e.Name.StartsWith('-')))
            environment[entry.Name] = entry.Value;

        environment["CONTAINER_ID"] = contract.Id.ToString(CultureInfo.InvariantCulture);
        environment["CONTAINER_API_KEY"] = contract.ContainerKey;
        environment["PUBLIC_IPADDR"] = PublicAddress;
        environment["GPU_COUNT"] = contract.GpuIds.Count.ToString(CultureInfo.InvariantCulture);
        environment["VAST_CONTAINERLABEL"] = "C." + contract.Id.ToString(CultureInfo.InvariantCulture);
        environment["DATA_DIRECTORY"] = "/workspace/";
        if (contract.Notebook is not null)
        {
            environment["JUPYTER_TOKEN"] = contract.JupyterToken;
            environment["JUPYTER_PORT"] = BoxPorts.NotebookPortOf(contract).ToString(CultureInfo.InvariantCulture);
        }

        environment.TryAdd("VAST_URL", marketUrl()); // The official client's own variable; on the platform its default is right.
        foreach (var (inner, external) in ports)
            environment["VAST_TCP_PORT_" + inner.ToString(CultureInfo.InvariantCulture)] = external.ToString(CultureInfo.InvariantCulture);
        foreach (var (inner, external) in udpPorts)
            environment["VAST_UDP_PORT_" + inner.ToString(CultureInfo.InvariantCulture)] = external.ToString(CultureInfo.InvariantCulture);

        return new SandboxSpec
        {
            InstanceId = contract.Id,
            DiskDirectory = Path.Combine(instancesDirectory, contract.Id.ToString(CultureInfo.InvariantCulture)),
            DiskGb = contract.DiskGb,
            Environment = environment,
            Onstart = contract.Runtype == Runtype.Args ? EntryPoint(contract) : contract.Onstart,
            Notebook = contract.Notebook,
            AuthorizedKeys = contract is { KeyDelaySeconds: > 0, HasKeys: false } ? [] : [.. contract.SshKeys],
            Volumes = [.. contract.Volumes.Select(attached => VolumeShelf.MountOf(volumes.Get(attached.VolumeId), volumesDirectory, attached.Path))],
            Gpus = contract.BootFault == BootFault.NoGpu
                ? []
                : [.. contract.GpuIds.Select(id => new GpuFacts(id, machine.Gpu.Name, machine.Gpu.MemoryMb, machine.DriverVersion, machine.CudaMax))],
        };
    }

    /// <summary>What an <c>args</c> container runs: its entry point, which create calls <c>onstart</c>, with the arguments.</summary>
    private static string EntryPoint(Contract contract) =>
        string.Join(' ', contract.Args.Select(a => "'" + a.Replace("'", @"'\''", StringComparison.Ordinal) + "'").Prepend(contract.Onstart ?? "")).Trim() + "\n";
}
