using System.CommandLine;
using System.Net;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal.Databases;
using Lodger.Server.Cluster;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger serve</c>: be a node of a cluster on one PostgreSQL.</summary>
internal static class ServeCommand
{
    /// <summary>Where the database's address may stand with its password: readable by this user's processes alone.</summary>
    public const string DatabaseVariable = "LODGER_DATABASE";

    public static Verb Make(Surroundings around)
    {
        var database = new Option<string?>("--database") { Description = $"postgres://USER@HOST:PORT/DATABASE (default: {DatabaseVariable}, where a password may stand, too)", HelpName = "URL" };
        var node = new Option<string?>("--node") { Description = "Name of this node, another than the others' (default: this machine's)", HelpName = "NAME" };
        var listen = new Option<string>("--listen") { Description = "Where the other nodes reach this one, by plain HTTP: an address of a network that nobody else is on", HelpName = "ADDRESS:PORT", DefaultValueFactory = _ => "127.0.0.1:8791" };
        var lease = new Option<int>("--lease") { Description = "Seconds after which a leader that says nothing is replaced", HelpName = "SECONDS", DefaultValueFactory = _ => 10 };
        var door = new PublicOptions();
        var brisk = new Option<bool>("--brisk") { Hidden = true };
        var parent = new Option<int?>("--parent-pid") { Hidden = true };
        return new Verb("serve", "Be one of several servers on one PostgreSQL database, in the foreground: one leads, and another takes over when it dies")
        {
            Examples = ["lodger serve --database postgres://lodger@db.example.org/lodger --node anna --listen 10.0.0.5:8791", "LODGER_DATABASE=postgres://lodger@localhost/lodger lodger serve", "lodger serve --public 0.0.0.0:8443 --tls-certificate lab.pem --tls-key lab.key"],
            Exits = [ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With([database, node, listen, lease, .. door.All, brisk, parent])
        .Does(async (parse, token) =>
        {
            if (!around.Places().TryGet(out var places, out var problem))
                return around.Screen.Fail(problem);
            if (!Options(around, parse.GetValue(database), parse.GetValue(node), parse.GetValue(listen)!, parse.GetValue(lease)).TryGet(out var cluster, out problem))
                return around.Screen.Fail(problem);
            if (!door.Read(parse, around).TryGet(out var open, out problem))
                return around.Screen.Fail(problem);
            return await ServerProcess.RunForAsync(around, places, parse.GetValue(brisk), cluster, open, parse.GetValue(parent), token);
        });
    }

    /// <param name="named">On the command line; null: the environment's.</param>
    public static Outcome<PostgresAddress> Database(Surroundings around, string? named) => (named ?? around.Variable(DatabaseVariable)) is { } address
        ? PostgresAddress.Parse(address, isPublic: named is not null)
        : new Problem("no-database", "No database is named.", $"Write for example  postgres://lodger@localhost/lodger  or set {DatabaseVariable}.", ExitCode.BadInput);

    private static Outcome<ClusterOptions> Options(Surroundings around, string? database, string? node, string listen, int lease)
    {
        if (!Database(around, database).TryGet(out var parsed, out var problem))
            return problem;
        if (!IPEndPoint.TryParse(listen, out var endpoint) || endpoint.Port == 0 || endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any))
            return new Problem("listen-address", $"'{listen}' is no address and port at which the other nodes reach this one.", "--listen 10.0.0.5:8791", ExitCode.BadInput);
        if (lease is < 2 or > 600)
            return new Problem("lease-length", $"A lease of {lease} s is none: from 2 to 600.", "--lease 10", ExitCode.BadInput);
        return new ClusterOptions { Database = parsed, Node = node ?? Environment.MachineName, Listen = endpoint, Lease = TimeSpan.FromSeconds(lease) };
    }
}
