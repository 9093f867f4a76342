using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Processes;

/// <summary>What to run. Arguments are passed as they are, with no shell between; never put a secret into them.</summary>
public sealed record ChildCommand
{
    /// <summary>A program name looked up in PATH, or an absolute path.</summary>
    public required string Program { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Written to standard input, which is then closed; empty closes it at once.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>Set on top of what <see cref="InheritedEnvironment"/> lets through; a null value removes the name.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>After so long the process and its descendants are killed and the result is marked.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Output beyond so many bytes is read and dropped, and the result is marked.</summary>
    public int MaxOutputBytes { get; init; } = 1 << 20;

    /// <summary>Called with each block of standard output as it comes, in order; for progress. Returning false kills the process.</summary>
    public Func<ReadOnlyMemory<byte>, bool>? OnOutput { get; init; }
}

/// <summary>How a child process ended.</summary>
public enum ChildEnd
{
    /// <summary>By itself; the exit code is its own.</summary>
    Exited,

    /// <summary>Killed because its time was up.</summary>
    TimedOut,

    /// <summary>Killed because the reader of its output said so.</summary>
    Rejected,
}

/// <param name="ExitCode">As the process gave it; 128 + signal number when it was killed.</param>
/// <param name="IsTruncated">More came on one of the two streams than was kept.</param>
public sealed record ChildResult(ChildEnd End, int ExitCode, byte[] Output, byte[] Error, bool IsTruncated)
{
    /// <summary>Its output was given up before its end: what has no mark of its own at the end may not be whole.</summary>
    public bool IsCutOff { get; init; }

    public bool Succeeded => End == ChildEnd.Exited && ExitCode == 0;

    public string OutputText => Encoding.UTF8.GetString(Output);

    public string ErrorText => Encoding.UTF8.GetString(Error);
}

/// <summary>The one way in which a program is run: bounded in time and output, without a shell, killed with its descendants by pid.</summary>
public static class ChildProcess
{
    /// <summary>ENOENT.</summary>
    private const int NoSuchFile = 2;

    /// <summary>
    /// Once it has exited, what it wrote last waits in the pipes, and what is not read is missing from its output without a word. Its end is given up, because a descendant holds it, when twice in a row nothing
    /// came for so long: a machine that stood still wakes up with the first of them over, and reads on during the second.
    /// </summary>
    private static readonly TimeSpan DrainQuiet = TimeSpan.FromSeconds(3);

    /// <summary>A descendant that goes on writing is listened to for so many times that.</summary>
    private const int DrainRounds = 10;

    /// <summary>Runs to the end. A problem only when the program cannot be started; cancellation kills the process and throws.</summary>
    public static async Task<Outcome<ChildResult>> RunAsync(ChildCommand command, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = StartInfoOf(command) };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            return new Problem(
                "program-missing",
                error.NativeErrorCode == NoSuchFile
                    ? $"The program '{command.Program}' is not on this machine, or not on the PATH."
                    : $"The program '{command.Program}' cannot be started: {error.Message}.",
                $"Install it (on Debian and Ubuntu: apt-get install {PackageOf(command.Program)}).",
                ExitCode.Prerequisite);
        }

        using var deadline = new CancellationTokenSource(command.Timeout, time);
        using var rejected = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, rejected.Token);
        var output = new BoundedBuffer(command.MaxOutputBytes);
        var error2 = new BoundedBuffer(Math.Min(command.MaxOutputBytes, 64 * 1024));
        using var readers = new CancellationTokenSource();
        var readingOutput = ReadAsync(process.StandardOutput.BaseStream, output, command.OnOutput, rejected, readers.Token);
        var reading = Task.WhenAll(readingOutput, ReadAsync(process.StandardError.BaseStream, error2, null, rejected, readers.Token));
        var writing = WriteAsync(process.StandardInput.BaseStream, command.Input, readers.Token);
        var end = ChildEnd.Exited;
        try
        {
            await process.WaitForExitAsync(either.Token);
            using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, rejected.Token);
            await DrainAsync(reading, () => output.Taken + error2.Taken, time, unwanted.Token);
        }
        catch (OperationCanceledException)
        {
            end = rejected.IsCancellationRequested ? ChildEnd.Rejected : ChildEnd.TimedOut;
        }
        finally
        {
            await KillAsync(process);
            await readers.CancelAsync();
            await Task.WhenAll(reading, writing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        end = rejected.IsCancellationRequested ? ChildEnd.Rejected : end;
        return new ChildResult(end, process.ExitCode, output.ToArray(), error2.ToArray(), output.IsTruncated || error2.IsTruncated) { IsCutOff = !await readingOutput };
    }

    private static ProcessStartInfo StartInfoOf(ChildCommand command)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        InheritedEnvironment.Reduce(start.Environment);
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>A descendant may hold the pipes open for longer than the process itself lives. That its time was up meanwhile cuts off nothing that it had written.</summary>
    private static async Task DrainAsync(Task reading, Func<long> taken, TimeProvider time, CancellationToken cancellationToken)
    {
        var quiet = 0;
        for (var round = 0; round < DrainRounds && quiet < 2 && !reading.IsCompleted && !cancellationToken.IsCancellationRequested; round++)
        {
            var before = taken();
            await Task.WhenAny(reading, Task.Delay(DrainQuiet, time, cancellationToken));
            quiet = taken() == before ? quiet + 1 : 0;
        }
    }

    private static async Task KillAsync(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException or IOException)
        {
            // It ended between the question and the kill; or its descendants could not be listed, and it was stopped for that: it must not stay so.
            process.Kill();
        }

        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <returns>To its end.</returns>
    private static async Task<bool> ReadAsync(
        Stream stream, BoundedBuffer buffer, Func<ReadOnlyMemory<byte>, bool>? observe, CancellationTokenSource rejected, CancellationToken cancellationToken)
    {
        var block = new byte[32 * 1024];
        try
        {
            while (await stream.ReadAsync(block, cancellationToken) is > 0 and var count)
            {
                buffer.Append(block.AsSpan(0, count));
                if (observe is not null && !observe(block.AsMemory(0, count)))
                {
                    await rejected.CancelAsync();
                    return false;
                }
            }

            return true;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The process is over or was given up; what came until then is kept.
            return false;
        }
    }

    private static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(input, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It did not want all of its input; its exit code says whether that is an error.
        }

        try
        {
            stream.Close();
        }
        catch (IOException)
        {
            // Closing flushes, and the reader may be gone.
        }
    }

    private static string PackageOf(string program) => program switch
    {
        "ssh" or "ssh-keygen" => "openssh-client",
        _ => Path.GetFileName(program),
    };
}
