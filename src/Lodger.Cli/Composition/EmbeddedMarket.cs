using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Composition;

/// <summary>
/// The local marketplace as a process of its own, so that it outlives commands and servers and is found again. It comes back on the port it had:
/// machines that it made know that address.
/// </summary>
internal sealed class EmbeddedMarket(OwnProgram program, string directory, string logFile, IReadOnlyDictionary<string, string> environment, TimeProvider time)
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(40);

    private string AccessFile => Path.Combine(directory, "market.json");

    private string PortFile => Path.Combine(directory, "port");

    private string ArgumentsFile => Path.Combine(directory, "arguments");

    /// <summary>Added to the command line when one has to be started.</summary>
    public IReadOnlyList<string> StartArguments { get; init; } = [];

    /// <summary>Keeps <see cref="StartArguments"/>, so that whoever starts this market next starts it the same way.</summary>
    public bool KeepsArguments { get; init; }

    /// <summary>Told of a marketplace's process as soon as there is one, long before it answers.</summary>
    public Action<LiveProcess>? OnStarted { get; init; }

    /// <summary>The one that runs; null when none does. Starts nothing.</summary>
    public MarketDoor? Look() =>
        Read() is { } door && LiveProcess.Find(door.Pid) is not null ? door : null;

    /// <summary>The one that runs, or a new one with the same ledger and disks.</summary>
    public async Task<Outcome<MarketDoor>> EnsureAsync(CancellationToken cancellationToken)
    {
        if (Look() is { } running)
            return running;
        if (Places.MakePrivate(directory) is { IsOk: false, Problem: { } unusable })
            return unusable;
        var locked = await FileLock.TakeAsync(Path.Combine(directory, "start.lock"), StartMax, time, cancellationToken);
        if (!locked.TryGet(out var held, out var busy))
            return busy;
        using (held)
        {
            if (Look() is { } other)
                return other;
            var port = File.Exists(PortFile) ? await File.ReadAllTextAsync(PortFile, cancellationToken) : "0";
            var started = await StartAsync(port, cancellationToken);
            // Somebody else may have taken the port meanwhile.
            return started.IsOk || port == "0" || started.Problem.Id != "market-not-started" ? started : await StartAsync("0", cancellationToken);
        }
    }

    /// <summary>Ends it with everything that runs in it. Its ledger and the disks of its instances stay.</summary>
    public async Task<Outcome<Done>> StopAsync()
    {
        if (Read() is not { } door || LiveProcess.Find(door.Pid) is not { } process)
            return Done.Ok;
        return await process.EndAsync(StopMax, time)
            ? Done.Ok
            : new Problem("market-lingers", $"The local marketplace (process {door.Pid}) does not end.", $"Look at {logFile}", ExitCode.TimedOut);
    }

    private async Task<Outcome<MarketDoor>> StartAsync(string port, CancellationToken cancellationToken)
    {
        var logStart = File.Exists(logFile) ? new FileInfo(logFile).Length : 0;
        if (KeepsArguments)
            await File.WriteAllLinesAsync(ArgumentsFile, StartArguments, cancellationToken);
        var arguments = StartArguments.Count == 0 && File.Exists(ArgumentsFile) ? await File.ReadAllLinesAsync(ArgumentsFile, cancellationToken) : StartArguments;
        var started = DetachedProcess.Start(program, ["market", "run", "--state", directory, "--port", port, .. arguments], logFile, environment);
        if (!started.TryGet(out var process, out var problem))
            return problem;
        using (process)
        {
            if (LiveProcess.Find(process.Id) is { } alive)
                OnStarted?.Invoke(alive);
            var from = time.GetTimestamp();
            while (time.GetElapsedTime(from) < StartMax)
            {
                if (Look() is { } door)
                {
                    await File.WriteAllTextAsync(PortFile, door.Url.Port.ToString(CultureInfo.InvariantCulture), cancellationToken);
                    return door;
                }

                if (process.HasExited)
                    return NotStarted(SaidSince(logStart));
                await Task.Delay(Poll, time, cancellationToken);
            }

            await KillAsync(process);
        }

        return NotStarted($"It did not answer within {StartMax.TotalSeconds:0} s.");
    }

    private async Task KillAsync(Process process)
    {
        if (LiveProcess.Find(process.Id) is { } alive)
            await alive.EndAsync(TimeSpan.FromSeconds(2), time);
    }

    private Problem NotStarted(string why) => new(
        "market-not-started", $"The local marketplace did not start. {why}".TrimEnd(), $"Its log is {logFile}", ExitCode.Prerequisite);

    /// <summary>What it wrote before it ended: each complaint says what is missing and how to get it.</summary>
    private string SaidSince(long offset)
    {
        using var log = new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(Math.Min(Math.Max(offset, log.Length - 4000), log.Length), SeekOrigin.Begin);
        using var reader = new StreamReader(log);
        return reader.ReadToEnd().Trim();
    }

    private MarketDoor? Read()
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(AccessFile));
            var root = json.RootElement;
            return new MarketDoor(
                new Uri(root.GetProperty("url").GetString()!), root.GetProperty("api_key").GetString()!, root.GetProperty("control_token").GetString()!, root.GetProperty("pid").GetInt32());
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            return null;
        }
    }
}

/// <summary>How to reach a running local marketplace.</summary>
internal sealed record MarketDoor(Uri Url, string ApiKey, string ControlToken, int Pid);
