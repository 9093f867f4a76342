using Lodger.Domain.Problems;

namespace Lodger.Vast.Query;

/// <summary>What a field's values are, and so what may be asked of it.</summary>
internal enum FieldKind
{
    /// <summary>Compared with every operator.</summary>
    Number,

    /// <summary>Equal or not, in a list or not.</summary>
    Text,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>Three parts, sent as one number: 535.86.05 as 535086005.</summary>
    DriverVersion,

    /// <summary>Text that has an order, for example 22.04.</summary>
    Version,
}

/// <summary>A field of an offer that can be searched by.</summary>
/// <param name="Name">As the API knows it.</param>
/// <param name="Factor">From the query's unit to the API's: GB to MB, days to seconds.</param>
/// <param name="Unit">Of the query, for people; empty for none.</param>
internal sealed record OfferField(string Name, FieldKind Kind, decimal Factor = 1, string Unit = "")
{
    private const decimal MbPerGb = 1000;
    private const decimal SecondsPerDay = 86_400;

    /// <summary>Source: the official client's table of fields, aliases and multipliers, 2026-08.</summary>
    public static readonly IReadOnlyDictionary<string, OfferField> All = new OfferField[]
    {
        new("bw_nvlink", FieldKind.Number, Unit: "GB/s"), new("cluster_id", FieldKind.Number), new("compute_cap", FieldKind.Number),
        new("cpu_arch", FieldKind.Text), new("cpu_cores", FieldKind.Number), new("cpu_cores_effective", FieldKind.Number),
        new("cpu_ghz", FieldKind.Number), new("cpu_ram", FieldKind.Number, MbPerGb, "GB"), new("cuda_max_good", FieldKind.Number),
        new("datacenter", FieldKind.Flag), new("direct_port_count", FieldKind.Number), new("disk_bw", FieldKind.Number, Unit: "MB/s"),
        new("disk_space", FieldKind.Number, Unit: "GB"), new("dlperf", FieldKind.Number), new("dlperf_per_dphtotal", FieldKind.Number),
        new("dph_total", FieldKind.Number, Unit: "USD/h"), new("driver_version", FieldKind.DriverVersion),
        new("duration", FieldKind.Number, SecondsPerDay, "days"), new("external", FieldKind.Flag), new("flops_per_dphtotal", FieldKind.Number),
        new("geolocation", FieldKind.Text), new("gpu_arch", FieldKind.Text), new("gpu_display_active", FieldKind.Flag),
        new("gpu_frac", FieldKind.Number), new("gpu_max_power", FieldKind.Number, Unit: "W"), new("gpu_max_temp", FieldKind.Number, Unit: "C"),
        new("gpu_mem_bw", FieldKind.Number, Unit: "GB/s"), new("gpu_name", FieldKind.Text), new("gpu_ram", FieldKind.Number, MbPerGb, "GB"),
        new("gpu_total_ram", FieldKind.Number, MbPerGb, "GB"), new("has_avx", FieldKind.Flag), new("host_id", FieldKind.Number),
        new("id", FieldKind.Number), new("inet_down", FieldKind.Number, Unit: "Mbit/s"), new("inet_down_cost", FieldKind.Number, Unit: "USD/GB"),
        new("inet_up", FieldKind.Number, Unit: "Mbit/s"), new("inet_up_cost", FieldKind.Number, Unit: "USD/GB"), new("machine_id", FieldKind.Number),
        new("min_bid", FieldKind.Number, Unit: "USD/h"), new("mobo_name", FieldKind.Text), new("num_gpus", FieldKind.Number),
        new("pci_gen", FieldKind.Number), new("pcie_bw", FieldKind.Number, Unit: "GB/s"), new("reliability", FieldKind.Number),
        new("rentable", FieldKind.Flag), new("rented", FieldKind.Flag), new("static_ip", FieldKind.Flag),
        new("storage_cost", FieldKind.Number, Unit: "USD/GB/month"), new("total_flops", FieldKind.Number), new("ubuntu_version", FieldKind.Version),
        new("verification", FieldKind.Text), new("verified", FieldKind.Flag), new("vms_enabled", FieldKind.Flag),
    }.ToDictionary(field => field.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["cuda_vers"] = "cuda_max_good",
        ["display_active"] = "gpu_display_active",
        ["dlperf_usd"] = "dlperf_per_dphtotal",
        ["dph"] = "dph_total",
        ["flops_usd"] = "flops_per_dphtotal",
    };

    public static OfferField? Find(string name) => All.GetValueOrDefault(Canonical(name));

    public static string Canonical(string name) => Aliases.GetValueOrDefault(name, name);

    /// <summary>All of them, in a sentence.</summary>
    public static string Listed => $"The fields: {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}.";

    /// <summary>The field that was probably meant; null when none is near.</summary>
    public static string? Nearest(string name) => NearestWord.To(name.ToLowerInvariant(), All.Keys.Concat(Aliases.Keys));
}
