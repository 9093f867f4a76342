using Lodger.Cli.Composition;
using Lodger.Domain.Jobs;
using Lodger.Server.Api;

namespace Lodger.Cli.Jobs;

/// <summary>Where a job's results lie, said for who asks: a path of a server on another machine is none of this one.</summary>
internal static class Whereabouts
{
    public static bool IsRemote(this Surroundings around) => RemoteServer.Named(around) is not null;

    public static string Results(this Surroundings around, JobView job) => around.IsRemote() ? $"{job.ResultsDirectory} on the server (here with  lodger pull {job.Name})" : job.ResultsDirectory;

    /// <summary>The command that a person would type next, here.</summary>
    public static string Next(this Surroundings around, JobView job) => around.IsRemote() && job is { Phase: JobPhase.Closed, NextStep.Length: > 0 } ? $"lodger pull {job.Name}" : job.NextStep;
}
