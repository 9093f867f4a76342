using System.Text.RegularExpressions;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Control;

namespace Lodger.Marketplace.Tests.Control;

/// <summary>No fault without a test: the sources of the tests are looked through for an order of each.</summary>
public sealed class EveryFaultTests
{
    private static readonly string[] Fields =
    [
        "answer = 404", "answer = 410", "still_listed = true", "carried_out = true", "skip = ", "invisible_seconds = ", "key_delay_seconds = ", "pull_slowdown = ", "late_seconds = ", "copies = ",
        "gpu_memory_used_mb = ", "gpu_busy_percent = ", "clock_ahead_seconds = ", "memory_limit_bytes = ", "memory_used_bytes = ", "oom_kills = ", "below = ", "within_seconds = ", "cause = \"host\"", "cause = \"outbid\"", "line = \"cut\"", "line = \"slow\"", "line = \"ok\"", "what = \"bytes\"", "\"inodes\"", "\"none\"",
    ];

    [Fact]
    public async Task Every_control_call_and_every_kind_of_fault_is_ordered_by_some_test()
    {
        var sources = string.Concat(await Task.WhenAll(typeof(EveryFaultTests).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("tests/", StringComparison.Ordinal)).Select(ReadAsync)));
        sources.ShouldContain(nameof(AnswerFaultTests));
        IEnumerable<ControlRoute> routes =
        [
            .. new HostControl(null!, null!, null!).Routes(), .. new InstanceControl(null!, null!, null!, null!).Routes(), .. new FaultControl(null!, null!).Routes(),
            .. new SymptomControl(null!, null!, null!).Routes(),
            .. new AccountControl(null!, null!, null!, null!, null!).Routes(), .. new ClockControl(null!, null!, null!, null!, null!).Routes(),
        ];
        var calls = routes.Where(route => route.Method == "POST").Select(route => route.Path).Concat(["clock/advance", "instances/{id}/fill", "instances/{id}/outbid_in_write"]).ToList();
        calls.Count.ShouldBeGreaterThan(20);

        calls.Where(call => !Regex.IsMatch(sources, "[\"/]" + Regex.Escape(call).Replace(@"\{id}", @"\{[^/]*\}", StringComparison.Ordinal) + "\"", RegexOptions.None, TimeSpan.FromSeconds(60)))
            .ShouldBeEmpty("calls of the control surface that no test makes");
        Enum.GetNames<FaultKind>().Concat(Enum.GetNames<BootFault>().Where(name => name != nameof(BootFault.None)).Select(name => Regex.Replace(name, "(?<=[a-z])(?=[A-Z])", "_", RegexOptions.None, TimeSpan.FromSeconds(60))))
            .Where(name => !sources.Contains('"' + name.ToLowerInvariant() + '"', StringComparison.Ordinal))
            .ShouldBeEmpty("kinds of faults that no test orders");
        Fields.Where(field => !sources.Contains(field, StringComparison.Ordinal)).ShouldBeEmpty("fields that no test gives");
    }

    private static async Task<string> ReadAsync(string name)
    {
        using var reader = new StreamReader(typeof(EveryFaultTests).Assembly.GetManifestResourceStream(name)!);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
