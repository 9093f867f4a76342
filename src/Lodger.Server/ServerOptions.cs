using Lodger.Engine;

namespace Lodger.Server;

/// <summary>How a server process runs.</summary>
public sealed record ServerOptions
{
    /// <summary>Unix domain socket; its directory is readable by its user alone.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Of the program that serves, so that a client of another build can tell.</summary>
    public required string Build { get; init; }

    public required EngineOptions Engine { get; init; }
}
