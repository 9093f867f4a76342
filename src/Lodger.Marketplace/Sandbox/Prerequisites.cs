namespace Lodger.Marketplace.Sandbox;

/// <summary>What this machine lacks, and how to get it.</summary>
internal static class Prerequisites
{
    public static async Task<IReadOnlyList<string>> FindMissingAsync(Machine machine, CancellationToken cancellationToken)
    {
        var missing = machine.MissingTools.ToList();
        if (missing.Count > 0)
        {
            var packages = string.Join(' ', missing.Select(need => need.Package).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            return
            [
                .. missing.Select(need => $"{need.Tool} is not installed (package {need.Package})."),
                $"Install what is missing with: {(machine.IsRoot ? "" : "sudo ")}apt-get install -y {packages}",
            ];
        }
        return await ProbeAsync(machine, cancellationToken) is { } sentence ? [sentence] : [];
    }

    private static async Task<string?> ProbeAsync(Machine machine, CancellationToken cancellationToken)
    {
        var probe = CageCommand.Probe(machine);
        var (status, said) = await DiskFiles.RunAsync(probe[0], [.. probe.Skip(1)], cancellationToken);
        return status == 0 ? null : Explain(machine.IsRoot, said, ReadSetting);
    }

    /// <summary>Why the smallest sandbox failed, and what to do about it.</summary>
    /// <param name="isRoot">Who asked.</param>
    /// <param name="said">What bubblewrap said when it failed.</param>
    /// <param name="setting">Reads a file below <c>/proc/sys</c>; null when the kernel has no such setting.</param>
    internal static string Explain(bool isRoot, string said, Func<string, string?> setting)
    {
        if (isRoot)
        {
            return "This root may not make namespaces, as is usual in a container. Run the container with --privileged "
                + $"(or --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined). bwrap said: {said.Trim()}";
        }
        if (setting("kernel/unprivileged_userns_clone") == "0")
            return "User namespaces are forbidden to ordinary users. Allow them with: sudo sysctl -w kernel.unprivileged_userns_clone=1";
        if (setting("user/max_user_namespaces") == "0")
            return "User namespaces are switched off. Allow them with: sudo sysctl -w user.max_user_namespaces=15000";
        if (setting("kernel/apparmor_restrict_unprivileged_userns") == "1")
            return "AppArmor forbids user namespaces to ordinary users. Allow them with: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
        return "This user may not make namespaces, as is usual in a container. Run as root, or the container with "
            + $"--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined. bwrap said: {said.Trim()}";
    }

    private static string? ReadSetting(string name)
    {
        try
        {
            return File.ReadAllText("/proc/sys/" + name).Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
