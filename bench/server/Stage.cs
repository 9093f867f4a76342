using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Bench.Server;

/// <summary>A marketplace of ten thousand machines and a server, each a process of its own, in a temporary directory.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Hurried = "hurried";

    /// <summary>Of numbers: some two dozen machines.</summary>
    private const int WindowMachines = 5_000;

    private static readonly string Root = FindRoot();
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private readonly string home = Directory.CreateTempSubdirectory("lodger-bench-").FullName;
    private readonly HttpClient control = new() { Timeout = TimeSpan.FromMinutes(5) };
    private readonly Queue<Offer> offers = new();
    private int window = 10_000;
    private readonly Channel<string> told = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim choosing = new(1, 1);
    private Process market = null!;
    private Process server = null!;
    private string url = "";
    private string key = "";

    /// <summary>What people run: built and precompiled by ./lodger, which the caller of this ran before.</summary>
    public static string Program => new DirectoryInfo(Path.Combine(Root, ".build", "app")).EnumerateFiles("complete", SearchOption.AllDirectories).MaxBy(f => f.LastWriteTimeUtc) is { } complete
        ? Path.Combine(complete.DirectoryName!, "lodger")
        : throw new InvalidOperationException("./lodger has built nothing yet");

    public string State => Path.Combine(home, "state");

    public ServerClient Client { get; private set; } = null!;

    public static async Task<Stage> StartAsync(int jobs)
    {
        var stage = new Stage();
        Directory.CreateDirectory(stage.State);
        var books = Path.Combine(stage.home, "market");
        // 36 GPUs a time, and some over for whoever has to move.
        stage.market = Start(
            Built("src/Lodger.Marketplace", "lodger-marketplace.dll"), "--state", books, "--no-sandbox", "--machines-times", Number((jobs / 30) + 1), "--rate-limit-scale", "0", "--pull-factor", "0",
            "--balance", "1000000", "--parent-pid", Number(Environment.ProcessId));
        var access = await UntilAsync(() => File.Exists(Path.Combine(books, "market.json")) ? JsonNode.Parse(File.ReadAllText(Path.Combine(books, "market.json"))) : null);
        stage.url = (string)access["url"]!;
        stage.control.BaseAddress = new Uri(stage.url + "/control/");
        stage.control.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)access["control_token"]!);
        stage.key = (string)access["api_key"]!;
        // Their logs are read all the time: a process whose output nobody reads stands still.
        stage.market.OutputDataReceived += static (_, _) => { };
        stage.market.BeginOutputReadLine();
        stage.Client = new ServerClient(Path.Combine(stage.State, "server.sock"));
        await stage.ServeAsync(Hurried);
        return stage;
    }

    /// <summary>The server ends, and another takes over in the platform's pace.</summary>
    public async Task RestartAsync()
    {
        await EndServerAsync();
        await ServeAsync("paced");
    }

    private async Task ServeAsync(string pace)
    {
        server = Start(typeof(Stage).Assembly.Location, "serve", State, url, key, Path.Combine(Path.GetDirectoryName(Built("src/Lodger.Cli", "lodger.dll"))!, "dashboard"), pace);
        server.OutputDataReceived += (_, said) => _ = said.Data is ['{', ..] ? told.Writer.TryWrite(said.Data) : false;
        server.BeginOutputReadLine();
        while (!(await Client.ServerAsync(CancellationToken.None)).IsOk)
            await Task.Delay(50);
    }

    private async Task EndServerAsync()
    {
        server.StandardInput.Close();
        if (!server.WaitForExit(TimeSpan.FromSeconds(30)))
            server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    /// <summary>One on a bid of every five.</summary>
    public async Task<string> SubmitAsync(int number)
    {
        await choosing.WaitAsync();
        Offer offer;
        try
        {
            offer = await OfferAsync();
        }
        finally
        {
            choosing.Release();
        }

        var isBid = number % 5 == 0;
        var spec = new JobSpec
        {
            Name = $"job{number}",
            Image = "python:3.12-slim",
            Gpu = new GpuRequest([], 1, null),
            DiskGb = 10,
            Run = "true",
            Results = ["out"],
            Rent = isBid ? RentMode.Interruptible : RentMode.OnDemand,
            Checkpoints = isBid ? ["ckpt/*.pt"] : [],
        };
        var request = new SubmitRequest(
            spec, "bench", offer, 1m, Path.Combine(home, "results", spec.Name), "bench", new Dictionary<string, string>(), BidUsdPerHour: isBid ? offer.MinBidUsdPerHour * 1.2m : null, Key: Guid.NewGuid().ToString());
        return (await Client.SubmitAsync(request, CancellationToken.None)).Value.Id;
    }

    public async Task OutbidAsync(string rental)
    {
        using var answer = await control.PostAsync(new Uri($"instances/{rental}/outbid", UriKind.Relative), new StringContent("""{"by": 5}""", Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>By endpoint, what the server has asked the marketplace; with what went wrong behind the name.</summary>
    public async Task<Dictionary<string, long>> CallsAsync()
    {
        await server.StandardInput.WriteLineAsync();
        await server.StandardInput.FlushAsync();
        return JsonSerializer.Deserialize<Dictionary<string, long>>(await told.Reader.ReadAsync())!;
    }

    public (long ResidentBytes, TimeSpan Used) Weigh()
    {
        server.Refresh();
        return (server.WorkingSet64, server.TotalProcessorTime);
    }

    /// <summary>The command, as a process from start to exit.</summary>
    public async Task<(TimeSpan Took, string Said)> LodgerAsync(params string[] arguments)
    {
        var begun = Stopwatch.GetTimestamp();
        using var process = Start(Program, State, arguments);
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (Stopwatch.GetElapsedTime(begun), said);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        control.Dispose();
        choosing.Dispose();
        await EndServerAsync();
        market.Kill();
        await market.WaitForExitAsync();
        market.Dispose();
        Directory.Delete(home, recursive: true);
    }

    /// <summary>Each from a window of machines of its own: what another job has on a bid is listed on, and an on-demand rental would take it.</summary>
    private async Task<Offer> OfferAsync()
    {
        while (offers.Count == 0)
        {
            var found = await Client.OffersAsync("bench", $"num_gpus=1 machine_id>={Number(window)} machine_id<{Number(window + WindowMachines)}", 10, anyOffer: true, CancellationToken.None);
            window += WindowMachines;
            foreach (var offer in found.Value.Offers)
                offers.Enqueue(offer);
        }

        return offers.Dequeue();
    }

    private static Process Start(string program, params string[] arguments) => Start(program, null, arguments);

    public static Process Start(string program, string? state, string[] arguments)
    {
        string[] words = program.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", program, .. arguments] : [program, .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        if (state is not null)
            start.Environment["LODGER_STATE_DIR"] = state;
        start.Environment["NO_COLOR"] = "1";
        return Process.Start(start)!;
    }

    private static async Task<T> UntilAsync<T>(Func<T?> look)
        where T : class
    {
        for (var i = 0; i < 1200; i++)
        {
            if (look() is { } found)
                return found;
            await Task.Delay(50);
        }

        throw new TimeoutException("It did not start within a minute.");
    }

    private static string Built(string project, string file) => Path.Combine(Root, project, "bin", Configuration, "net10.0", file);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Lodger.slnx")))
            directory = directory.Parent;
        return directory.FullName;
    }
}
