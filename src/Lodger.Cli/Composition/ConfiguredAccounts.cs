using System.Collections.Concurrent;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Profile;
using Lodger.Remote;
using Lodger.Remote.Ssh;
using Lodger.Vast;
using Lodger.Vast.Credentials;

namespace Lodger.Cli.Composition;

/// <summary>
/// From an account's name to the platform behind it: <c>local</c> is the embedded marketplace, <c>vastai</c> the key in the official client's places unless
/// <c>lodger login</c> stored one of that name, everything else a key that <c>lodger login</c> stored.
/// </summary>
internal sealed class ConfiguredAccounts(Places places, IReadOnlyDictionary<string, string> environment, EmbeddedMarket embedded, TimeProvider time) : IAccounts, IDisposable
{
    private readonly ConcurrentDictionary<string, OpenAccount> open = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<VastClient> clients = [];
    private readonly SemaphoreSlim opening = new(1, 1);

    public async Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken)
    {
        if (open.TryGetValue(name, out var known))
            return known;
        await opening.WaitAsync(cancellationToken);
        try
        {
            if (open.TryGetValue(name, out known))
                return known;
            var made = await MakeAsync(name, cancellationToken);
            if (made.IsOk)
                open[name] = made.Value;
            return made;
        }
        finally
        {
            opening.Release();
        }
    }

    public void Dispose()
    {
        foreach (var client in clients)
            client.Dispose();
        opening.Dispose();
    }

    private async Task<Outcome<OpenAccount>> MakeAsync(string name, CancellationToken cancellationToken)
    {
        var key = await LodgerKey.EnsureAsync(places, time, cancellationToken);
        if (!key.TryGet(out var publicKey, out var noKey))
            return noKey;
        return name == AccountNames.Local ? await LocalAsync(publicKey, cancellationToken) : Remote(name, publicKey);
    }

    private async Task<Outcome<OpenAccount>> LocalAsync(string publicKey, CancellationToken cancellationToken)
    {
        var started = await embedded.EnsureAsync(cancellationToken);
        if (!started.TryGet(out var door, out var problem))
            return problem;
        var options = new VastOptions { BaseUrl = door.Url, ApiKey = new ApiKey(door.ApiKey, "the local marketplace") };
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        return Open(AccountNames.Local, "local marketplace", new VastClient(options, time, new RevivingHandler(embedded, sockets)), door.Url, publicKey);
    }

    private Outcome<OpenAccount> Remote(string name, string publicKey)
    {
        if (!AccountNames.KeyOf(environment, name).TryGet(out var key, out var noKey))
        {
            return name == AccountNames.Official && noKey.Id == "no-key"
                ? noKey with { Message = $"{noKey.Message.TrimEnd('.')}. VAST_API_KEY counts as it was set where Lodger's server was started.", Fix = "Run: lodger login   Or, with VAST_API_KEY set: lodger server stop, then the command again: it starts the server anew." }
                : noKey;
        }

        if (!(key.Server is { } own ? own : VastUrl.From(environment)).TryGet(out var url, out var badUrl))
            return badUrl;
        return Open(name, $"vast.ai (account {name})", new VastClient(new VastOptions { BaseUrl = url, ApiKey = key }, time), url, publicKey);
    }

    private OpenAccount Open(string name, string market, VastClient client, Uri url, string publicKey)
    {
        clients.Add(client);
        var profile = ProfileReader.VastAi;
        var ssh = new SshOptions { IdentityFile = places.SshKey, KnownHostsDirectory = places.KnownHosts };
        return new OpenAccount(name, new VastMarket(client, market), new SshBox(ssh, profile, time), profile, url, publicKey, places.SshKey) { Hosts = new HostRsync(ssh, profile, time), Foreign = new ForeignBox(ssh, profile, time), Push = new VastPush(client) };
    }
}
