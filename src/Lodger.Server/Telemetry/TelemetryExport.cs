using Lodger.Domain.Problems;
using Lodger.Engine.Telemetry;
using Lodger.Vast;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Lodger.Server.Telemetry;

/// <summary>Where traces and figures go: an OpenTelemetry collector, by OTLP.</summary>
/// <param name="Endpoint">Of the collector, without the path of a signal: <c>http://127.0.0.1:4318</c>.</param>
/// <param name="IsGrpc">False: protobuf over HTTP.</param>
/// <param name="Node">Which server they are of.</param>
public sealed record TelemetryOptions(Uri Endpoint, bool IsGrpc, string Node)
{
    /// <summary>Names the collector; nothing is sent anywhere without it.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary><c>http/protobuf</c>, which is the default, or <c>grpc</c>.</summary>
    public const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>Null: nobody wants any.</summary>
    /// <param name="variable">The environment.</param>
    public static Outcome<TelemetryOptions?> Of(Func<string, string?> variable, string node)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (variable(EndpointVariable) is not { Length: > 0 } endpoint)
            return Outcome<TelemetryOptions?>.Ok(null);
        var protocol = variable(ProtocolVariable) is { Length: > 0 } named ? named : "http/protobuf";
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
            return new Problem("otel-endpoint", $"{EndpointVariable} is no address of a collector.", $"For example  {EndpointVariable}=http://127.0.0.1:4318", ExitCode.BadInput);
        return protocol is "http/protobuf" or "grpc"
            ? new TelemetryOptions(uri, protocol == "grpc", node)
            : new Problem("otel-protocol", $"{ProtocolVariable} names a protocol that Lodger does not speak.", "http/protobuf or grpc", ExitCode.BadInput);
    }
}

/// <summary>Sends on what is measured, until it is disposed of; what was not sent yet then goes first, for a moment at most.</summary>
internal sealed class TelemetryExport : IDisposable
{
    private const int FlushMilliseconds = 3000;

    private readonly TracerProvider traces;
    private readonly MeterProvider figures;

    private TelemetryExport(TracerProvider traces, MeterProvider figures)
    {
        this.traces = traces;
        this.figures = figures;
    }

    public static TelemetryExport Begin(TelemetryOptions options, string build)
    {
        var resource = ResourceBuilder.CreateEmpty().AddService("lodger", serviceVersion: build, autoGenerateServiceInstanceId: false, serviceInstanceId: options.Node).AddTelemetrySdk().AddEnvironmentVariableDetector();
        return new TelemetryExport(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(RequestSpans.SourceName, EngineSpans.SourceName, VastClient.SpanSource).AddOtlpExporter(o => Point(o, options, "v1/traces")).Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(ServerFigures.MeterName).AddOtlpExporter(o => Point(o, options, "v1/metrics")).Build());
    }

    public void Dispose()
    {
        traces.ForceFlush(FlushMilliseconds);
        figures.ForceFlush(FlushMilliseconds);
        traces.Dispose();
        figures.Dispose();
    }

    private static void Point(OtlpExporterOptions exporter, TelemetryOptions options, string signal)
    {
        exporter.Protocol = options.IsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = options.IsGrpc ? options.Endpoint : new Uri(options.Endpoint.AbsoluteUri.TrimEnd('/') + "/" + signal);
    }
}
