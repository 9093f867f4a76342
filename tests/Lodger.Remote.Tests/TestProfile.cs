using Lodger.Domain.Profile;

namespace Lodger.Remote.Tests;

internal static class TestProfile
{
    public static PlatformProfile At(string dataDirectory, string proxyHook = "", string credFile = "", string detach = "/bin/sh", int onstartMaxChars = 4048) => new()
    {
        Name = "test",
        MeterStopVerb = "destroy",
        MeterStopIrreversible = true,
        SpotGrace = TimeSpan.Zero,
        MinDiskGb = 10,
        MaxPorts = 64,
        OnstartMaxChars = onstartMaxChars,
        BootWindow = TimeSpan.FromMinutes(5),
        SchedulingWindow = TimeSpan.FromSeconds(30),
        ProxyTransferMaxBytes = 1_000_000_000,
        DataKeptAfterContractEnd = TimeSpan.FromHours(48),
        DestroySettles = TimeSpan.FromMinutes(2),
        ListPageRentals = 25,
        ListSpacing = TimeSpan.FromSeconds(1),
        Overrides = new ScriptOverrides
        {
            DataDir = dataDirectory,
            DurableDir = "off-box",
            ProxyHook = proxyHook,
            CredFile = credFile,
            Scratch = ["latest.pth", "*.tmp"],
            HfHome = $"{dataDirectory}/.cache/huggingface",
            // A boot hook that is there on every machine, unless a test says otherwise.
            Detach = detach,
        },
        Storage = [],
        DangerClocks = [],
        Risks = [],
        Facts = new Dictionary<string, Fact>(StringComparer.Ordinal),
    };
}
