using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Remote.Code;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>The code of a job on its way to a server that cannot see this machine's directories: hashed here and there.</summary>
internal sealed class CodeHandover(Surroundings around, ServerClient server)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);

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
        var line = new ProgressLine(around.Screen, around.Time, Redraw);
        var hash = "";
        Outcome<Server.Api.CodeView> sent;
        try
        {
            sent = await server.SendCodeAsync(
                project,
                async (stream, token) => hash = await CodePack.WriteAsync(directory, code, stream, token),
                bytes => line.Draw("sending code to the server", Math.Min(1, (double)bytes / Math.Max(1, code.Bytes))),
                cancellationToken);
        }
        catch (UnauthorizedAccessException e)
        {
            return new Problem("code-unreadable", $"The code cannot be read: {e.Message}", "Make it readable, or name it in .lodgerignore.", ExitCode.BadInput);
        }
        finally
        {
            line.Clear();
        }

        if (!sent.TryGet(out var taken, out problem))
            return problem;
        if (taken.Sha256 != hash)
            return new Problem("code-altered", "The server has other code than was sent: its hash differs. Nothing was rented.", "Try again.", ExitCode.ServerUnreachable, MayRetry: true);
        if (!around.Screen.IsJson)
            around.Screen.Line($"  code     {Figures.Of(taken.Files, "file")}, {Figures.Bytes(taken.Bytes)} handed to the server; its hash is the same there");
        return new Handed(taken.Id);
    }
}

/// <param name="Code">Of the upload; null: nothing was handed over.</param>
internal sealed record Handed(string? Code);
