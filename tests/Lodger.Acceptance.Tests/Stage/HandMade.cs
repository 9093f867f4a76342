using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>A rental that a person made with calls of their own and reaches with a key of their own: nothing of Lodger is in it.</summary>
internal sealed class HandMade : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    private readonly HttpClient api;
    private readonly string key;

    private HandMade(MarketStage market, string directory)
    {
        api = new HttpClient { BaseAddress = new Uri($"{market.Access.Url}/api/v0/") };
        api.DefaultRequestHeaders.Authorization = new("Bearer", market.Access.ApiKey);
        key = Path.Combine(directory, "by-hand");
    }

    public string Id { get; private set; } = "";

    /// <summary>Returns when it lets its maker in.</summary>
    /// <param name="offer">The one to rent.</param>
    public static async Task<HandMade> MakeAsync(MarketStage market, string directory, string offer)
    {
        var made = new HandMade(market, directory);
        await RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", made.key]);
        using var registered = await made.api.PostAsJsonAsync("ssh/", new { ssh_key = (await File.ReadAllTextAsync(made.key + ".pub")).Trim() });
        registered.EnsureSuccessStatusCode();
        using var created = await made.api.PutAsJsonAsync($"asks/{offer}/", new { client_id = "me", image = "python:3.12-slim", disk = 10, runtype = "ssh_direct", label = "by hand" });
        made.Id = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("new_contract").ToString();
        var end = DateTimeOffset.UtcNow + Bound;
        while (await made.TrySshAsync("true") is null)
        {
            if (DateTimeOffset.UtcNow > end)
                throw new TimeoutException("The rental does not let its maker in.");
            await Task.Delay(200);
        }

        return made;
    }

    public async Task<JsonElement> ShowAsync() => (await api.GetFromJsonAsync<JsonElement>($"instances/{Id}/")).GetProperty("instances");

    /// <summary>What the command printed there.</summary>
    public async Task<string> SshAsync(string command) => await TrySshAsync(command) ?? throw new InvalidOperationException($"ssh failed: {command}");

    public async Task StateAsync(string state)
    {
        using var answer = await api.PutAsJsonAsync($"instances/{Id}/", new { state });
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose() => api.Dispose();

    private async Task<string?> TrySshAsync(string command)
    {
        var shown = await ShowAsync();
        if (!shown.TryGetProperty("ports", out var ports) || ports.ValueKind != JsonValueKind.Object || !ports.TryGetProperty("22/tcp", out var mapped))
            return null;
        var port = mapped[0].GetProperty("HostPort").ToString();
        return await RunAsync(
            "ssh",
            [
                "-i", key, "-p", port, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=180", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                $"root@{shown.GetProperty("public_ipaddr").GetString()!.Trim()}", command,
            ]);
    }

    private static async Task<string?> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false })!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Bound);
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0 ? texts[0] : null;
    }
}
