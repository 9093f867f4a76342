using Lodger.Engine;
using Lodger.Server.Access;
using Lodger.Server.Cluster;
using Lodger.Server.Telemetry;

namespace Lodger.Server;

/// <summary>How a server process runs.</summary>
public sealed record ServerOptions
{
    /// <summary>Unix domain socket; its directory is readable by its user alone.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Of the program that serves, so that a client of another build can tell.</summary>
    public required string Build { get; init; }

    /// <summary>One file for each account that the platform pushes to, with the subscription's secret: for its user alone.</summary>
    public required string WebhooksDirectory { get; init; }

    /// <summary>The dashboard's files; null, or not there: it was built without.</summary>
    public string? DashboardDirectory { get; init; }

    /// <summary>Between two looks whether the platform still has what was subscribed: somebody may have removed it in its console.</summary>
    public TimeSpan WebhookCheckEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Null: the only server on its journal, which is a file in the state directory.</summary>
    public ClusterOptions? Cluster { get; init; }

    /// <summary>A public address to listen on, or the server does not start; null: none but what is kept in <see cref="DoorFile"/>.</summary>
    public DoorOptions? Door { get; init; }

    /// <summary>Where the public address is kept that was asked for with <c>lodger server start --public</c>; null: nowhere.</summary>
    public string? DoorFile { get; init; }

    /// <summary>One JSON object a line instead of text.</summary>
    public bool LogsJson { get; init; }

    /// <summary>Null: nothing that is measured is sent anywhere.</summary>
    public TelemetryOptions? Telemetry { get; init; }

    /// <summary>Understands a command that only looks, as <see cref="Client.CommandHandover"/> passes it on: how to carry it out, or null where it cannot be. Null: this program has no commands.</summary>
    public Func<IReadOnlyList<string>, Func<CancellationToken, Task<Client.CommandSaid>>?>? Commands { get; init; }

    public required EngineOptions Engine { get; init; }
}
