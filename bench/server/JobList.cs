using System.Diagnostics;
using Lodger.Bench.Engine;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine;
using Lodger.Engine.Accounts;
using Lodger.Engine.Profile;
using Lodger.Server;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Bench.Server;

/// <summary>How long <c>lodger ps</c> takes with thousands of jobs that run: the program that ./lodger builds, from start to exit, and the server in this process over a market and machines that answer at once.</summary>
internal sealed class JobList(OpenAccount account) : IAccounts
{
    public Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Outcome<OpenAccount>>(account);

    public static async Task RunAsync(int jobs)
    {
        var state = Directory.CreateTempSubdirectory("lodger-bench-").FullName;
        try
        {
            var box = new InstantBox();
            var account = new OpenAccount("bench", new CountingMarket(), box, ProfileReader.VastAi, new Uri("http://127.0.0.1:1"), "ssh-ed25519 AAAA lodger@test", "/nonexistent") { Hosts = box };
            using var stop = new CancellationTokenSource();
            var options = new ServerOptions
            {
                SocketPath = Path.Combine(state, "server.sock"),
                Build = TypedCommands.Build,
                Commands = TypedCommands.Take,
                WebhooksDirectory = Path.Combine(state, "webhooks"),
                DashboardDirectory = state,
                Engine = new EngineOptions { StateDirectory = state, SecretsDirectory = state, ToolVersion = "bench" },
            };
            var running = LodgerServer.RunAsync(options, new JobList(account), TimeProvider.System, stop.Token);
            using var client = new ServerClient(options.SocketPath);
            while (!(await client.ServerAsync(CancellationToken.None)).IsOk)
                await Task.Delay(50, CancellationToken.None);
            await Parallel.ForEachAsync(Enumerable.Range(0, jobs), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, token) => (await client.SubmitAsync(Submission(number, state), token)).Value.ToString());
            while ((await client.JobListAsync(all: true, CancellationToken.None)).Value.Any(j => j.Phase != JobPhase.Running))
                await Task.Delay(1000, CancellationToken.None);
            await RunsAsync(state, jobs, "--version");
            await RunsAsync(state, jobs, "ps");
            await RunsAsync(state, jobs, "ps", "--json");
            await stop.CancelAsync();
            _ = await running;
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private static SubmitRequest Submission(int number, string state)
    {
        var spec = new JobSpec { Name = $"job{number}", Image = "python:3.12-slim", Gpu = new GpuRequest([], 1, null), DiskGb = 10, Run = "true", Results = ["out"], Rent = RentMode.OnDemand };
        return new SubmitRequest(spec, "bench", CountingMarket.Offers[0], 1m, Path.Combine(state, "results", spec.Name), "bench", new Dictionary<string, string>(), Key: Guid.NewGuid().ToString());
    }

    private static async Task RunsAsync(string state, int jobs, params string[] command)
    {
        List<double> took = [];
        var length = 0;
        for (var i = 0; i < 22; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            using var process = Stage.Start(Stage.Program, state, command);
            length = (await process.StandardOutput.ReadToEndAsync()).Length;
            await process.WaitForExitAsync();
            took.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        // The first two find nothing warm, neither in the page cache nor in the server.
        var sorted = took.Skip(2).Order().ToList();
        Console.WriteLine($"lodger {string.Join(' ', command)} with {jobs} jobs, {length} characters: first {took[0]:0} ms, then {sorted[sorted.Count / 2]:0} ms median, {sorted[0]:0} to {sorted[^1]:0} ms");
    }
}
