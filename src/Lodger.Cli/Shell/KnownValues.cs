using System.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Server.Api;
using Lodger.Server.Client;
using Lodger.Vast.Credentials;

namespace Lodger.Cli.Shell;

/// <summary>What names there are to complete: of jobs, rentals, projects, accounts and findings. Starts nothing and never waits longer than a person who pressed Tab would.</summary>
internal sealed class KnownValues(Surroundings around)
{
    private readonly Lazy<IReadOnlyList<JobLine>> jobs = new(() => Jobs(around).GetAwaiter().GetResult());

    /// <summary>Null: nobody knows, it may be a file.</summary>
    public IReadOnlyList<Completion>? Of(Symbol symbol) => symbol switch
    {
        Argument { Name: "JOB" } or Option { Name: "--job" } => [.. JobNames()],
        Option { Name: "--rental" } => [.. jobs.Value.Where(j => j.RentalId is not null).Select(j => new Completion(j.RentalId!, $"{j.Name}, {JobText.StateWord(j.Phase, j.Outcome)}"))],
        Argument { Name: "ID" } argument when argument.Parents.OfType<Command>().Any(c => c.Name == "explain") =>
            [.. ExplainedRule.All(ProfileReader.VastAi).Select(r => new Completion(r.Id, r.Title))],
        Option { Name: "--market" } => [new("local", "the embedded marketplace, free, on this machine")],
        Option { Name: "--account" } => [.. ApiKeys.Accounts(around.Environment).Append(AccountNames.Local).Select(name => new Completion(name, ""))],
        Option { Name: "--project" } => [.. jobs.Value.Select(j => j.Project).Append(Projects.Default).Distinct(StringComparer.Ordinal).Select(p => new Completion(p, ""))],
        _ => null,
    };

    /// <summary>The open ones first; a closed one under its name unless an open one has it.</summary>
    private IEnumerable<Completion> JobNames() =>
        jobs.Value.OrderBy(j => j.Phase == JobPhase.Closed).Select(j => new Completion(j.Name, JobText.StateWord(j.Phase, j.Outcome))).DistinctBy(c => c.Word, StringComparer.Ordinal);

    private static async Task<IReadOnlyList<JobLine>> Jobs(Surroundings around)
    {
        if (!around.Places().TryGet(out var places, out _))
            return [];
        using var bound = new CancellationTokenSource(around.TabPatience);
        try
        {
            using var server = Door(around, places);
            return server is not null && (await server.JobListAsync(true, bound.Token)).TryGet(out var found, out _) ? [.. found.Where(IsPlain)] : [];
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    /// <summary>A shell puts these words onto the line as they are, and a server on another machine can say what it likes.</summary>
    private static bool IsPlain(JobLine job) => NameRules.Job(job.Name) is null && Projects.Refuse(job.Project) is null && (job.RentalId ?? "").All(char.IsAsciiLetterOrDigit);

    private static ServerClient? Door(Surroundings around, Places places)
    {
        if (RemoteServer.Named(around) is { } elsewhere)
            return RemoteServer.Open(around, places, elsewhere).TryGet(out var remote, out _) ? remote : null;
        return File.Exists(places.Socket) ? new ServerClient(places.Socket) : null;
    }
}
