using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Control;

/// <summary>Outbids an instance in the middle of a write: whatever it was writing is there in part for ever.</summary>
internal sealed class WriteControl(Book book, Lifecycle life, InstanceControl instances, ControlApi control)
{
    private const double WithinMaxSeconds = 600;

    public async Task<JsonObject> OutbidAsync(ControlCall call)
    {
        var below = call.Text("below") ?? "/workspace";
        if (!below.StartsWith('/') || below.Split('/').Contains("..")) throw new ControlException(400, $"below '{below}' must be an absolute directory in the container");
        var within = TimeSpan.FromSeconds(call.Number("within_seconds", 0, WithinMaxSeconds, missing: 60));
        ISandbox sandbox;
        lock (book.Lock) sandbox = life.BoxOf(instances.FindWithBid(call)).Sandbox ?? throw new ControlException(409, $"instance {call.Id} does not run");
        var caught = await sandbox.FreezeInWriteAsync(below.TrimEnd('/'), within, call.Http.RequestAborted)
            ?? throw new ControlException(409, $"instance {call.Id} was not in the middle of a write below {below} within {within.TotalSeconds:0.#} s; it runs on");
        try
        {
            var done = control.InTurn(() => instances.Outbid(call));
            done["path"] = caught.Path;
            done["bytes"] = caught.Bytes;
            return done;
        }
        catch (ControlException)
        {
            sandbox.Thaw();
            throw;
        }
    }
}
