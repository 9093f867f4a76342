using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Http;

/// <summary>A contract as show and list answer it.</summary>
internal static class InstanceFacts
{
    /// <summary>Columns by which lists filter and sort, with the values that a whole row has; the rest is computed, and refused as on the platform.</summary>
    public static readonly IReadOnlyDictionary<string, Func<Contract, HostMachine, JsonNode?>> Stored = new Dictionary<string, Func<Contract, HostMachine, JsonNode?>>(StringComparer.Ordinal)
    {
        ["id"] = static (contract, _) => contract.Id,
        ["label"] = static (contract, _) => contract.Label,
        ["actual_status"] = static (contract, _) => ActualStatus(contract),
        ["intended_status"] = static (contract, _) => Wanted(contract),
        ["cur_state"] = static (contract, _) => ContractState(contract),
        ["next_state"] = static (contract, _) => Wanted(contract),
        ["gpu_name"] = static (_, machine) => machine.Gpu.Name,
        ["verification"] = static (_, machine) => machine.Verification,
        ["machine_id"] = static (_, machine) => machine.Id,
        ["host_id"] = static (_, machine) => machine.HostId,
        ["image_uuid"] = static (contract, _) => contract.Image,
        ["start_date"] = static (contract, _) => OfferFacts.Seconds(contract.CreatedAt),
        ["end_date"] = static (contract, _) => OfferFacts.Seconds(contract.EndsAt),
        ["geolocation"] = static (_, machine) => machine.Place,
        ["is_bid"] = static (contract, _) => contract.BidUsdPerHour is not null,
    };

