using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lodger.Marketplace.Tests.Cloud;

/// <summary>
/// The part of S3 that a copy needs: buckets by path, objects in memory. Takes only requests that are signed with its key (AWS Signature Version 4, worked out
/// here from the request as it came), and puts down why it refused one.
/// </summary>
internal sealed class S3Endpoint : IAsyncDisposable
{
    public const string AccessKey = "AKIALODGERTEST";
    public const string Secret = "c2VjcmV0/of+the=cloud";
    private readonly WebApplication _app;

    private S3Endpoint(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>Path (<c>bucket/name</c>) to content.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Methods of the requests whose signature was right.</summary>
    public ConcurrentQueue<string> Taken { get; } = new();

    /// <summary>What it gives back of what it was sent; what it says of it, its size and tag, is always right.</summary>
    public Func<byte[], byte[]> Gives { get; set; } = body => body;

    public int Refused { get; private set; }

    public static async Task<S3Endpoint> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var endpoint = new S3Endpoint(builder.Build());
        endpoint._app.Run(endpoint.AnswerAsync);
        await endpoint._app.StartAsync(TestContext.Current.CancellationToken);
        return endpoint;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        if (!IsSigned(http.Request, body.ToArray()))
        {
            Refused++;
            await SendAsync(http, 403, new XElement("Error", new XElement("Code", "SignatureDoesNotMatch")));
            return;
        }

        Taken.Enqueue(http.Request.Method);
        var path = http.Request.Path.Value!.Trim('/');
        var isBucket = !path.Contains('/', StringComparison.Ordinal);
        switch (http.Request.Method)
        {
            case "PUT" when isBucket:
                break;
            case "PUT":
                Objects[path] = body.ToArray();
                http.Response.Headers.ETag = ETag(Objects[path]);
                break;
            case "GET" when isBucket:
                await SendAsync(http, 200, List(path, http.Request.Query["prefix"].ToString(), http.Request.Query["delimiter"].ToString()));
                break;
            case "GET" or "HEAD" when Objects.TryGetValue(path, out var content):
                http.Response.Headers.ETag = ETag(content);
                http.Response.Headers.LastModified = DateTimeOffset.UnixEpoch.ToString("R", CultureInfo.InvariantCulture);
                http.Response.ContentLength = content.Length;
                if (http.Request.Method == "GET") await http.Response.Body.WriteAsync(Gives(content), http.RequestAborted);
                break;
            default:
                await SendAsync(http, 404, new XElement("Error", new XElement("Code", "NoSuchKey")));
                break;
        }
    }

    private XElement List(string bucket, string prefix, string delimiter)
    {
        var names = Objects.Keys.Where(o => o.StartsWith(bucket + "/" + prefix, StringComparison.Ordinal)).Select(o => o[(bucket.Length + 1)..]).Order(StringComparer.Ordinal).ToList();
        var folders = delimiter.Length == 0 ? [] : names.Where(n => n[prefix.Length..].Contains('/', StringComparison.Ordinal)).Select(n => prefix + n[prefix.Length..].Split('/')[0] + "/").Distinct(StringComparer.Ordinal).ToList();
        return new XElement(
            "ListBucketResult", new XElement("Name", bucket), new XElement("Prefix", prefix), new XElement("IsTruncated", "false"),
            names.Where(n => !folders.Exists(f => n.StartsWith(f, StringComparison.Ordinal))).Select(n => new XElement(
                "Contents", new XElement("Key", n), new XElement("LastModified", "2026-01-01T00:00:00.000Z"), new XElement("ETag", ETag(Objects[bucket + "/" + n])), new XElement("Size", Objects[bucket + "/" + n].Length))),
            folders.Select(f => new XElement("CommonPrefixes", new XElement("Prefix", f))));
    }

    /// <summary>Signature Version 4: the request in its canonical form, signed with a key that is derived from the secret, the day, the region and the service.</summary>
    private static bool IsSigned(HttpRequest request, byte[] body)
    {
        const string scheme = "AWS4-HMAC-SHA256 ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.Ordinal)) return false;
        var given = header[scheme.Length..].Split(',', StringSplitOptions.TrimEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        if (given["Credential"].Split('/') is not [AccessKey, var day, var region, "s3", "aws4_request"]) return false;
        var hash = request.Headers["x-amz-content-sha256"].ToString();
        if (hash != "UNSIGNED-PAYLOAD" && hash != Convert.ToHexStringLower(SHA256.HashData(body))) return false;

        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        var query = target.Length < 2 ? "" : string.Join('&', target[1].Split('&').Select(p => p.Contains('=', StringComparison.Ordinal) ? p : p + "=").Order(StringComparer.Ordinal));
        var headers = string.Concat(given["SignedHeaders"].Split(';').Select(name => $"{name}:{(name == "content-length" ? request.ContentLength?.ToString(CultureInfo.InvariantCulture) : request.Headers[name].ToString().Trim())}\n"));
        var canonical = $"{request.Method}\n{target[0]}\n{query}\n{headers}\n{given["SignedHeaders"]}\n{hash}";
        var text = $"AWS4-HMAC-SHA256\n{request.Headers["x-amz-date"]}\n{day}/{region}/s3/aws4_request\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = new[] { day, region, "s3", "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), (k, word) => HMACSHA256.HashData(k, Encoding.UTF8.GetBytes(word)));
        return given["Signature"] == Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static string ETag(byte[] content)
    {
#pragma warning disable CA5351 // S3's own tag is an MD5, and rclone compares it with what it sent.
        return "\"" + Convert.ToHexStringLower(MD5.HashData(content)) + "\"";
#pragma warning restore CA5351
    }

    private static async Task SendAsync(HttpContext http, int status, XElement xml)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/xml";
        await http.Response.WriteAsync(xml.ToString(), http.RequestAborted);
    }
}
