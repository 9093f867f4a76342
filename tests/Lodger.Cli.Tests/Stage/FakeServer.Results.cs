using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lodger.Cli.Tests.Stage;

/// <content>Files on their way: code that is handed over, and results.</content>
internal sealed partial class FakeServer
{
    /// <summary>Names in the code that was handed over.</summary>
    public IReadOnlyList<string> CodeFiles { get; private set; } = [];

    public string? CodeProject { get; private set; }

    /// <summary>What is said of the code that came; null: the truth.</summary>
    public string? CodeHash { get; set; }

    /// <summary>What is said to the next that hand over code instead of taking it.</summary>
    public ConcurrentQueue<Problem> CodeProblems { get; } = [];

    /// <summary>Results of every job; each file by its path.</summary>
    public IReadOnlyList<(string Path, string Text)> Bundle { get; set; } = [];

    /// <summary>What the receipt vouches for; null: the bundle.</summary>
    public IReadOnlyList<(string Path, string Text)>? Vouched { get; set; }

    /// <summary>How large every file of the results is said to be; null: the truth.</summary>
    public long? ListedBytes { get; set; }

    /// <summary>So many bytes more than was asked for are sent.</summary>
    public int Surplus { get; set; }

    /// <summary>An answer with results ends after so many bytes; 0: none does.</summary>
    public int CutAfter { get; set; }

    /// <summary>Results are sent with other bytes than they were listed with.</summary>
    public bool Damage { get; set; }

    private void MapResults()
    {
        app.MapPost(Routes.Code, async (HttpContext http, string? project) =>
        {
            if (CodeProblems.TryDequeue(out var refused))
                return Refused(refused);
            var archive = new MemoryStream();
            await http.Request.Body.CopyToAsync(archive);
            archive.Position = 0;
            using var tar = new TarReader(archive, leaveOpen: true);
            var names = new List<string>();
            while (await tar.GetNextEntryAsync() is { } entry)
                names.Add(entry.Name);
            (CodeFiles, CodeProject) = (names, project);
            return Results.Json(new CodeView("c0de", CodeHash ?? Convert.ToHexStringLower(SHA256.HashData(archive.ToArray())), names.Count, 9), ApiJson.Default.CodeView);
        });
        app.MapGet(Routes.Results, async (string job) =>
        {
            var (id, files) = await WholeAsync();
            return Found(job, j => Results.Json(new ResultsView(j.Name, id, "/srv/results", [.. files.Select(f => new ResultFile(f.Path, ListedBytes ?? f.Text.Length, HashOf(f.Text)))]), ApiJson.Default.ResultsView));
        });
        app.MapGet(Routes.ResultBytes, async (HttpContext http, long offset, long length) =>
        {
            byte[] bytes = [.. Encoding.UTF8.GetBytes(string.Concat((await WholeAsync()).Files.Select(f => f.Text)))[(int)offset..(int)(offset + length)], .. new byte[Surplus]];
            if (Damage)
                bytes[0] ^= 1;
            http.Response.ContentLength = bytes.Length;
            await http.Response.Body.WriteAsync(CutAfter > 0 ? bytes.AsMemory(0, Math.Min(CutAfter, bytes.Length)) : bytes);
            if (CutAfter > 0 && bytes.Length > CutAfter)
                http.Abort();
        });
    }

    /// <summary>The bundle with a manifest and a receipt that vouch for it; with ones that vouch for nothing when its names are none.</summary>
    private async Task<(string Id, IReadOnlyList<(string Path, string Text)> Files)> WholeAsync()
    {
        var vouched = Vouched ?? Bundle;
        var entries = vouched.Select(f => ManifestFile.Of(f.Path, f.Text.Length, HashOf(f.Text)));
        if (Manifest.Create(started, "/workspace/resnet", entries).Manifest is not { } manifest)
            return (new string('a', 64), [.. Bundle, (BundleLayout.ManifestPath, "m"), (BundleLayout.ReceiptPath, "{}")]);
        var directory = Directory.CreateTempSubdirectory("lodger-bundle-").FullName;
        try
        {
            foreach (var (path, text) in vouched)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(directory, path))!);
                await File.WriteAllTextAsync(Path.Combine(directory, path), text);
            }

            Directory.CreateDirectory(Path.Combine(directory, BundleLayout.OwnDirectory));
            manifest.WriteFile(Path.Combine(directory, BundleLayout.ManifestPath));
            var receipt = Receipt.Create(new ReceiptSubject("resnet", 1, "41200871"), await BundleVerifier.VerifyAsync(directory, manifest), started, "test").Receipt!;
            receipt.Write(Path.Combine(directory, BundleLayout.ReceiptPath));
            string[] own = [BundleLayout.ManifestPath, BundleLayout.ReceiptPath];
            return (receipt.Id, [.. Bundle, .. own.Select(p => (p, File.ReadAllText(Path.Combine(directory, p))))]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
