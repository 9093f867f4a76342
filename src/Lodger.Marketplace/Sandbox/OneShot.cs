using System.Text;

namespace Lodger.Marketplace.Sandbox;

/// <summary>A sandbox that runs one of the guest's scripts to its end.</summary>
internal static class OneShot
{
    /// <summary>Exit status of what SIGKILL ended.</summary>
    public const int Killed = 137;

    private const int OutputBytesMax = 1 << 20;

    /// <summary>Runs the chain to its end, or to its limits.</summary>
    /// <param name="command">Chain to start.</param>
    /// <param name="records">What the script reads from stdin.</param>
    /// <param name="limit">After this the sandbox is killed.</param>
    /// <param name="cancellationToken">Kills the sandbox as well.</param>
    /// <returns>Exit status of the script (<see cref="Killed"/> when killed) and what it wrote, at most 1 MiB.</returns>
    public static async Task<(int Status, string Output)> RunAsync(
        IReadOnlyList<string> command, byte[] records, TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var cage = await CageProcess.StartAsync(command, cancellationToken);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ends.CancelAfter(limit);
        var output = new byte[OutputBytesMax];
        var length = 0;
        var note = "";
        try
        {
            await cage.SendAsync(records, ends.Token);
            cage.EndInput();
            int count;
            while ((count = await cage.Output.ReadAsync(output.AsMemory(length), ends.Token)) > 0)
                length += count;
            if (length == OutputBytesMax)
                note = "\n[output cut after 1 MiB]\n";
            else
                await cage.Exited.WaitAsync(ends.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            note = $"\n[stopped after {limit.TotalSeconds:0} s]\n";
        }
        await cage.KillAsync();
        return (await cage.Exited, Encoding.UTF8.GetString(output, 0, length) + note);
    }
}
