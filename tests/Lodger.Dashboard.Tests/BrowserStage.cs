using System.Text.Json;
using Lodger.Acceptance.Tests.Stage;
using Microsoft.Playwright;

namespace Lodger.Dashboard.Tests;

/// <summary>A real Chromium before the real server's dashboard, signed in with an address that <c>lodger dashboard</c> printed.</summary>
internal sealed class BrowserStage : IAsyncDisposable
{
    private const float WaitMs = 240_000;

    private readonly IPlaywright driver;
    private readonly IBrowser browser;

    private BrowserStage(ServerStage server, IPlaywright driver, IBrowser browser)
    {
        Server = server;
        this.driver = driver;
        this.browser = browser;
    }

    public ServerStage Server { get; }

    /// <summary>What pages complained of: scripts that failed, and what the policy for content kept out.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<BrowserStage> StartAsync()
    {
        var server = await ServerStage.StartAsync();
        Assertions.SetDefaultExpectTimeout(WaitMs);
        var playwright = await Playwright.CreateAsync();
        var chromium = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium(), Args = ["--no-sandbox", "--disable-dev-shm-usage"], Timeout = WaitMs });
        return new BrowserStage(server, playwright, chromium);
    }

    /// <summary>Signs in once.</summary>
    public async Task<string> AddressAsync()
    {
        var (code, text) = await Server.LodgerAsync(null, "dashboard", "--no-open", "--json");
        code.ShouldBe(0, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("address").GetString()!;
    }

    /// <summary>A browser of its own, with no cookie yet.</summary>
    public async Task<IPage> PageAsync(int width = 1280, int height = 860, bool dark = false)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        context.SetDefaultTimeout(WaitMs);
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => Complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal) || message.Text.Contains("TrustedHTML", StringComparison.Ordinal))
                Complaints.Add(message.Text);
        };
        return page;
    }

    public async Task<IPage> SignedInAsync(int width = 1280, int height = 860, bool dark = false)
    {
        var page = await PageAsync(width, height, dark);
        await page.GotoAsync(await AddressAsync());
        await page.Locator(".link.live").WaitForAsync();
        return page;
    }

    /// <summary>What axe-core has against the page; empty: nothing.</summary>
    public static async Task<IReadOnlyList<string>> AxeAsync(IPage page)
    {
        // In a world of its own: the page's policy lets no foreign script in.
        var session = await page.Context.NewCDPSessionAsync(page);
        var frames = await session.SendAsync("Page.getFrameTree");
        var frame = frames!.Value.GetProperty("frameTree").GetProperty("frame").GetProperty("id").GetString()!;
        var world = await session.SendAsync("Page.createIsolatedWorld", new Dictionary<string, object> { ["frameId"] = frame, ["worldName"] = "axe" });
        var id = world!.Value.GetProperty("executionContextId").GetInt32();
        await EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(Repository, "src/Lodger.Dashboard/node_modules/axe-core/axe.min.js")) + ";0");
        var found = await EvaluateAsync("axe.run(document).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.help + '  ' + v.nodes.slice(0, 4).map(n => n.html + ' ' + n.failureSummary).join('  '))))");
        await session.DetachAsync();
        return JsonSerializer.Deserialize<string[]>(found.GetString()!)!;

        async Task<JsonElement> EvaluateAsync(string script)
        {
            var answer = await session.SendAsync("Runtime.evaluate", new Dictionary<string, object> { ["expression"] = script, ["contextId"] = id, ["awaitPromise"] = true, ["returnByValue"] = true });
            answer!.Value.TryGetProperty("exceptionDetails", out var thrown).ShouldBeFalse($"{thrown}");
            return answer.Value.GetProperty("result").GetProperty("value");
        }
    }

    /// <summary>For the documentation: only where <c>LODGER_SCREENSHOTS</c> names a directory.</summary>
    public static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("LODGER_SCREENSHOTS") is { Length: > 0 } directory)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, name + ".png") });
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        driver.Dispose();
        await Server.DisposeAsync();
    }

    private static string Repository
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory!.FullName, "Lodger.slnx")))
                directory = directory.Parent;
            return directory.FullName;
        }
    }

    private static string Chromium() =>
        new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("These tests need Chromium:  scripts/system-packages --install test");
}
