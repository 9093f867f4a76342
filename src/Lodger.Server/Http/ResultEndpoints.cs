using System.Security.Cryptography;
using Lodger.Artifacts;
using Lodger.Artifacts.Receipts;
using Lodger.Domain.Problems;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Proven results for whoever is at another machine. They are asked for by their place in the list, never by a path.</summary>
internal static class ResultEndpoints
{
    public static void Map(IEndpointRouteBuilder app, JobBoard board)
    {
        app.MapGet(Routes.Results, async (string job, CancellationToken token) => Answers.Of(await ListAsync(board, job, token), ApiJson.Default.ResultsView));
        app.MapGet(Routes.ResultBytes, async (HttpContext http, string job, string receipt, long? offset, long? length) =>
        {
            if (!(await ListAsync(board, job, http.RequestAborted)).TryGet(out var results, out var problem))
            {
                await Answers.Of(problem).ExecuteAsync(http);
                return;
            }

            var total = results.Files.Sum(f => f.Bytes);
            var from = offset ?? 0;
            var count = length ?? total - from;
            if (results.ReceiptId != receipt)
                await Answers.Of(new Problem("receipt-other", "The results were brought home again meanwhile: there is another receipt.", "Begin anew:  lodger pull JOB", ExitCode.NotVerified, MayRetry: true)).ExecuteAsync(http);
            else if (from < 0 || count < 0 || from > total || count > total - from)
                await Answers.Of(RequestRules.Bad($"There are {total} bytes.")).ExecuteAsync(http);
            else
                await WriteAsync(http, results, from, count);
        });
    }

    private static async Task<Outcome<ResultsView>> ListAsync(JobBoard board, string job, CancellationToken cancellationToken)
    {
        if (!board.Find(job).TryGet(out var sight, out var unknown))
            return unknown;
        var state = sight.State;
        if (state.Focus is not { Receipt: not null } attempt)
            return new Problem("no-receipt", $"The results of {state.Name} are not home and proven yet.", $"lodger wait {state.Name} --for verified", ExitCode.NotVerified);
        var directory = JobBoard.BundleOf(state, attempt);
        var read = Receipt.Read(Path.Combine(directory, BundleLayout.ReceiptPath));
        if (read.Receipt is not { } receipt)
            return Lost(state.Name);
        try
        {
            List<ResultFile> files = [.. receipt.Files.Select(f => new ResultFile(f.Path, f.Bytes, f.Sha256))];
            foreach (var own in (string[])[BundleLayout.ManifestPath, BundleLayout.ReceiptPath])
            {
                await using var stream = File.OpenRead(Path.Combine(directory, own));
                files.Add(new ResultFile(own, stream.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken))));
            }

            return new ResultsView(state.Name, receipt.Id, directory, files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Lost(state.Name);
        }
    }

    /// <summary>The length is promised first: whoever gets less knows that it was cut off.</summary>
    private static async Task WriteAsync(HttpContext http, ResultsView results, long from, long count)
    {
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = count;
        foreach (var file in results.Files)
        {
            if (count == 0)
                return;
            if (from >= file.Bytes)
            {
                from -= file.Bytes;
                continue;
            }

            var part = Math.Min(count, file.Bytes - from);
            // A file that is not as the receipt says is not sent as if it were.
            if (Open(results.Directory, file) is not { } stream)
            {
                if (!http.Response.HasStarted)
                    await ProblemAnswers.WriteAsync(http, StatusCodes.Status409Conflict, Lost(results.Job));
                else
                    http.Abort();
                return;
            }

            await using (stream)
            {
                stream.Seek(from, SeekOrigin.Begin);
                await http.Response.StartAsync(http.RequestAborted);
                await CopyAsync(stream, http.Response.Body, part, http.RequestAborted);
            }

            (from, count) = (0, count - part);
        }
    }

    private static async Task CopyAsync(FileStream from, Stream into, long count, CancellationToken cancellationToken)
    {
        var buffer = new byte[128 << 10];
        while (count > 0)
        {
            var read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), cancellationToken);
            if (read == 0)
                throw new EndOfStreamException();
            await into.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            count -= read;
        }
    }

    /// <summary>Null: it is not there, is not as long, or there is a link on the way to it.</summary>
    private static FileStream? Open(string directory, ResultFile file)
    {
        try
        {
            var path = directory;
            foreach (var segment in file.Path.Split('/'))
            {
                path = Path.Combine(path, segment);
                if (segment is "" or "." or ".." || new FileInfo(path).LinkTarget is not null)
                    return null;
            }

            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
            if (stream.Length == file.Bytes)
                return stream;
            stream.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Answered as what it is for whoever asks: not there.
        }

        return null;
    }

    private static Problem Lost(string job) => new("results-lost", $"The results of {job} are not as they were proven, where the server keeps them: somebody moved or changed them.", "Whoever runs the server can look; what is still on the machine comes with  lodger pull JOB  there.", ExitCode.NotVerified);
}
