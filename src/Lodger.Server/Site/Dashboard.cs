using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Site;

/// <summary>
/// Hands out the dashboard: the few files that were built beside the program, read once. They hold nothing that is secret, and what they show they have to ask for like everybody. Without them a page says how to get them.
/// </summary>
internal sealed class Dashboard
{
    public const string Home = "/";
    public const string File = "/app/{file}";

    private const string Page = "index.html";
    private const int FileBytesMax = 4 << 20;

    /// <summary>Scripts and styles of our own alone, no text that turns into markup, no frames, no forms that lead elsewhere.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly SiteFile Absent = SiteFile.Of(Page, Encoding.UTF8.GetBytes(
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Lodger</title></head>
        <body><h1>Lodger</h1>
        <p>The server runs; its dashboard was not built with it, for want of Node. Install it and build again:</p>
        <pre>sudo apt-get install -y nodejs npm
        ./lodger server stop
        ./lodger dashboard</pre>
        <p>Everything that it shows the command shows too: <code>lodger ps</code>, <code>lodger show JOB</code>, <code>lodger clocks</code>, <code>lodger gate JOB</code>.</p>
        </body></html>
        """))!;

    private readonly Dictionary<string, SiteFile> files = new(StringComparer.Ordinal);

    /// <param name="directory">Where it was built to; null, or not there: it was not.</param>
    public Dashboard(string? directory)
    {
        if (directory is null || !Directory.Exists(directory))
            return;
        foreach (var path in Directory.EnumerateFiles(directory).Where(p => new FileInfo(p).Length <= FileBytesMax))
        {
            if (SiteFile.Of(Path.GetFileName(path), System.IO.File.ReadAllBytes(path)) is { } file)
                files[Path.GetFileName(path)] = file;
        }
    }

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Home, (HttpContext http) => SendAsync(http, files.GetValueOrDefault(Page, Absent)));
        app.MapGet(File, (HttpContext http, string file) =>
        {
            if (file != Page && files.TryGetValue(file, out var found))
                return SendAsync(http, found);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private static async Task SendAsync(HttpContext http, SiteFile file)
    {
        var headers = http.Response.Headers;
        headers.ETag = file.ETag;
        headers.CacheControl = file.IsLasting ? "public, max-age=31536000, immutable" : "no-cache";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.Vary = "Accept-Encoding";
        if (http.Request.Headers.IfNoneMatch.Contains(file.ETag))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var isPacked = http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        var bytes = isPacked ? file.Packed : file.Bytes;
        if (isPacked)
            headers.ContentEncoding = "gzip";
        http.Response.ContentType = file.Type;
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }
}
