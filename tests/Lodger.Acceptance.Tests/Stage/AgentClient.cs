using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>An agent's side of the Model Context Protocol, by its specification alone: a message a line, over the standard streams of <c>lodger mcp</c>.</summary>
internal sealed class AgentClient : IAsyncDisposable
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private int lastId;

    private AgentClient(Process process) => this.process = process;

    /// <param name="start">Of <c>lodger mcp</c>, all streams redirected.</param>
    public static async Task<AgentClient> StartAsync(ProcessStartInfo start, string name)
    {
        var client = new AgentClient(Process.Start(start)!);
        client.process.ErrorDataReceived += static (_, _) => { };
        client.process.BeginErrorReadLine();
        var hello = await client.AskAsync("initialize", new JsonObject
        {
            ["protocolVersion"] = "2025-06-18",
            ["capabilities"] = new JsonObject(),
            ["clientInfo"] = new JsonObject { ["name"] = name, ["version"] = "1" },
        });
        hello["serverInfo"]!["name"]!.GetValue<string>().ShouldBe("lodger");
        await client.WriteAsync(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = "notifications/initialized" });
        return client;
    }

    public async Task<IReadOnlyList<string>> ToolsAsync() =>
        [.. (await AskAsync("tools/list", []))["tools"]!.AsArray().Select(t => t!["name"]!.GetValue<string>())];

    /// <summary>What the tool said, its parts joined.</summary>
    public async Task<(string Text, bool IsError)> CallAsync(string tool, JsonObject? arguments = null)
    {
        var answer = await AskAsync("tools/call", new JsonObject { ["name"] = tool, ["arguments"] = arguments ?? [] });
        return (string.Join('\n', answer["content"]!.AsArray().Select(c => c!["text"]!.GetValue<string>())), answer["isError"]?.GetValue<bool>() ?? false);
    }

    private async Task<JsonObject> AskAsync(string method, JsonObject parameters)
    {
        var id = ++lastId;
        await WriteAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters });
        while (true)
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(AnswerMax) ?? throw new InvalidOperationException($"lodger mcp ended instead of answering {method}");
            var message = JsonNode.Parse(line)!.AsObject();
            if (message["id"] is JsonValue value && value.TryGetValue(out int answered) && answered == id)
                return message["result"]?.AsObject() ?? throw new InvalidOperationException($"{method}: {message["error"]}");
        }
    }

    private async Task WriteAsync(JsonObject message)
    {
        await process.StandardInput.WriteAsync(message.ToJsonString() + "\n");
        await process.StandardInput.FlushAsync();
    }

    /// <summary>Closes its input, at which it ends by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(AnswerMax);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }
    }
}
