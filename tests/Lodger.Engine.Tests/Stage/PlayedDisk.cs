using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts.Manifests;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Tests.Stage;

/// <summary>What a played machine holds: it tells of its files as they are, and sends them as they are unless a test says otherwise.</summary>
internal sealed class PlayedDisk
{
    /// <summary>By path below the workdir.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>What comes in place of what it holds, by path; null: the transfer breaks off there.</summary>
    public Dictionary<string, string?> Sent { get; } = new(StringComparer.Ordinal);

    /// <summary>Through the host, what Lodger has put there shows.</summary>
    public bool ShowsLodge { get; set; } = true;

    public List<BoxLink> Links { get; } = [];

    public List<string> Unnamed { get; } = [];

    /// <summary>Asked for the manifest, before it is made.</summary>
    public Action? OnManifest { get; set; }

    public (string Method, Func<object?[], object?> Answer)[] Box =>
    [
        (nameof(IBox.MakeManifestAsync), _ =>
        {
            OnManifest?.Invoke();
            return Task.FromResult<Outcome<string>>(ManifestText());
        }),
        (nameof(IBox.PullAsync), args => Task.FromResult(Pull((IReadOnlyList<WantedFile>)args[1]!, (string)args[2]!))),
        (nameof(IBox.ReadLogAsync), _ => Task.FromResult<Outcome<byte[]>>(Array.Empty<byte>())),
    ];

    public (string Method, Func<object?[], object?> Answer)[] Host =>
    [
        (nameof(IHostDoor.ListAsync), args => Task.FromResult<Outcome<DiskListing>>(((string)args[1]!).EndsWith("/.lodger", StringComparison.Ordinal)
            ? new DiskListing(ShowsLodge ? [new BoxFile("lodge.sh", 1, DateTimeOffset.UnixEpoch)] : [], [], [])
            : new DiskListing([.. Files.Select(f => new BoxFile(f.Key, f.Value.Length, DateTimeOffset.UnixEpoch))], Links, Unnamed))),
        (nameof(IHostDoor.PullAsync), args => Task.FromResult(Pull((IReadOnlyList<WantedFile>)args[2]!, (string)args[3]!))),
        (nameof(IHostDoor.DifferencesAsync), args => Task.FromResult(Outcome<IReadOnlyList<string>>.Ok(
            [.. ((IReadOnlyList<string>)args[2]!).Where(path => Read(Path.Combine((string)args[3]!, path)) != Files.GetValueOrDefault(path))]))),
    ];

    private static string? Read(string file) => File.Exists(file) ? File.ReadAllText(file) : null;

    /// <summary>As rsync does: beside, then in its place.</summary>
    private Outcome<Transferred> Pull(IReadOnlyList<WantedFile> wanted, string directory)
    {
        foreach (var file in wanted)
        {
            if ((Sent.TryGetValue(file.Path, out var other) ? other : Files[file.Path]) is not { } content)
                return new Problem("box-unreachable", "The line broke.", "", ExitCode.Unknown, MayRetry: true);
            var target = Path.Combine(directory, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllText(target + ".part", content);
            File.Move(target + ".part", target, overwrite: true);
        }

        return new Transferred(wanted.Count, wanted.Sum(f => f.Bytes), TimeSpan.Zero);
    }

    private string ManifestText()
    {
        using var stream = new MemoryStream();
        Manifest.Create(DateTimeOffset.UnixEpoch, "/workspace/a",
        [
            .. Files.Select(f => ManifestFile.Of(f.Key, f.Value.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Value))))),
            .. Links.Select(l => ManifestLink.Of(l.Path, l.Target)),
        ]).Manifest!.Write(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
