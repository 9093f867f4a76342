using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger open</c>: a tunnel from a local port to one on the machine; nothing is opened to the world.</summary>
internal static class OpenCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.NamedJob();
        var port = new Argument<int>("PORT") { Description = "On the machine: 6006 for TensorBoard, 8888 for Jupyter" };
        var local = new Option<int?>("--local") { Description = "Local port (default: the same, or a free one)", HelpName = "PORT" };
        return new Verb("open", "Tunnel a port of a job's machine to this one, until Ctrl-C")
        {
            Examples = ["lodger open digits 6006"],
            Exits = MachineVerb.Exits,
        }
        .With(name, port, local)
        .Does((parse, token) =>
        {
            var (there, here) = (parse.GetValue(port), parse.GetValue(local));
            if (there is < 1 or > 65535 || here is < 1 or > 65535)
                return Task.FromResult(around.Screen.Fail(new Problem("port-malformed", "A port is a number from 1 to 65535.", "lodger open JOB 6006", ExitCode.BadInput)));
            return around.WithMachineAsync(
                parse.GetValue(name),
                async machine =>
                {
                    var chosen = here ?? (IsFree(there) ? there : FreePort());
                    around.Screen.Line($"http://127.0.0.1:{chosen}  ->  port {there} on {Shown.Text(machine.Job.RentalId)}. Ctrl-C closes the tunnel; the job goes on.");
                    var status = await around.SshAsync(machine, machine.Ssh.Tunnel(chosen, there), isLogin: false, token);
                    if (status != ExitCode.Interrupted)
                        return status;
                    // Ctrl-C is how a tunnel is meant to end.
                    around.Screen.Line("Closed the tunnel.");
                    return ExitCode.Ok;
                },
                token);
        });
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
