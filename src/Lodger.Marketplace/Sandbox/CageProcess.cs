using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Lodger.Marketplace.Sandbox;

/// <summary>One running chain of <see cref="CageCommand"/>: who it is, what it says, how it ends.</summary>
internal sealed class CageProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <summary>How long what was killed may take to be gone.</summary>
    public static readonly TimeSpan DeathLimit = TimeSpan.FromSeconds(60);

    private readonly Process _outer;
    private readonly Stream _input;
    private readonly Stream _output;

    private CageProcess(Process outer, Stream output, ProcessIdentity first)
    {
        _outer = outer;
        _input = outer.StandardInput.BaseStream;
        _output = output;
        First = first;
        Exited = WaitAsync();
    }

    /// <summary>First process of the outer pid namespace; when it is gone, all in it is gone.</summary>
    public ProcessIdentity First { get; }

    /// <summary>What the sandbox writes, both streams in order unless they were to stay apart.</summary>
    public Stream Output => _output;

    /// <summary>The error stream of a sandbox whose streams stay apart.</summary>
    public Stream Error => _outer.StandardError.BaseStream;

    /// <summary>Where <see cref="SendAsync"/> writes.</summary>
    public Stream Input => _input;

    /// <summary>Completes with the exit status when everything in the sandbox is gone.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts the chain; returns once its first process has said who it is.</summary>
    /// <exception cref="SandboxException">The chain ended before its first word.</exception>
    public static async Task<CageProcess> StartAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        // Nothing of our own environment is the tenant's business.
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

        var outer = await LaunchAsync(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            var output = outer.StandardOutput.BaseStream;
            var line = await ReadLineAsync(output, limit.Token);
            if (ProcessIdentity.Parse(line) is { } first)
            {
                // cage.sh joins both streams; what came on stderr before is kept for the error below only.
                return new CageProcess(outer, output, first);
            }
            var said = line + await outer.StandardError.ReadToEndAsync(limit.Token);
            throw new SandboxException($"The sandbox could not be built: {said.Trim()}");
        }
        catch
        {
            outer.Kill();
            await outer.WaitForExitAsync(CancellationToken.None);
            outer.Dispose();
            throw;
        }
    }

    /// <summary>Writes to the sandbox's stdin; a sandbox that died meanwhile is noticed by its exit, not here.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _input.WriteAsync(bytes, cancellationToken);
            await _input.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            // Broken pipe.
        }
        catch (ObjectDisposedException)
        {
            // The same, after the exit was noticed.
        }
    }

    public void EndInput()
    {
        try
        {
            _input.Dispose();
        }
        catch (IOException)
        {
            // Broken pipe.
        }
    }

    /// <summary>SIGKILL to the first process, and so by the kernel to all in its pid namespace; returns when they are gone.</summary>
    public async Task KillAsync()
    {
        First.Kill();
        await Exited.WaitAsync(DeathLimit);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _outer.Dispose();
    }

    private async Task<int> WaitAsync()
    {
        await _outer.WaitForExitAsync(CancellationToken.None);
        // Ordinarily the outer process has just reaped the first one. Was the outer one killed, the first gets its own death signal.
        await First.WaitGoneAsync(TimeSpan.MaxValue);
        return _outer.ExitCode;
    }

    private static async Task<Process> LaunchAsync(ProcessStartInfo start)
    {
        try
        {
            return await LaunchThread.StartAsync(start);
        }
        catch (Win32Exception missing)
        {
            throw new SandboxException($"{start.FileName} could not be started: {missing.Message}");
        }
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < 4096 && await stream.ReadAsync(one, cancellationToken) == 1 && one[0] != '\n')
            line.Append((char)one[0]);
        return line.ToString();
    }
}
