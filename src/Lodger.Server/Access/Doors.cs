using System.Net;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Access;

/// <summary>The network listeners of this process. One that is to be kept is in a file and opened again with the server; one that cannot be opened keeps nothing else from working.</summary>
internal sealed class Doors(RequestDelegate answer, DoorFile? file, ILoggerFactory logs, TimeProvider time) : IAsyncDisposable
{
    private readonly ILogger log = logs.CreateLogger<Doors>();
    private readonly List<PublicDoor> open = [];
    private readonly SemaphoreSlim changing = new(1, 1);
    private (DoorOptions Options, Problem Problem)? shut;

    public IReadOnlyList<DoorView> Views
    {
        get
        {
            lock (open)
                return [.. open.Select(d => new DoorView(d.Options.Listen.ToString(), d.Address, d.Options.BehindProxy, null)), .. shut is { } s ? [new DoorView(s.Options.Listen.ToString(), null, s.Options.BehindProxy, s.Problem)] : (DoorView[])[]];
        }
    }

    /// <summary>Opens what is kept in the file.</summary>
    public async Task OpenKeptAsync(CancellationToken cancellationToken)
    {
        if (file?.Load() is not { } kept)
            return;
        if (!kept.TryGet(out var options, out var problem))
        {
            LogLines.DoorShut(log, problem.Message);
            return;
        }

        if ((await OpenAsync(options, isKept: false, cancellationToken)).Problem is { } closed)
        {
            shut = (options, closed);
            LogLines.DoorShut(log, closed.Message);
        }
    }

    /// <summary>Opens one more, in place of the one that has the same address. When that cannot be, what was open stays so.</summary>
    /// <param name="isKept">Also after a restart; it replaces the one that was kept before.</param>
    public async Task<Outcome<DoorView>> OpenAsync(DoorOptions options, bool isKept, CancellationToken cancellationToken)
    {
        await changing.WaitAsync(cancellationToken);
        try
        {
            // Read wholly before anything that works is closed.
            if (PublicDoor.Prepare(options, logs, time) is { IsOk: false, Problem: { } unfit })
                return unfit;
            List<DoorOptions> closed = [];
            if (isKept && file?.Load() is { IsOk: true, Value: var before } && !before.Listen.Equals(options.Listen) && await CloseAsync(before.Listen) is { } kept)
                closed.Add(kept);
            if (options.Listen.Port != 0 && await CloseAsync(options.Listen) is { } same)
                closed.Add(same);
            if (!(await PublicDoor.OpenAsync(options, answer, logs, time, cancellationToken)).TryGet(out var door, out var problem))
            {
                await ReopenAsync(closed);
                return problem;
            }

            lock (open)
                open.Add(door);
            shut = null;
            LogLines.DoorOpened(log, door.Address);
            if (isKept && file is not null && file.Save(options) is { IsOk: false, Problem: { } unkept })
                return unkept;
            return new DoorView(options.Listen.ToString(), door.Address, options.BehindProxy, null);
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Closes all, and keeps none.</summary>
    public async Task CloseAllAsync(CancellationToken cancellationToken)
    {
        await changing.WaitAsync(cancellationToken);
        try
        {
            file?.Delete();
            shut = null;
            foreach (var place in Listening())
                await CloseAsync(place);
        }
        finally
        {
            changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in Listening())
            await CloseAsync(place);
        changing.Dispose();
    }

    private List<IPEndPoint> Listening()
    {
        lock (open)
            return [.. open.Select(d => d.Options.Listen)];
    }

    private async Task ReopenAsync(IEnumerable<DoorOptions> closed)
    {
        foreach (var options in closed)
        {
            if (!(await PublicDoor.OpenAsync(options, answer, logs, time, CancellationToken.None)).TryGet(out var door, out var problem))
            {
                shut = (options, problem);
                LogLines.DoorShut(log, problem.Message);
                continue;
            }

            lock (open)
                open.Add(door);
        }
    }

    /// <summary>What was open there; null: nothing.</summary>
    private async Task<DoorOptions?> CloseAsync(IPEndPoint place)
    {
        PublicDoor? door;
        lock (open)
        {
            door = open.Find(d => d.Options.Listen.Equals(place));
            if (door is not null)
                open.Remove(door);
        }

        if (door is not null)
            await door.DisposeAsync();
        return door?.Options;
    }
}