    /// <summary>One row.</summary>
    /// <param name="contract">Metered up to now.</param>
    /// <param name="machine">Where it is.</param>
    /// <param name="box">Its live side.</param>
    /// <param name="lowestBidUsd">What a bid for its GPUs would have to be now, USD per hour.</param>
    /// <param name="now">Market time.</param>
    public static JsonObject Make(Contract contract, HostMachine machine, Box box, decimal lowestBidUsd, DateTimeOffset now)
    {
        var running = contract.Phase == Phase.Running;
        var fraction = (double)contract.GpuIds.Count / machine.GpuIds.Count;
        var tariff = contract.Tariff;
        var isStopped = contract.Billing.HasFlag(Metering.Billing.Stopped);
        var (storageUsd, diskUsd) = isStopped
            ? (tariff.StoppedStorageUsdPerGbMonth ?? tariff.StorageUsdPerGbMonth, tariff.StoppedDiskUsdPerHour)
            : (tariff.StorageUsdPerGbMonth, tariff.DiskUsdPerHour);
        var totalUsd = tariff.GpuUsdPerHour + diskUsd;
        var contractState = ContractState(contract);
        var wanted = Wanted(contract);
        var dlperf = machine.Gpu.DlPerf * contract.GpuIds.Count * 0.98;
        var row = new JsonObject
        {
            ["id"] = contract.Id,
            ["actual_status"] = ActualStatus(contract),
            ["intended_status"] = wanted,
            ["cur_state"] = contractState,
            ["next_state"] = wanted,
            ["status_msg"] = box.Activity ?? StatusMessage(contract, now),
            ["label"] = contract.Label,
            ["template_id"] = contract.TemplateId,
            ["template_hash_id"] = contract.TemplateHashId,
            ["template_name"] = contract.TemplateName,
            ["image_uuid"] = contract.Image,
            ["image_args"] = new JsonArray([.. contract.Args.Select(a => JsonValue.Create(a))]),
            ["image_runtype"] = RuntypeOf(contract),
            ["extra_env"] = new JsonArray([.. contract.Env.Select(e => new JsonArray(e.Name, e.Value))]),
            ["onstart"] = contract.Onstart,
            ["jupyter_token"] = contract.JupyterToken,
            ["public_ipaddr"] = SpecMaker.PublicAddress,
            ["local_ipaddrs"] = "127.0.0.1 \n",
            ["ssh_host"] = SpecMaker.PublicAddress,
            ["ssh_idx"] = (contract.Id % 10).ToString(CultureInfo.InvariantCulture),
            ["ssh_port"] = contract.Runtype == Runtype.Jupyter ? box.ProxyPort - 1 : box.ProxyPort, // There the platform shows the notebook's, one below.
            ["machine_dir_ssh_port"] = null,
            ["machine_id"] = machine.Id,
            ["host_id"] = machine.HostId,
            ["hosting_type"] = machine.Datacenter ? 1 : 0,
            ["bundle_id"] = contract.OfferId + 700_000_000,
            ["start_date"] = OfferFacts.Seconds(contract.CreatedAt),
            ["end_date"] = OfferFacts.Seconds(contract.EndsAt),
            ["duration"] = (contract.EndsAt - now).TotalSeconds,
            ["uptime_mins"] = contract.RunningSince is { } since ? (now - since).TotalMinutes : null,
            ["cpu_arch"] = "amd64",
            ["cpu_cores"] = machine.CpuCores,
            ["cpu_cores_effective"] = machine.CpuCoresShared * fraction,
            ["cpu_name"] = machine.CpuName,
            ["cpu_ram"] = machine.CpuRamMb,
            ["cpu_util"] = 0.0,
            ["mem_limit"] = running ? machine.CpuRamMb * fraction / 1024 : null,
            ["mem_usage"] = running ? 0.4 : null,
            ["vmem_usage"] = null,
            ["gpu_name"] = machine.Gpu.Name,
            ["gpu_arch"] = "nvidia",
            ["gpu_ids"] = new JsonArray([.. contract.GpuIds.Select(g => JsonValue.Create(g))]),
            ["num_gpus"] = contract.GpuIds.Count,
            ["gpu_ram"] = machine.Gpu.MemoryMb,
            ["gpu_totalram"] = machine.Gpu.MemoryMb * contract.GpuIds.Count,
            ["gpu_util"] = running ? 0.0 : null,
            ["gpu_temp"] = running ? 41.0 : null,
            ["gpu_frac"] = fraction,
            ["gpu_lanes"] = 16,
            ["gpu_mem_bw"] = machine.Gpu.MemoryGbPerSecond,
            ["bw_nvlink"] = 0.0,
            ["cuda_max_good"] = double.Parse(machine.CudaMax, CultureInfo.InvariantCulture),
            ["driver_version"] = machine.DriverVersion,
            ["disk_name"] = machine.DiskName,
            ["disk_space"] = tariff.DiskGb,
            ["disk_bw"] = machine.DiskMbPerSecond,
            ["disk_util"] = -1,
            ["disk_usage"] = -1,
            ["direct_port_count"] = machine.DirectPorts,
            ["direct_port_start"] = -1,
            ["direct_port_end"] = -1,
            ["static_ip"] = machine.StaticIp,
            ["geolocation"] = machine.Place,
            ["country_code"] = null,
            ["verification"] = machine.Verification,
            ["rentable"] = false,
            ["is_bid"] = contract.BidUsdPerHour is not null,
            ["bid_price"] = contract.BidUsdPerHour,
            ["min_bid"] = lowestBidUsd,
            ["dph_base"] = tariff.GpuUsdPerHour,
            ["dph_total"] = totalUsd,
            ["storage_cost"] = storageUsd,
            ["storage_total_cost"] = diskUsd,
            ["inet_up"] = machine.UploadMbitPerSecond,
            ["inet_down"] = machine.DownloadMbitPerSecond,
            ["inet_up_cost"] = tariff.UploadUsdPerGb,
            ["inet_down_cost"] = tariff.DownloadUsdPerGb,
            ["inet_up_billed"] = contract.Usage.UploadedBytes / 1e6,
            ["inet_down_billed"] = contract.Usage.DownloadedBytes / 1e6,
            ["reliability2"] = machine.Reliability,
            ["dlperf"] = dlperf,
            ["dlperf_per_dphtotal"] = dlperf / (double)totalUsd,
            ["total_flops"] = machine.Gpu.Tflops * contract.GpuIds.Count,
            ["flops_per_dphtotal"] = machine.Gpu.Tflops * contract.GpuIds.Count / (double)totalUsd,
            ["score"] = dlperf / (double)totalUsd * machine.Reliability,
            ["os_version"] = machine.OsVersion,
            ["mobo_name"] = machine.Board,
            ["pci_gen"] = 4.0,
            ["pcie_bw"] = 24.6,
            ["logo"] = "/static/logos/vastai_small2.png",
            ["webpage"] = null,
            ["external"] = false,
            ["search"] = OfferFacts.Prices(tariff.GpuUsdPerHour, diskUsd),
            ["instance"] = OfferFacts.Prices(running ? tariff.GpuUsdPerHour : 0, diskUsd),
            ["credit_balance"] = null,
            ["credit_discount"] = null,
            ["credit_discount_max"] = 0.4,
            ["vram_costperhour"] = OfferFacts.VramUsdPerHour(tariff.GpuUsdPerHour, machine.Gpu.MemoryMb * contract.GpuIds.Count),
            ["client_run_time"] = 1.0,
            ["host_run_time"] = 2592000.0,
            ["time_remaining"] = "",
            ["time_remaining_isbid"] = "",
            ["volume_info"] = new JsonArray([.. contract.Volumes.Select(v => new JsonObject { ["id"] = v.VolumeId, ["mount_path"] = v.Path })]),
        };
        if (running) row["ports"] = Ports(box); // Only there while it runs.
        return row;
    }

