using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Jobs;

/// <summary>A server that goes away while somebody watches is started again: its jobs go on on their machines, but nobody would look after them.</summary>
/// <param name="tell">Says a line that stays.</param>
internal sealed class ServerReturn(Surroundings around, Action<string> tell)
{
    private static readonly TimeSpan GoneMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(300);

    private long? gone;

    /// <summary>It answered.</summary>
    public void Answered() => gone = null;

    /// <summary>False when the problem is another one, or it has not come back within two minutes.</summary>
    public async Task<bool> AwaitAsync(Problem problem, CancellationToken cancellationToken)
    {
        // One on another machine is its operator's to start.
        var isCluster = problem.Id is "no-leader" or "journal-unreachable" or "submission-unclear" || (problem.Id == "server-unreachable" && RemoteServer.Named(around) is not null);
        if (problem.Id != "server-unreachable" && !isCluster)
            return false;
        if (gone is null)
        {
            tell(isCluster
                ? $"           [yellow]{Shown.Text(problem.Message)} Waiting for it. The job goes on.[/]"
                : "           [yellow]Lodger's server has gone; starting it again. The job goes on.[/]");
        }

        gone ??= around.Time.GetTimestamp();
        if (around.Time.GetElapsedTime(gone.Value) > GoneMax)
            return false;
        if (isCluster)
        {
            await Task.Delay(Poll, around.Time, cancellationToken);
            return true;
        }

        if (!around.Places().TryGet(out var places, out _))
            return false;
        if ((await new ServerDoor(around, places).OpenAsync(cancellationToken)).TryGet(out var again, out _))
            again.Dispose();
        await Task.Delay(Poll, around.Time, cancellationToken);
        return true;
    }
}
