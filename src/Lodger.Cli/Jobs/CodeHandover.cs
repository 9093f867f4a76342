using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Remote.Code;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>The code of a job on its way to a server that cannot see this machine's directories: hashed here and there.</summary>
internal sealed class CodeHandover(Surroundings around, ServerClient server)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);

    /// <summary>Others' code has a gigabyte at most.</summary>
    private static readonly TimeSpan TurnMax = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    /// <summary>The spec as a server on another machine can read it: without a path of this one.</summary>
    public static JobSpec Sent(Surroundings around, JobSpec spec) => around.IsRemote() ? spec with { CodeDirectory = null } : spec;

    /// <summary>Null when the server sees the directory by itself, or there is no code.</summary>
    public async Task<Outcome<Handed>> SendAsync(JobSpec spec, string? project, CancellationToken cancellationToken)
    {
        if (!around.IsRemote() || spec.CodeDirectory is not { } directory)
            return new Handed(null);
        if (!(await CodeScan.RunAsync(directory, around.Time, cancellationToken)).TryGet(out var code, out var problem))
            return problem;
        if (CodePack.Refuse(directory, code) is { } unfit)
            return unfit;
        var (sent, hash) = await SendInTurnAsync(directory, code, project, cancellationToken);
        if (!sent.TryGet(out var taken, out problem))
            return problem;
        if (taken.Sha256 != hash)
            return new Problem("code-altered", "The server has other code than was sent: its hash differs. Nothing was rented.", "Try again.", ExitCode.ServerUnreachable, MayRetry: true);
        if (!around.Screen.IsJson)
            around.Screen.Line($"  code     {Figures.Of(taken.Files, "file")}, {Figures.Bytes(taken.Bytes)} handed to the server; its hash is the same there");
        return new Handed(taken.Id);
    }

    /// <summary>Somebody else's code of the same project may be on its way, too.</summary>
    private async Task<(Outcome<Server.Api.CodeView> Sent, string Hash)> SendInTurnAsync(string directory, CodeInventory code, string? project, CancellationToken cancellationToken)
    {
        var began = around.Time.GetTimestamp();
        for (var isTold = false; ; isTold = true)
        {
            var (sent, hash) = await SendOnceAsync(directory, code, project, cancellationToken);
            if (sent.Problem is not { Id: "code-busy" } || around.Time.GetElapsedTime(began) > TurnMax)
                return (sent, hash);
            if (!isTold)
                around.Screen.Remark($"The server takes in other code just now. Waiting for its turn, {Figures.Span(TurnMax)} at most.");
            await Task.Delay(AskAgain, around.Time, cancellationToken);
        }
    }

    private async Task<(Outcome<Server.Api.CodeView> Sent, string Hash)> SendOnceAsync(string directory, CodeInventory code, string? project, CancellationToken cancellationToken)
    {
        var line = new ProgressLine(around.Screen, around.Time, Redraw);
        var hash = "";
        try
        {
            var sent = await server.SendCodeAsync(
                project,
                async (stream, token) => hash = await CodePack.WriteAsync(directory, code, stream, token),
                bytes => line.Draw("sending code to the server", Math.Min(1, (double)bytes / Math.Max(1, code.Bytes))),
                cancellationToken);
            return (sent, hash);
        }
        catch (UnauthorizedAccessException e)
        {
            return (new Problem("code-unreadable", $"The code cannot be read: {e.Message}", "Make it readable, or name it in .lodgerignore.", ExitCode.BadInput), hash);
        }
        finally
        {
            line.Clear();
        }
    }
}

/// <param name="Code">Of the upload; null: nothing was handed over.</param>
internal sealed record Handed(string? Code);
