using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Copying;

/// <summary>
/// The hosts' ssh servers, each started when somebody first asks for a copy there. Who may copy what is decided at each connection: an account's keys open that
/// account's own instances on that host, and no others.
/// </summary>
internal sealed class HostDoors(Book book, Lifecycle life, ISandboxHost host, string directory) : IAsyncDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);
    private readonly Dictionary<long, (IHostSsh Ssh, CopyDoor Door)> _open = [];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _ended;

    /// <summary>Port of the host's ssh server, which lets in the keys of everybody who rents there now. Called without the book's lock.</summary>
    public async Task<int> OpenAsync(long machineId)
    {
        await _turn.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (_open.TryGetValue(machineId, out var open) && open.Ssh.Exited.IsCompleted) await CloseAsync(machineId);
            if (!_open.TryGetValue(machineId, out open))
            {
                var folder = Path.Combine(directory, machineId.ToString(CultureInfo.InvariantCulture));
                using var bound = new CancellationTokenSource(StartBound);
                var ssh = await host.StartHostSshAsync(folder, bound.Token);
                open = (ssh, new CopyDoor(host, Path.Combine(folder, "door"), (key, module) => Find(machineId, key, module)));
                _open[machineId] = open;
            }

            open.Ssh.LetIn(KeysOf(machineId));
            return open.Ssh.Port;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        try
        {
            _ended = true;
            await Task.WhenAll(_open.Keys.ToList().Select(CloseAsync));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task CloseAsync(long machineId)
    {
        if (!_open.Remove(machineId, out var open)) return;
        try
        {
            await open.Ssh.DisposeAsync();
        }
        finally
        {
            await open.Door.DisposeAsync();
        }
    }

    private List<(string Type, string Base64, string Name)> KeysOf(long machineId)
    {
        lock (book.Lock)
        {
            var tenants = book.Alive.Where(c => c.MachineId == machineId).Select(c => c.AccountId).ToHashSet();
            return [.. book.Accounts.Where(a => tenants.Contains(a.Id)).SelectMany(a => a.SshKeys).Select(k => Read(k.PublicKey)).OfType<(string, string, string)>().Distinct()];
        }
    }

    private CopyTarget? Find(long machineId, string key, string module)
    {
        var number = module.StartsWith("C.", StringComparison.Ordinal) ? module[2..] : module;
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return null;
        lock (book.Lock)
        {
            if (book.FindContract(id) is not { HasDisk: true } contract || contract.MachineId != machineId || !IsReachable(contract)) return null;
            if (book.FindAccount(contract.AccountId)?.SshKeys.Any(k => Read(k.PublicKey)?.Name == key) != true) return null;
            return new CopyTarget(life.SpecOf(contract), life.BoxOf(contract).Traffic, () =>
            {
                lock (book.Lock) return IsReachable(contract);
            });
        }
    }

    private bool IsReachable(Contract contract) => contract.IsAlive && !book.OfflineMachines.Contains(contract.MachineId);

    /// <summary>Type, base64 and a name for a key line without options; null for anything else, which opens nothing.</summary>
    private static (string Type, string Base64, string Name)? Read(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || !words[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '@') || !words[1].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '='))
            return null;
        return (words[0], words[1], Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(words[1])).AsSpan(0, 16)));
    }
}
