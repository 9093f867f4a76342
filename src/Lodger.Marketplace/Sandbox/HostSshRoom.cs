using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>The files and the sandbox of one host's own ssh server, which takes copies for the instances on it and runs nothing else.</summary>
/// <param name="Directory">Where they are.</param>
internal sealed record HostSshRoom(string Directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>User by which the platform's clients know a host.</summary>
    public const string User = "vastai_kaalia";

    public string Guest => Path.Combine(Directory, "guest");

    private string Etc => Path.Combine(Directory, "etc");

    /// <summary>The only place through which the server reaches the marketplace.</summary>
    public string Door => Path.Combine(Directory, "door");

    public string RunRecord => Path.Combine(Directory, "running");

    public string Log => Path.Combine(Directory, "ssh.log");

    private string HostKey => Path.Combine(Guest, "host_key");

    /// <summary>Makes what is not there yet. The host's key is made once: clients remember it.</summary>
    public async Task PrepareAsync(Machine machine, CancellationToken cancellationToken)
    {
        foreach (var folder in (string[])[Directory, Guest, Etc, Door])
            System.IO.Directory.CreateDirectory(folder);
        GuestFiles.WriteRelay(Guest);
        var (uid, gid) = machine.IsRoot ? ("0", "0") : await OwnIdsAsync(cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(Etc, "passwd"),
            $"{User}:*:{uid}:{gid}::/var/empty:/bin/sh\nsshd:*:100:65534::/run/sshd:/usr/sbin/nologin\nnobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
            cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Etc, "group"), $"{User}:*:{gid}:\nnogroup:*:65534:\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Etc, "nsswitch.conf"), "passwd: files\ngroup: files\nshadow: files\nhosts: files\n", cancellationToken);
        if (File.Exists(HostKey))
            return;
        var (status, said) = await DiskFiles.RunAsync(machine["ssh-keygen"], ["-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", HostKey], cancellationToken);
        if (status != 0)
            throw new SandboxException($"The host's key could not be made: {said.Trim()}");
        File.SetUnixFileMode(HostKey, OwnerOnly);
    }

    /// <summary>Writes who may copy. The server reads it at every login.</summary>
    /// <param name="keys">Type, base64 and name of each key.</param>
    public void WriteKeys(IEnumerable<(string Type, string Base64, string Name)> keys) =>
        GuestFiles.Write(Path.Combine(Guest, "keys"), string.Concat(keys.Select(key => $"restrict,command=\"/bin/bash /.lodger/relay {key.Name}\" {key.Type} {key.Base64}\n")));

    public void WriteConfig(int port, string greeting, bool penalizesSources) =>
        GuestFiles.Write(Path.Combine(Guest, "sshd_config"), string.Create(CultureInfo.InvariantCulture, $"""
            ListenAddress 127.0.0.1
            Port {port}
            VersionAddendum {greeting}
            HostKey /.lodger/host_key
            AuthorizedKeysFile /.lodger/keys
            PidFile none
            UsePAM no
            StrictModes no
            PermitRootLogin forced-commands-only
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitTTY no
            DisableForwarding yes
            UseDNS no
            {GuestFiles.QuickKeyExchange}
            PrintMotd no
            MaxStartups 100:30:300
            MaxSessions 100
            {(penalizesSources ? "PerSourcePenalties no" : "")}

            """));

    public IReadOnlyList<string> Command(Machine machine) => CageCommand.Fresh(
        machine,
        new Room { Guest = Guest, HostName = "host", Binds = [(Etc, "/etc", false), (Door, "/door", true)] },
        ["/bin/sh", "-c", "mkdir -p /run/sshd /var/empty && chmod 755 /run/sshd /var/empty && exec \"$0\" -D -e -f /.lodger/sshd_config", machine["sshd"]]);

    private static async Task<(string Uid, string Gid)> OwnIdsAsync(CancellationToken cancellationToken)
    {
        // The numbers of this process: field 2 of "Uid:" and "Gid:" in its status.
        var status = await File.ReadAllLinesAsync("/proc/self/status", cancellationToken);
        return (Field("Uid:"), Field("Gid:"));

        string Field(string name) => status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split('\t')[2];
    }
}
