using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

/// <summary>The adapter, before a server that answers from a script.</summary>
internal static class ScriptedMarket
{
    public static (VastMarket Market, ScriptedServer Server) Start()
    {
        var (client, server) = ScriptedServer.Start();
        return (new VastMarket(client, "a market"), server);
    }
}
