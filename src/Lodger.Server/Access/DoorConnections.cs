using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Lodger.Server.Access;

/// <summary>How many connections one neighbourhood of the network holds open: no stranger takes them all.</summary>
internal sealed class DoorConnections
{
    /// <summary>A lab behind one address has its browsers and programs; all of the door's connections are five times as many.</summary>
    public const int EachMax = 200;

    private readonly Dictionary<string, int> open = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Closes what is more, before anything of it is read.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var from = Entrance.NeighbourhoodOf((connection.RemoteEndPoint as IPEndPoint)?.Address);
        if (!TryTake(from))
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            GiveBack(from);
        }
    };

    private bool TryTake(string from)
    {
        lock (gate)
        {
            var held = open.GetValueOrDefault(from);
            if (held >= EachMax)
                return false;
            open[from] = held + 1;
            return true;
        }
    }

    private void GiveBack(string from)
    {
        lock (gate)
        {
            if (--open[from] == 0)
                open.Remove(from);
        }
    }
}
