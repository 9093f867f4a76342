using System.Net;
using System.Net.Http.Headers;
using Lodger.Server.Site;
using Lodger.Server.Tests.Stage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Lodger.Server.Tests;

public sealed class DashboardFilesTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-site-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Its_files_are_handed_out_with_their_types_kept_as_long_as_they_are_good_and_bound_by_a_policy()
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "index.html"), "<!doctype html><title>Lodger</title>", Token);
        await File.WriteAllTextAsync(Path.Combine(directory, "app-4VIBC3AA.js"), "let a = 1;", Token);
        await File.WriteAllTextAsync(Path.Combine(directory, "notes.txt"), "not of the page", Token);
        await using var app = await HostAsync();
        using var http = Client(app);

        var page = await http.GetAsync(new Uri("/", UriKind.Relative), Token);
        page.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        page.Headers.CacheControl!.NoCache.ShouldBeTrue("the page names the files: it is asked for anew");
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        page.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        page.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);

        var script = await http.GetAsync(new Uri("/app/app-4VIBC3AA.js", UriKind.Relative), Token);
        script.Content.Headers.ContentType!.ToString().ShouldBe("text/javascript; charset=utf-8");
        script.Headers.CacheControl!.ToString().ShouldContain("immutable");
        (await script.Content.ReadAsStringAsync(Token)).ShouldBe("let a = 1;");

        using var again = new HttpRequestMessage(HttpMethod.Get, "/");
        again.Headers.IfNoneMatch.Add(page.Headers.ETag!);
        (await http.SendAsync(again, Token)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        using var packed = new HttpRequestMessage(HttpMethod.Get, "/app/app-4VIBC3AA.js");
        packed.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        (await http.SendAsync(packed, Token)).Content.Headers.ContentEncoding.ShouldBe(["gzip"]);

        foreach (var none in new[] { "/app/notes.txt", "/app/app-00000000.js", "/app/..%2f..%2fetc%2fpasswd", "/app/index.html", "/notes.txt" })
            (await http.GetAsync(new Uri(none, UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound, none);
    }

    [Fact]
    public async Task Without_it_the_page_says_how_to_get_it()
    {
        await using var stage = await ServerStage.StartAsync();
        var (status, text) = await stage.SendAsync("GET", "/");
        status.ShouldBe(200);
        text.ShouldContain("apt-get install -y nodejs npm");
        text.ShouldNotContain("<script");
    }

    private async Task<WebApplication> HostAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.UseRouting();
        new Dashboard(directory).Map(app);
        await app.StartAsync(Token);
        return app;
    }

    private static HttpClient Client(WebApplication app) =>
        new() { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
}
