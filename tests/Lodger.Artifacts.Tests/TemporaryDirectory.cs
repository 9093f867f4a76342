using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>A directory of its own for one test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("lodger-artifacts-").FullName;

    internal string this[string relative] => System.IO.Path.Combine(Path, relative);

    internal TemporaryDirectory With(string relative, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[relative])!);
        File.WriteAllBytes(this[relative], content);
        return this;
    }

    internal TemporaryDirectory With(string relative, string content) => With(relative, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>The manifest of the files as they are now.</summary>
    internal Manifest Manifest(params ManifestEntry[] more)
    {
        var files = Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)
            .Select(file => (Full: file, Relative: System.IO.Path.GetRelativePath(Path, file)))
            .Where(file => !file.Relative.StartsWith(BundleLayout.OwnDirectory, StringComparison.Ordinal) && new FileInfo(file.Full).LinkTarget is null)
            .Select(file => ManifestFile.Of(file.Relative, new FileInfo(file.Full).Length, Manifests.Manifest.HashOf(File.ReadAllBytes(file.Full))));
        var reading = Manifests.Manifest.Create(DateTimeOffset.UnixEpoch.AddDays(20_000), "/workspace/results", [.. files, .. more]);
        return reading.Manifest.ShouldNotBeNull(string.Join('\n', reading.Findings));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Verifies single contents.</summary>
internal static class Verifying
{
    internal static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    internal static FileReport File(string path, InspectionDepth depth = InspectionDepth.Counts) => FileVerifier.Verify(
        new ListedFile(Path.GetFileName(path), path, new FileInfo(path).Length), promised: null, _ => { }, TestContext.Current.CancellationToken, depth);

    /// <summary>The report on a file of this name with this content.</summary>
    internal static FileReport Content(string name, ReadOnlySpan<byte> content)
    {
        using var directory = new TemporaryDirectory();
        var path = directory[name];
        System.IO.File.WriteAllBytes(path, content);
        return File(path);
    }

    /// <summary>Writes in place: emptying a file first makes some file systems wait for the disk, thousands of times.</summary>
    internal static void Rewrite(string path, ReadOnlySpan<byte> content)
    {
        using var file = System.IO.File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file, content, 0);
        RandomAccess.SetLength(file, content.Length);
    }

    /// <summary>Every file shorter than the whole one by one byte or more must not load.</summary>
    internal static void EveryCutIsCaught(string name, byte[] whole, params Verdict[] allowed)
    {
        using var directory = new TemporaryDirectory();
        var path = directory[name];
        System.IO.File.WriteAllBytes(path, whole);
        for (var length = whole.Length - 1; length >= 0; length--)
        {
            Rewrite(path, whole.AsSpan(0, length));
            var report = File(path);
            (report.Verdict == Verdict.Damaged || allowed.Contains(report.Verdict)).ShouldBeTrue($"{name} cut to {length} of {whole.Length} bytes was {report.Verdict}");
        }
    }
}
