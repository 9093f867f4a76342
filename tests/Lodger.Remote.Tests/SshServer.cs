using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Remote.Ssh;
using Lodger.Tests.Shared;

namespace Lodger.Remote.Tests;

/// <summary>A real sshd on a loopback port of its own in front of a <see cref="ScriptBox"/>.</summary>
internal sealed class SshServer : IDisposable
{
    private readonly ScriptBox box;
    private readonly string directory;
    private Process? daemon;

    public SshServer(ScriptBox box)
    {
        this.box = box;
        directory = Path.Combine(box.Root, "ssh");
        Directory.CreateDirectory(directory);
        // Where Debian's sshd wants its empty directory when it runs as root.
        if (Environment.UserName == "root")
        {
            Directory.CreateDirectory("/run/sshd");
        }

        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(directory, "client key"));
        NewHostKey();
        File.Copy(Path.Combine(directory, "client key.pub"), Path.Combine(directory, "authorized_keys"));
        Options = new SshOptions
        {
            IdentityFile = Path.Combine(directory, "client key"),
            KnownHostsDirectory = Path.Combine(directory, "known hosts"),
            User = Environment.UserName,
            TransferBackoff = TimeSpan.FromMilliseconds(50),
            ConnectTimeout = TimeSpan.FromMinutes(2),
        };
        Start();
    }

    public SshOptions Options { get; init; }

    public int Port { get; private set; }

    public BoxAddress Address => new("4711", new Endpoint("127.0.0.1", Port), IsProxy: false);

    public SshBox Box => new(Options, box.Profile, TimeProvider.System);

    public ForeignBox Foreign => new(Options, box.Profile, TimeProvider.System);

    public void Authorize(bool isAuthorized) =>
        File.WriteAllText(Path.Combine(directory, "authorized_keys"), isAuthorized ? File.ReadAllText(Path.Combine(directory, "client key.pub")) : "");

    /// <summary>Whatever is asked of it, this command is what the key runs.</summary>
    public void ForceCommand(string command) => File.WriteAllText(
        Path.Combine(directory, "authorized_keys"), $"restrict,command=\"{command.Replace("\"", "\\\"", StringComparison.Ordinal)}\" {File.ReadAllText(Path.Combine(directory, "client key.pub"))}");

    public void NewHostKey()
    {
        File.Delete(Path.Combine(directory, "host_key"));
        File.Delete(Path.Combine(directory, "host_key.pub"));
        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(directory, "host_key"));
    }

    public void Start()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            Port = FreePort.Next();
            File.WriteAllText(
                Path.Combine(directory, "sshd_config"),
                $"""
                 Port {Port}
                 ListenAddress 127.0.0.1
                 HostKey "{directory}/host_key"
                 AuthorizedKeysFile "{directory}/authorized_keys"
                 PidFile none
                 StrictModes no
                 UsePAM no
                 PasswordAuthentication no
                 PermitRootLogin yes
                 MaxStartups 100
                 SetEnv {string.Join(' ', box.Environment.Select(pair => $"\"{pair.Key}={pair.Value}\""))}

                 """);
            var start = new ProcessStartInfo("/usr/sbin/sshd", ["-D", "-e", "-f", Path.Combine(directory, "sshd_config")]) { RedirectStandardError = true, UseShellExecute = false };
            start.Environment["LODGER_TEST_BOX"] = box.Environment["LODGER_TEST_BOX"];
            daemon = Process.Start(start)!;
            daemon.ErrorDataReceived += (_, _) => { };
            daemon.BeginErrorReadLine();
            if (Answers())
            {
                return;
            }

            Stop();
        }

        throw new InvalidOperationException("sshd did not start on any port");
    }

    public void Stop()
    {
        try
        {
            daemon?.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException or IOException)
        {
            // Its descendants ended while they were listed, and it was stopped for that: it must not stay so.
            daemon?.Kill();
        }

        daemon?.WaitForExit();
        daemon?.Dispose();
        daemon = null;
    }

    public void Dispose() => Stop();

    private bool Answers()
    {
        for (var attempt = 0; attempt < 100 && !daemon!.HasExited; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                Thread.Sleep(50);
            }
        }

        return false;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
    }
}
