using System.Globalization;
using Lodger.Domain.Box;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>Ports that cannot be opened, or that lead to nothing.</summary>
internal sealed class PortsMove : IRule
{
    public string Id => "VAST6";

    public string Sees => "More ports are asked for than the platform opens; or the platform maps none for one, nobody listens on it, or what listens does so on 127.0.0.1 alone.";

    public string? Does => "Asks for where a port is reached each time anew: lodger ports.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.Preflight)
        {
            return facts.Spec.Ports.Count > facts.Profile.MaxPorts
                ? new(Severity.Error, $"{facts.Spec.Ports.Count} ports are listed, {facts.Profile.MaxPorts} can be opened", $"lodger open {facts.Spec.Name} PORT   tunnels through ssh and needs no open port")
                : null;
        }

        if (!facts.IsAtWork || facts.Rental is not { } rental)
            return null;
        foreach (var port in facts.Spec.Ports)
        {
            if (!rental.Ports.TryGetValue(port, out var outside))
                return new(Severity.Warning, $"{port} is not in the port map of {rental.Id}", $"lodger open {facts.Spec.Name} {Number(port)}") { Cause = "The platform mapped no outer port for it, which its host decides." };
            if (!port.EndsWith("/tcp", StringComparison.Ordinal) || facts.Probe is not { } probe || !probe.Ports.TryGetValue(int.Parse(Number(port), CultureInfo.InvariantCulture), out var listener))
                continue;
            if (listener == PortListener.LoopbackOnly)
            {
                return new(Severity.Warning, $"the service on {port} listens on 127.0.0.1 alone; {outside} leads to nothing", $"lodger open {facts.Spec.Name} {Number(port)}   or let the service bind 0.0.0.0")
                {
                    Cause = "A mapped port reaches the container's own address, not its loopback.",
                };
            }

            if (listener == PortListener.None)
                return new(Severity.Note, $"nobody listens on {port} just now; from outside it is {outside}", $"lodger ports {facts.Spec.Name}");
        }

        return null;
    }

    private static string Number(string port) => port[..port.IndexOf('/', StringComparison.Ordinal)];
}
