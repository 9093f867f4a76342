using System.Net;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal.Databases;

namespace Lodger.Server.Cluster;

/// <summary>A node among others on one database.</summary>
public sealed record ClusterOptions
{
    public required PostgresAddress Database { get; init; }

    /// <summary>Told apart from the other nodes by it, in the database and for people.</summary>
    public required string Node { get; init; }

    /// <summary>Where this node listens for the others. Plain HTTP: a loopback address, or a network that nobody else is on.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Called once the database was reached, before anything else.</summary>
    public Func<Outcome<Done>> Joined { get; init; } = () => Done.Ok;

    /// <summary>A leader that says nothing for so long is replaced.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two renewals, and between two looks of a node that waits.</summary>
    public TimeSpan Beat => Lease / 5;
}
