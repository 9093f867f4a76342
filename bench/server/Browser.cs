using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.Playwright;

namespace Lodger.Bench.Server;

/// <summary>The dashboard in a real Chromium: how soon it shows something, and what comes over the line while nobody does anything.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly Stage stage;
    private readonly IPlaywright playwright;
    private readonly IBrowser chromium;

    private Browser(Stage stage, IPlaywright playwright, IBrowser chromium)
    {
        this.stage = stage;
        this.playwright = playwright;
        this.chromium = chromium;
    }

    public static async Task<Browser> StartAsync(Stage stage)
    {
        var package = typeof(Browser).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(m => m.Key == "PlaywrightPackage").Value;
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", package);
        var driver = await Playwright.CreateAsync();
        var program = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.First(File.Exists);
        return new Browser(stage, driver, await driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox", "--disable-dev-shm-usage"] }));
    }

    /// <param name="Paint">The browser's own figure, from the navigation on: something of the page is there.</param>
    /// <param name="Rows">From the navigation on until the first job is there to read.</param>
    /// <param name="Live">Until the page says that it follows.</param>
    /// <param name="Bytes">Of everything, as it came over the line.</param>
    internal sealed record Visit(TimeSpan Paint, TimeSpan Rows, TimeSpan Live, long Bytes);

    /// <summary>With nothing kept from an earlier visit.</summary>
    /// <returns>And what has come over the line so far, by the path that was asked for.</returns>
    public async Task<(IPage Page, Visit Visit, Func<Dictionary<string, long>> Bytes)> VisitAsync()
    {
        var (_, said) = await stage.LodgerAsync("dashboard", "--no-open", "--json");
        var address = JsonDocument.Parse(said).RootElement.GetProperty("address").GetString()!;
        var context = await chromium.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 860 } });
        context.SetDefaultTimeout(120_000);
        var page = await context.NewPageAsync();
        var session = await context.NewCDPSessionAsync(page);
        await session.SendAsync("Network.enable");
        ConcurrentDictionary<string, string> paths = [];
        ConcurrentDictionary<string, long> bytes = [];
        session.Event("Network.requestWillBeSent").OnEvent += (_, data) => paths[data!.Value.GetProperty("requestId").GetString()!] = new Uri(data.Value.GetProperty("request").GetProperty("url").GetString()!).AbsolutePath;
        session.Event("Network.dataReceived").OnEvent += (_, data) =>
            bytes.AddOrUpdate(paths.GetValueOrDefault(data!.Value.GetProperty("requestId").GetString()!, "?"), Length(data.Value), (_, before) => before + Length(data.Value));
        var begun = Stopwatch.GetTimestamp();
        var gone = page.GotoAsync(address);
        var live = page.Locator(".link.live").WaitForAsync().ContinueWith(_ => Stopwatch.GetElapsedTime(begun), TaskScheduler.Default);
        await page.GetByText("job0", new PageGetByTextOptions { Exact = false }).Or(page.Locator("a[href*=job]")).First.WaitForAsync();
        var rows = Stopwatch.GetElapsedTime(begun);
        await gone;
        var paint = await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
        return (page, new Visit(TimeSpan.FromMilliseconds(paint), rows, await live, bytes.Values.Sum()), () => new Dictionary<string, long>(bytes));

        static long Length(JsonElement data) => data.GetProperty("encodedDataLength").GetInt64();
    }

    public async ValueTask DisposeAsync()
    {
        await chromium.DisposeAsync();
        playwright.Dispose();
    }
}
