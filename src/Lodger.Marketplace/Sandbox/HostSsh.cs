namespace Lodger.Marketplace.Sandbox;

/// <summary>One host's ssh server at work.</summary>
internal sealed class HostSsh : IHostSsh
{
    private const int PortsTried = 5;
    private static readonly TimeSpan BannerLimit = TimeSpan.FromSeconds(90);
    private static int _starts;

    private readonly HostSshRoom _room;
    private readonly CageProcess _cage;
    private readonly Task _logged;

    private HostSsh(HostSshRoom room, CageProcess cage, int port)
    {
        _room = room;
        _cage = cage;
        Port = port;
        _logged = ContainerLog.PumpAsync(cage.Output, room.Log);
    }

    public int Port { get; }

    public Task Exited => _cage.Exited;

    /// <summary>Starts it; returns when it answers.</summary>
    public static async Task<HostSsh> StartAsync(Machine machine, HostSshRoom room, CancellationToken cancellationToken)
    {
        await room.PrepareAsync(machine, cancellationToken);
        for (var tried = 1; ; tried++)
        {
            var port = SshEndpoint.FreePort();
            var greeting = $"host-{Environment.ProcessId}-{Interlocked.Increment(ref _starts)}";
            room.WriteConfig(port, greeting, machine.PenalizesSources);
            var cage = await CageProcess.StartAsync(room.Command(machine), cancellationToken);
            var server = new HostSsh(room, cage, port);
            await File.WriteAllTextAsync(room.RunRecord, cage.First.ToRecord(), cancellationToken);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(BannerLimit);
            var answers = SshEndpoint.WaitAsync(port, greeting, limit.Token);
            if (await Task.WhenAny(answers, server.Exited) == answers && answers.IsCompletedSuccessfully)
                return server;
            await limit.CancelAsync();
            await server.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            var log = await ContainerLog.TailAsync(room.Log, 5, cancellationToken);
            if (tried == PortsTried || !log.Contains("already in use", StringComparison.Ordinal))
                throw new SandboxException($"The host's ssh server did not start: {log.Trim()}");
        }
    }

    public void LetIn(IEnumerable<(string Type, string Base64, string Name)> keys) => _room.WriteKeys(keys);

    public async ValueTask DisposeAsync()
    {
        await _cage.DisposeAsync();
        await _logged;
        File.Delete(_room.RunRecord);
    }
}
