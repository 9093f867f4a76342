using Lodger.Domain.Box;
using Lodger.Remote.Script;

namespace Lodger.Remote.Tests;

/// <summary>A real sshd whose key runs a real rsync daemon and nothing else, as a host's does. Its module <c>4711</c> is the disk on which a <see cref="ScriptBox"/> lies.</summary>
internal sealed class HostServer : IDisposable
{
    private readonly ScriptBox box;
    private readonly SshServer server;

    public HostServer(ScriptBox box)
    {
        this.box = box;
        server = new SshServer(box);
        var config = Path.Combine(box.Root, "rsyncd.conf");
        var owner = Environment.UserName == "root" ? "uid = 0\ngid = 0\n" : "";
        File.WriteAllText(config, $"use chroot = no\nmunge symlinks = no\nnumeric ids = yes\nlist = no\nread only = no\n{owner}[4711]\npath = /\n");
        server.ForceCommand($"rsync --config={ShellQuote.Word(config)} --server --daemon .");
    }

    public int Port => server.Port;

    public HostDoor Door => new("4711", "127.0.0.1", server.Port, server.Options.User);

    public HostRsync Hosts => new(server.Options, box.Profile, TimeProvider.System);

    public SshServer Ssh => server;

    public void Dispose() => server.Dispose();
}
