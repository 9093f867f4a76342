using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Profile;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;

namespace Lodger.Bench.Transfer;

/// <summary>A directory with files of a kind, behind a real sshd, as a rented machine has them.</summary>
internal sealed class Host : IDisposable
{
    private readonly string directory;
    private readonly Process daemon;

    public Host(string root, PlatformProfile profile)
    {
        directory = Directory.CreateDirectory(Path.Combine(root, "ssh")).FullName;
        if (Environment.UserName == "root")
        {
            // Where Debian's sshd wants its empty directory when it runs as root.
            Directory.CreateDirectory("/run/sshd");
        }

        Key = Path.Combine(directory, "key");
        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Key);
        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(directory, "host"));
        File.Copy(Key + ".pub", Path.Combine(directory, "authorized"));
        Port = FreePort();
        File.WriteAllText(
            Path.Combine(directory, "config"),
            $"Port {Port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/authorized\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n");
        daemon = Process.Start(new ProcessStartInfo("/usr/sbin/sshd", ["-D", "-q", "-f", Path.Combine(directory, "config")]) { UseShellExecute = false })!;
        var layout = BoxLayout.Of(profile);
        Workdir = Directory.CreateDirectory(Path.Combine(root, "workdir")).FullName;
        Directory.CreateDirectory(layout.StateDirectory);
        Directory.CreateDirectory(layout.PayloadDirectory);
        File.WriteAllText(Path.Combine(layout.PayloadDirectory, "workdir"), Workdir + "\n");
        Options = new SshOptions { IdentityFile = Key, KnownHostsDirectory = Path.Combine(directory, "known"), User = Environment.UserName };
        WaitUntilItAnswers();
    }

    public int Port { get; }

    public string Key { get; }

    public string Workdir { get; }

    public SshOptions Options { get; }

    public static BoxAddress At(int port) => new("1", new Endpoint("127.0.0.1", port), IsProxy: false);

    /// <summary>What a person types after <c>rsync -e</c>.</summary>
    public string PlainShell(int port) => $"ssh -F /dev/null -i {Key} -p {port} -o StrictHostKeyChecking=no -o UserKnownHostsFile={directory}/known-plain -o LogLevel=ERROR";

    public void Dispose()
    {
        daemon.Kill(entireProcessTree: true);
        daemon.WaitForExit();
        daemon.Dispose();
    }

    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: status {process.ExitCode}");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void WaitUntilItAnswers()
    {
        for (var i = 0; i < 200; i++)
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", Port);
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(50);
            }
        }

        throw new InvalidOperationException("sshd does not answer");
    }
}
