using System.Collections.Concurrent;
using Lodger.Artifacts.Formats.Torch;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Verification.Companions;

namespace Lodger.Artifacts.Verification;

/// <summary>One verification of one directory: list, compare the roster, read every file.</summary>
internal static class DirectoryVerification
{
    internal static async Task<VerificationReport> RunAsync(
        string directory, Manifest? manifest, IReadOnlyList<Finding> before, VerifyOptions options, IProgress<VerifyProgress>? progress, CancellationToken cancellation)
    {
        if (!Directory.Exists(directory))
        {
            var gone = new Finding("no-directory", Severity.Error, string.Empty, $"{PrintableText.Of(directory)} is not a directory.", "Check the path.");
            return new VerificationReport(directory, manifest, [], [.. before, gone]);
        }

        var listing = DirectoryListing.Of(directory, options.MaxFiles, cancellation);
        var promised = manifest?.Files.Where(file => file.Path is not null).ToDictionary(file => file.Path!, StringComparer.Ordinal);
        var meter = new ProgressMeter(progress, listing.Files.Sum(file => file.Bytes), listing.Files.Count);
        var reports = new ConcurrentBag<FileReport>();
        var layouts = new DistcpLayouts();
        var shards = ShardedDirectories.Of(listing.Files);

        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.FilesAtOnce), CancellationToken = cancellation };
        await Parallel.ForEachAsync(InOrder(listing.Files), atOnce, (file, stop) =>
        {
            var line = promised?.GetValueOrDefault(file.Path);
            var depth = (InspectionDepth)Math.Max((int)options.Depth, (int)shards.DepthOf(file.Path));
            var report = FileVerifier.Verify(file, line, meter.HashedMore, stop, depth, layouts);
            reports.Add(promised is not null && line is null ? Roster.Extra(report) : report);
            meter.FileDone();
            return ValueTask.CompletedTask;
        });

        var links = manifest is null ? Roster.LinksNotFollowed(listing.Links) : Roster.CompareLinks(manifest, listing.Links, options.LinkRoots);
        var missing = manifest is null ? [] : Roster.Missing(manifest, listing.Files);
        var files = new CompanionCheck(listing.Files, cancellation).Run([.. reports.Concat(missing).OrderBy(file => file.Path, StringComparer.Ordinal)]);
        files = [.. NeighbourMetrics.Spread(files).Select(file => options.Depth == InspectionDepth.Counts ? file with { TensorList = [] } : file)];
        return new VerificationReport(directory, manifest, files, [.. before, .. listing.Findings, .. links]);
    }

    /// <summary>The largest first, so that no core is left alone with it at the end; the shards of one distributed checkpoint together, so that their description is read once.</summary>
    internal static IEnumerable<ListedFile> InOrder(IEnumerable<ListedFile> files) => files
        .GroupBy(file => DistcpShardFormat.IsShard(file.Path) ? CompanionCheck.DirectoryOf(file.Path) : file.Path, StringComparer.Ordinal)
        .OrderByDescending(group => group.Max(file => file.Bytes))
        .SelectMany(group => group.OrderByDescending(file => file.Bytes));
}
