using Lodger.Cli.Composition;
using Lodger.Domain.Problems;
using Lodger.Remote.Ssh;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>A job's machine as ssh reaches it this moment: the platform is asked each time, because ports change.</summary>
internal sealed record Machine(JobView Job, BoxView Box, SshCommandLine Ssh)
{
    public static async Task<Outcome<Machine>> FindAsync(Surroundings around, ServerClient server, JobView job, CancellationToken cancellationToken)
    {
        if (!around.Places().TryGet(out var places, out var homeless))
            return homeless;
        if (!(await server.BoxAsync(job.Id, cancellationToken)).TryGet(out var box, out var problem))
            return problem;
        var options = new SshOptions { IdentityFile = box.IdentityFile, KnownHostsDirectory = places.KnownHosts };
        return SshCommandLine.For(options, box.Address).Then<Machine>(ssh => new Machine(job, box, ssh));
    }
}
