namespace Lodger.Vast.Tests.Script;

/// <summary>Answers in the platform's form, with made-up values.</summary>
internal static class Answers
{
    public const string Throttled = """{"detail": "API requests too frequent endpoint threshold=3.5"}""";
    public const string Retired = """{"success": false, "error": "deprecated_endpoint", "msg": "use v1"}""";
    public const string Offers = $$"""{"offers": [{{Offer}}]}""";
    public const string User = """{"id": 77, "username": "anna", "email": "anna@example.org", "balance": 0, "credit": 12.5, "has_billing": true, "ssh_key": null}""";
    public const string Keys = """[{"id": 1, "user_id": 77, "key": "ssh-ed25519 AAAA somebody@else", "deleted_at": null}]""";

    public const string Charges = """
        {"success": true, "count": 1, "total": 1, "next_token": null, "results": [
          {"start": 1, "end": 2, "type": "instance", "source": "instance-4711", "amount": 1.5, "items": [
            {"type": "gpu", "amount": 1.0}, {"type": "disk", "amount": 0.25}, {"type": "bwd", "amount": 0.15}, {"type": "bwu", "amount": 0.1}]},
          {"start": 1, "end": 2, "type": "instance", "source": "instance-47112", "amount": 99, "items": [{"type": "gpu", "amount": 99}]}]}
        """;

    public const string AllCharges = """
        {"success": true, "next_token": null, "results": [
          {"type": "instance", "source": "instance-4711", "amount": 1.5, "items": [{"type": "gpu", "amount": 1.25}, {"type": "disk", "amount": 0.25}]},
          {"type": "volume", "source": "volume-88", "amount": 0.1, "items": [{"type": "disk", "amount": 0.1234}]},
          {"type": "volume", "source": "volume-89", "amount": 0.5, "items": []}]}
        """;

    public const string Volumes = """
        {"success": true, "volumes": [
          {"id": 88, "label": "cache", "machine_id": 312, "disk_space": 72, "storage_cost": 0.1, "storage_total_cost": 0.01, "start_date": 1788264000, "instances": [{"id": 4711, "label": null}]},
          {"id": 89, "machine_id": 313, "disk_space": 72, "storage_cost": 0.1}]}
        """;

    public const string Offer = """
        {"id": 18822101, "bundle_id": 5, "machine_id": 312, "host_id": 9, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.35,
         "dph_total": 0.36, "storage_cost": 0.15, "storage_total_cost": 0.0021, "inet_up_cost": 0.002, "inet_down_cost": 0.001, "min_bid": 0.2, "gpu_frac": 1.0, "disk_space": 512.5,
         "reliability2": 0.991, "verification": "verified", "direct_port_count": 99, "inet_down": 900, "inet_up": 500, "cuda_max_good": 12.4, "driver_version": "550.54.15",
         "geolocation": "Sweden, SE", "end_date": 1893456000.5, "dlperf": 88.1, "vms_enabled": false, "has_avx": 1}
        """;

    public const string Instance = """
        {"id": 4711, "actual_status": "running", "intended_status": "running", "cur_state": "running", "next_state": "running", "status_msg": "success, running",
         "label": "lodger/digits/1", "machine_id": 312, "host_id": 9, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "is_bid": false, "dph_base": 0.35, "dph_total": 0.3521,
         "storage_cost": 0.15, "inet_up_cost": 0.002, "inet_down_cost": 0.001, "disk_space": 10.08, "public_ipaddr": "192.0.2.45\n", "ssh_host": "ssh7.vast.ai", "ssh_port": 10600,
         "image_runtype": "ssh_direc ssh_proxy", "ports": {"22/tcp": [{"HostIp": "0.0.0.0", "HostPort": "33526"}], "8081/tcp": [{"HostIp": "0.0.0.0", "HostPort": "33527"}]},
         "start_date": 1788264000.5, "end_date": 1793456000, "extra_env": [["HF_TOKEN", "hf_topsecret"]], "onstart": "echo hi", "jupyter_token": "tok"}
        """;

    public static string Show(string instance = Instance) => $$"""{"instances": {{instance}}}""";

    public static string List(string? next, int? total, params IEnumerable<string> rows) =>
        $$"""{"success": true, "total_instances": {{(total is { } count ? count.ToString() : "null")}}, "next_token": {{(next is null ? "null" : $"\"{next}\"")}}, "instances": [{{string.Join(',', rows)}}]}""";

    public static string Row(long id) => Instance.Replace("4711", id.ToString());
}
