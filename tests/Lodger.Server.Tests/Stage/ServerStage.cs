using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine;
using Lodger.Engine.Accounts;
using Lodger.Engine.Profile;
using Lodger.Remote;
using Lodger.Remote.Ssh;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Server.Tests.Stage;

/// <summary>The server itself on a socket of its own, in this process, with one account <c>stub</c>.</summary>
internal sealed class ServerStage : IAccounts, IAsyncDisposable
{
    private CancellationTokenSource stop = new();
    private TimeSpan sweepEvery;
    private Func<ServerStage, EngineOptions, EngineOptions>? change;
    private readonly HttpClient http;
    private Task running = Task.CompletedTask;

    private ServerStage()
    {
        http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = new Uri("http://lodger"), Timeout = TimeSpan.FromMinutes(2) };
        Client = new ServerClient(Socket);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("lodger-srv-").FullName;

    public string Socket => Path.Combine(Root, "s.sock");

    public string Database => Path.Combine(Root, LodgerServer.DatabaseName);

    public string Webhooks => Path.Combine(Root, "webhooks");

    public StubPush Push { get; } = new();

    public StubMarket Market { get; } = new();

    /// <summary>The machines of rentals that somebody made by hand.</summary>
    public PlayedForeign Foreign { get; } = new();

    /// <summary>Accounts that the server asked for.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Opened { get; } = new();

    public ServerClient Client { get; }

    public static JobSpec Spec => new()
    {
        Name = "digits",
        Image = "python:3.12-slim",
        Gpu = new GpuRequest([], 1, null),
        DiskGb = 10,
        Run = "true",
        Results = ["out"],
    };

    /// <param name="sweepEvery">Null: so often that a test need not wait.</param>
    /// <param name="change">What else the engine is to do otherwise.</param>
    public static async Task<ServerStage> StartAsync(TimeSpan? sweepEvery = null, Func<ServerStage, EngineOptions, EngineOptions>? change = null)
    {
        var stage = new ServerStage { sweepEvery = sweepEvery ?? TimeSpan.FromMilliseconds(100), change = change };
        await stage.RunAsync(null);
        return stage;
    }

    /// <summary>The server ends and another begins in its place.</summary>
    /// <param name="meanwhile">What happens while none runs.</param>
    public async Task RestartAsync(TimeSpan? hookCheck = null, Func<IReadOnlyList<string>, Func<CancellationToken, Task<CommandSaid>>?>? commands = null, Func<Task>? meanwhile = null)
    {
        await stop.CancelAsync();
        await running;
        if (meanwhile is not null)
            await meanwhile();
        stop.Dispose();
        stop = new CancellationTokenSource();
        await RunAsync(hookCheck, commands);
    }

    private async Task RunAsync(TimeSpan? hookCheck, Func<IReadOnlyList<string>, Func<CancellationToken, Task<CommandSaid>>?>? commands = null)
    {
        var options = new ServerOptions
        {
            SocketPath = Socket,
            Build = "test",
            WebhooksDirectory = Webhooks,
            DoorFile = DoorFile,
            Commands = commands,
            Engine = new EngineOptions { StateDirectory = Root, SecretsDirectory = Path.Combine(Root, "secrets"), ToolVersion = "test", SweepEvery = sweepEvery, PushEchoes = TimeSpan.Zero },
        };
        options = options with { Engine = change?.Invoke(this, options.Engine) ?? options.Engine };
        options = hookCheck is { } check ? options with { WebhookCheckEvery = check } : options;
        running = LodgerServer.RunAsync(options, this, TimeProvider.System, stop.Token);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(3) && !running.IsCompleted;)
        {
            if (File.Exists(Socket) && (await Client.ServerAsync(CancellationToken.None)).IsOk)
                return;
            await Task.Delay(20);
        }

        await DisposeAsync();
        throw new TimeoutException("the server did not answer");
    }

    public Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken)
    {
        Opened.Enqueue(name);
        if (name != "stub")
            return Task.FromResult<Outcome<OpenAccount>>(new Problem("no-such-account", $"There is no account {name}.", "", ExitCode.NotFound));
        var ssh = new SshOptions { IdentityFile = "/nonexistent", KnownHostsDirectory = Path.Combine(Root, "known") };
        var profile = ProfileReader.VastAi;
        return Task.FromResult<Outcome<OpenAccount>>(
            new OpenAccount(name, Market, new SshBox(ssh, profile, TimeProvider.System), profile, new Uri("http://127.0.0.1:1"), "ssh-ed25519 AAAA lodger@test", "/nonexistent")
            {
                Hosts = new HostRsync(ssh, profile, TimeProvider.System),
                Push = Push,
                Foreign = Foreign,
            });
    }

    public SubmitRequest Submission(JobSpec? spec = null) =>
        new(spec ?? Spec, "stub", StubMarket.Offer, 0.1m, Path.Combine(Root, "results"), "anna", new Dictionary<string, string>());

    public string DoorFile => Path.Combine(Root, "public.json");

    /// <summary>Opens a public address on this machine.</summary>
    public async Task<Uri> OpenDoorAsync(DoorRequest? wish = null) =>
        (await Client.OpenDoorAsync(wish ?? new DoorRequest("127.0.0.1:0"), CancellationToken.None)).Value.Address!;

    /// <summary>A new token.</summary>
    public Task<string> TokenAsync(string name, params Scope[] scopes) => TokenAsync(name, null, scopes);

    public async Task<string> TokenAsync(string name, string? project, Scope[] scopes) =>
        (await Client.MakeTokenAsync(new TokenRequest(name, scopes, "anna", Project: project), CancellationToken.None)).Value.Token;

    /// <summary>Sends raw bytes, as no client of ours would.</summary>
    public async Task<(int Status, string Body)> SendAsync(string method, string path, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        // So that a body that is too large is refused before it is sent, and not while.
        request.Headers.ExpectContinue = body?.Length > 1 << 20;
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The same, for requests that must be refused in the one shape of an error.</summary>
    public async Task<Problem> RefusedAsync(string method, string path, string? body = null, string type = "application/json")
    {
        var (status, text) = await SendAsync(method, path, body, type);
        status.ShouldBeInRange(400, 499, $"{method} {path} {body}: {text}");
        text.ShouldNotContain("Exception");
        text.ShouldNotContain("   at ");
        return JsonSerializer.Deserialize(text, ApiJson.Default.ProblemView)!.Problem;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        http.Dispose();
        Push.Dispose();
        Client.Dispose();
        stop.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
