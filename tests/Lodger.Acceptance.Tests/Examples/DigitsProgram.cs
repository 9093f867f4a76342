using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Lodger.Acceptance.Tests.Examples;

/// <summary>The demo's training program, as a process of its own in a directory of its own.</summary>
internal sealed class DigitsProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly string Source = Find();

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("lodger-digits-").FullName;

    public string Results => Path.Combine(Directory, "results");

    public string Checkpoints => Path.Combine(Directory, "checkpoints");

    public IReadOnlyList<string> CheckpointFiles => [.. System.IO.Directory.GetFiles(Checkpoints, "step-*.safetensors").Order(StringComparer.Ordinal)];

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    /// <summary>Runs it; returns its lines. With <paramref name="killAfter"/> it is killed (SIGKILL) a little after so many progress lines.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken, int? killAfter = null, TimeSpan delay = default)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-B", Path.Combine(Source, "train.py"), "--out", Directory, "--steps", "40", "--batch", "16", "--checkpoint-every", "5"])
            start.ArgumentList.Add(argument);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        var lines = new List<string>();
        int steps = 0;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                lines.Add(line);
                if (line.StartsWith("step ", StringComparison.Ordinal) && ++steps == killAfter)
                {
                    await Task.Delay(delay, limit.Token);
                    process.Kill();
                }
            }

            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }

        if (killAfter is null)
            process.ExitCode.ShouldBe(0, await errors);
        return lines;
    }

    private static string Find([CallerFilePath] string here = "")
    {
        string directory = Path.GetDirectoryName(here)!;
        while (!File.Exists(Path.Combine(directory, "Lodger.slnx")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException($"no Lodger.slnx above {here}");
        return Path.Combine(directory, "examples", "digits");
    }
}
