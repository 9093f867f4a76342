namespace Lodger.Cli.Commands;

/// <summary>One thing that a person can make go wrong.</summary>
/// <param name="Name">The word to type.</param>
/// <param name="Target">What its argument names: an instance, offer, machine or endpoint; empty for none.</param>
/// <param name="Path">The control call, with <c>{id}</c> for the target.</param>
/// <param name="Fixed">Fields that are always sent.</param>
/// <param name="Fields">Fields that may be given, <c>name=default</c>.</param>
/// <param name="What">What happens.</param>
internal sealed record MarketFault(string Name, string Target, string Path, IReadOnlyDictionary<string, string> Fixed, IReadOnlyList<string> Fields, string What)
{
    /// <summary>All of them, in the order of the list that people see.</summary>
    public static IReadOnlyList<MarketFault> All { get; } =
    [
        Of("outbid", "INSTANCE", "instances/{id}/outbid", "", "by=0.01 seconds", "somebody bids more; it is killed without notice and comes back when they leave"),
        Of("outbid-in-write", "INSTANCE", "instances/{id}/outbid_in_write", "", "below=/workspace within_seconds=60 by=0.01 seconds", "somebody bids more in the moment when it writes a file"),
        Of("rent-away", "INSTANCE", "instances/{id}/rent_away", "", "seconds", "somebody rents its GPUs on demand; a stopped one then waits in scheduling"),
        Of("release", "INSTANCE", "instances/{id}/release", "", "", "whoever was sent to its GPUs leaves"),
        Of("preempt", "INSTANCE", "instances/{id}/stop", "cause=outbid", "", "stopped as if outbid, also when it is rented on demand"),
        Of("host-stop", "INSTANCE", "instances/{id}/stop", "cause=host", "", "its host stops it"),
        Of("end", "INSTANCE", "instances/{id}/end", "", "in_seconds=0", "its contract ends"),
        Of("expire", "INSTANCE", "instances/{id}/expire", "", "", "its contract ended 48 hours ago: it is deleted"),
        Of("fill-disk", "INSTANCE", "instances/{id}/fill", "what=bytes", "left=0", "its disk is full"),
        Of("fill-inodes", "INSTANCE", "instances/{id}/fill", "what=inodes", "left=0", "its disk has no inodes left"),
        Of("empty-disk", "INSTANCE", "instances/{id}/fill", "what=none", "", "its disk has its space and inodes back"),
        Of("held-gpu-memory", "INSTANCE", "instances/{id}/symptoms", "", "gpu_memory_used_mb=20000", "memory of its GPUs is held, by nobody who shows in the container"),
        Of("busy-gpu", "INSTANCE", "instances/{id}/symptoms", "", "gpu_busy_percent=95", "its GPUs are busy"),
        Of("wrong-clock", "INSTANCE", "instances/{id}/symptoms", "", "clock_ahead_seconds=420", "its clock is wrong"),
        Of("oom-kill", "INSTANCE", "instances/{id}/symptoms", "", "oom_kills=1", "its cgroup counts kills for want of memory"),
        Of("full-memory", "INSTANCE", "instances/{id}/symptoms", "", "memory_limit_bytes=16000000000 memory_used_bytes=15900000000", "its memory is nearly all in use"),
        Of("no-symptoms", "INSTANCE", "instances/{id}/symptoms", "", "", "its GPUs, clock and memory are well again"),
        Of("cut-direct", "INSTANCE", "instances/{id}/direct", "line=cut", "", "its mapped ports break and hang up"),
        Of("slow-direct", "INSTANCE", "instances/{id}/direct", "line=slow", "bytes_per_second=20000", "its mapped ports are slow"),
        Of("heal-direct", "INSTANCE", "instances/{id}/direct", "line=ok", "", "its mapped ports are well again"),
        Of("cut-proxy", "INSTANCE", "instances/{id}/proxy", "line=cut", "", "its ssh proxy breaks and hangs up"),
        Of("slow-proxy", "INSTANCE", "instances/{id}/proxy", "line=slow", "bytes_per_second=20000", "its ssh proxy is slow"),
        Of("heal-proxy", "INSTANCE", "instances/{id}/proxy", "line=ok", "", "its ssh proxy is well again"),
        Of("offline", "MACHINE", "machines/{id}/offline", "", "", "the host loses power or its line"),
        Of("online", "MACHINE", "machines/{id}/online", "", "", "the host is back"),
        Of("vanish", "MACHINE", "machines/{id}/vanish", "", "", "the host never comes back"),
        Of("price", "MACHINE", "machines/{id}/price", "", "factor=1", "what the host asks from now on, times what it asked at first"),
        Of("take-offer", "OFFER", "offers/{id}/take", "", "answer=410 still_listed=false", "somebody else takes the offer"),
        Of("give-offer", "OFFER", "offers/{id}/give", "", "", "they give it back"),
        Of("slow-pull", "", "creates", "", "pull_slowdown=10 count=1 offer_id", "the next rental's image comes slowly"),
        Of("stuck-pull", "", "creates", "boot=stuck", "count=1 offer_id", "the next rental loads for ever"),
        Of("oci-error", "", "creates", "boot=image_error", "count=1 offer_id", "the next rental's container cannot be made"),
        Of("no-gpu", "", "creates", "boot=no_gpu", "count=1 offer_id", "the next rental comes without its GPUs"),
        Of("invisible", "", "creates", "", "invisible_seconds=60 count=1 offer_id", "lists leave the next rental out for a while"),
        Of("late-key", "", "creates", "", "key_delay_seconds=30 count=1 offer_id", "the next rental's ssh keys arrive late"),
        Of("balance", "", "balance", "", "balance=0 account_id", "sets a balance; at 0 everything stops"),
        Of("card", "", "card", "", "on_file=true account_id", "a card on file, or none: nothing is deleted for want of money with one"),
        Of("storm", "ENDPOINT", "faults", "kind=toomany", "count=5 skip=0", "calls are refused with 429"),
        Of("errors", "ENDPOINT", "faults", "kind=status", "status=502 count=5 skip=0 carried_out=false", "calls are answered by a broken gateway"),
        Of("drop", "ENDPOINT", "faults", "kind=drop", "count=1 skip=0 carried_out=false", "connections close without an answer"),
        Of("hang", "ENDPOINT", "faults", "kind=hang", "seconds=60 count=1 skip=0 carried_out=false", "no answer for long, then a closed connection"),
        Of("create-lost", "", "faults", "endpoint=create kind=hang carried_out=true", "seconds=60 count=1", "a create succeeds, and its answer never comes"),
        Of("no-rows", "ENDPOINT", "faults", "kind=norows", "count=1 skip=0", "lists come empty"),
        Of("few-rows", "ENDPOINT", "faults", "kind=fewrows", "count=1 skip=0", "lists come with half of their rows"),
        Of("truncated", "ENDPOINT", "faults", "kind=truncated", "count=1 skip=0", "answers end in the middle"),
        Of("deprecated", "ENDPOINT", "faults", "kind=deprecated", "count=1 skip=0", "calls are answered deprecated_endpoint under 200"),
        Of("late-webhook", "", "webhooks", "", "late_seconds=60 copies=0 count=1", "the next events are delivered late, or several times"),
        Of("clock-jump", "", "clock/jump", "", "seconds=3600", "the market's clock jumps, also back"),
    ];

    private static MarketFault Of(string name, string target, string path, string always, string fields, string what) => new(
        name,
        target,
        path,
        Words(always).Select(w => w.Split('=', 2)).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal),
        Words(fields),
        what);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
