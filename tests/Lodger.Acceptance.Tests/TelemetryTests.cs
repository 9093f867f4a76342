using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;

namespace Lodger.Acceptance.Tests;

/// <summary>What a collector is told of a job's life, and what it is not.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task A_collector_sees_requests_sweeps_decisions_calls_and_transfers_with_the_jobs_id_and_nothing_secret_or_remote()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var stage = await ServerStage.StartAsync(environment: new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            // What is not answered in time is dropped.
            ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "120000",
        });
        var id = await stage.SubmitAsync(ServerStage.SixSteps("traced") with { Run = "until [ -e go ]; do sleep 0.2; done; mkdir -p out; echo word-of-the-machine; echo '{\"done\": true}' > out/metrics.json" });
        await stage.UntilAsync(id, JobPhase.Running);
        await UntilAsync(() => collector.Figures.Any(IsGpuBurn));
        (await stage.LodgerAsync(null, "exec", "traced", "--", "touch", "go")).ExitCode.ShouldBe(0);
        await stage.UntilAsync(id, JobPhase.Closed);
        await stage.Client.JobAsync("traced", CancellationToken.None);
        await stage.Client.JobAsync("word-of-a-stranger", CancellationToken.None);

        await UntilAsync(() => collector.Spans.Any(s => Is(s, "Lodger.Server", "GET /v1/jobs/{job}") && s.Attributes.GetValueOrDefault("http.response.status_code") == "404"));
        await UntilAsync(() => collector.Figures.Any(f => f.Name == "lodger_jobs"));
        var spans = collector.Spans.ToList();
        spans.ShouldContain(s => Is(s, "Lodger.Server", "GET /v1/jobs/{job}") && s.Attributes.GetValueOrDefault("lodger.job") == id && s.Attributes["lodger.who"] == "owner");
        spans.ShouldContain(s => Is(s, "Lodger.Engine", "sweep") && s.Attributes["lodger.account"] == "vastai");
        spans.ShouldContain(s => Is(s, "Lodger.Engine", "decision") && s.Attributes["lodger.job"] == id && s.Attributes.GetValueOrDefault("lodger.actions", "").Contains("Destroy"));
        spans.ShouldContain(s => Is(s, "Lodger.Vast", "platform call") && s.Attributes["http.route"] == "/api/v0/asks/{id}/" && s.Attributes["http.response.status_code"] == "200");
        foreach (var transfer in (string[])["pulling", "verifying"])
            spans.ShouldContain(s => Is(s, "Lodger.Engine", "transfer") && s.Attributes["lodger.job"] == id && s.Attributes["lodger.transfer"] == transfer);
        // The same names as for Prometheus.
        collector.Figures.Select(f => f.Name).Distinct().Order().ShouldBe(["lodger_burn_usd_per_hour", "lodger_jobs", "lodger_listing_age_seconds", "lodger_rentals_waiting_for_yes"]);
        collector.Resources.ShouldContain(r => r.Contains("service.name=lodger"));
        foreach (var hidden in (string[])[stage.Market.Access.ApiKey, "word-of-the-machine", "word-of-a-stranger", "metrics.json", stage.Root])
            collector.Raw.ShouldAllBe(r => !r.Contains(hidden, StringComparison.Ordinal), hidden);
    }

    private static bool Is(Received span, string scope, string name) => span.Scope == scope && span.Name == name;

    private static bool IsGpuBurn(Received figure) => figure is { Name: "lodger_burn_usd_per_hour", Value: > 0 } && figure.Attributes["what"] == "gpu";

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 1200 && !holds(); i++)
            await Task.Delay(100);
        holds().ShouldBeTrue("it did not arrive within two minutes");
    }
}
