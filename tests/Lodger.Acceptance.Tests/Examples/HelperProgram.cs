using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Lodger.Acceptance.Tests.Examples;

/// <summary>Debian's Python with examples/lodger_checkpoint.py at hand, in a directory of its own.</summary>
internal sealed class HelperProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static readonly string Here = OwnDirectory();

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("lodger-helper-").FullName;

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    public Task<(int ExitCode, string Output, string Errors)> RunScriptAsync(string script, CancellationToken cancellationToken) => RunAsync(["-c", script], cancellationToken);

    public Task<(int ExitCode, string Output, string Errors)> RunFileAsync(string name, string[] arguments, CancellationToken cancellationToken) =>
        RunAsync([Path.Combine(Here, name), .. arguments], cancellationToken);

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-B", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory,
        };
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("LODGER_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["PYTHONPATH"] = Path.GetFullPath(Path.Combine(Here, "../../../examples"));
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token), errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string OwnDirectory([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