    private static string ContractState(Contract contract) => contract.Phase is Phase.Stopped or Phase.Scheduling or Phase.Destroyed ? "stopped" : "running";

    private static string Wanted(Contract contract) => contract.WantsToRun ? "running" : "stopped";

    public static string? ActualStatus(Contract contract) => contract.Phase switch
    {
        Phase.Provisioning => null,
        Phase.Pulling or Phase.Starting => "loading",
        Phase.Running => "running",
        Phase.Failed => "created",
        Phase.Offline => "offline",
        Phase.Exited or Phase.Destroyed => "exited",
        Phase.Stopped or Phase.Scheduling => contract.HasRun ? "exited" : "stopped",
        _ => throw new InvalidOperationException("no such phase: " + contract.Phase),
    };

    private static string RuntypeOf(Contract contract) => (contract.Runtype, contract.Direct) switch
    {
        (Runtype.Args, _) => "args",
        (Runtype.Jupyter, true) => "jupyter_direc ssh_direc ssh_proxy",
        (Runtype.Jupyter, false) => "jupyter_proxy ssh_proxy",
        (_, true) => "ssh_direc ssh_proxy",
        _ => "ssh_proxy",
    };

    private static string? StatusMessage(Contract contract, DateTimeOffset now)
    {
        switch (contract.Phase)
        {
            case Phase.Pulling:
                var total = Images.Size(contract.Image);
                var share = contract.PhaseDue is not { } due ? 0.12
                    : due <= contract.PhaseSince ? 1
                    : Math.Clamp((now - contract.PhaseSince) / (due - contract.PhaseSince), 0, 1);
                return string.Create(CultureInfo.InvariantCulture, $"Pulling image {contract.Image}: {total * share / 1e9:0.00}GB/{total / 1e9:0.00}GB");
            case Phase.Starting:
                return "Creating container";
            case Phase.Scheduling:
                return "Scheduling: waiting for its GPUs";
            default:
                return contract.Message;
        }
    }

    /// <summary>Docker's map, with the port numbers as strings.</summary>
    private static JsonObject Ports(Box box)
    {
        var map = new JsonObject();
        foreach (var (inner, external) in box.Ports) Add(inner, external, "/tcp");
        foreach (var (inner, external) in box.UdpPorts) Add(inner, external, "/udp");
        return map;

        void Add(int inner, int external, string protocol)
        {
            var number = external.ToString(CultureInfo.InvariantCulture);
            map[(inner >= BoxPorts.FirstIdentityPort ? number : inner.ToString(CultureInfo.InvariantCulture)) + protocol] = new JsonArray(
                new JsonObject { ["HostIp"] = "0.0.0.0", ["HostPort"] = number },
                new JsonObject { ["HostIp"] = "::", ["HostPort"] = number });
        }
    }
}
