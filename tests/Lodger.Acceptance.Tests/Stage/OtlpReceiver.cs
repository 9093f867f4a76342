using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>A span, or a figure, as it arrived.</summary>
internal sealed record Received(string Scope, string Name, IReadOnlyDictionary<string, string> Attributes, double? Value);

/// <summary>A collector: takes OTLP as protobuf over HTTP on loopback and reads what is looked at here (opentelemetry-proto 1.x: trace.proto, metrics.proto).</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication listener;

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        listener = builder.Build();
        listener.Run(TakeAsync);
    }

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver.listener.StartAsync();
        receiver.Address = receiver.listener.Urls.Single() + "/";
        return receiver;
    }

    public string Address { get; private set; } = "";

    public ConcurrentQueue<Received> Spans { get; } = [];

    public ConcurrentQueue<Received> Figures { get; } = [];

    /// <summary>Everything that came, as text: what is in it as a string shows.</summary>
    public ConcurrentQueue<string> Raw { get; } = [];

    public ConcurrentQueue<string> Resources { get; } = [];

    public ValueTask DisposeAsync() => listener.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var bytes = body.ToArray();
        Raw.Enqueue(Encoding.Latin1.GetString(bytes));
        var isTrace = http.Request.Path == "/v1/traces";
        foreach (var (_, resource) in Messages(bytes).Where(f => f.Field == 1))
        {
            foreach (var (_, described) in Messages(resource).Where(f => f.Field == 1))
                Resources.Enqueue(string.Join(' ', Attributes(described, 1).Select(a => $"{a.Key}={a.Value}")));
            foreach (var (_, scope) in Messages(resource).Where(f => f.Field == 2))
            {
                var name = Messages(scope).Where(f => f.Field == 1).Select(f => Text(f.Bytes, 1)).FirstOrDefault("");
                foreach (var (_, item) in Messages(scope).Where(f => f.Field == 2))
                    Take(isTrace, name, item);
            }
        }

        http.Response.ContentType = "application/x-protobuf";
    }

    private void Take(bool isTrace, string scope, byte[] item)
    {
        if (isTrace)
        {
            Spans.Enqueue(new Received(scope, Text(item, 5), Attributes(item, 9), null));
            return;
        }

        foreach (var (_, gauge) in Messages(item).Where(f => f.Field == 5))
        {
            foreach (var (_, point) in Messages(gauge).Where(f => f.Field == 1))
                Figures.Enqueue(new Received(scope, Text(item, 1), Attributes(point, 7), Double(point, 4)));
        }
    }

    private static Dictionary<string, string> Attributes(byte[] message, int field) =>
        Messages(message).Where(f => f.Field == field).ToDictionary(f => Text(f.Bytes, 1), f => Messages(f.Bytes).Where(v => v.Field == 2).Select(v => Any(v.Bytes)).FirstOrDefault(""));

    private static string Any(byte[] value)
    {
        foreach (var (field, wire, bytes, number) in Fields(value))
            return field == 1 && wire == 2 ? Encoding.UTF8.GetString(bytes) : $"{number}";
        return "";
    }

    private static string Text(byte[] message, int field) => Messages(message).Where(f => f.Field == field).Select(f => Encoding.UTF8.GetString(f.Bytes)).FirstOrDefault("");

    private static double? Double(byte[] message, int field)
    {
        foreach (var (number, wire, _, bits) in Fields(message))
        {
            if (number == field && wire == 1)
                return BitConverter.Int64BitsToDouble((long)bits);
        }

        return null;
    }

    private static IEnumerable<(int Field, byte[] Bytes)> Messages(byte[] message) => Fields(message).Where(f => f.Wire == 2).Select(f => (f.Field, f.Bytes));

    /// <summary>The wire format: field number and type, then a varint, eight bytes, a length and so many, or four bytes.</summary>
    private static IEnumerable<(int Field, int Wire, byte[] Bytes, ulong Number)> Fields(byte[] message)
    {
        var at = 0;
        while (at < message.Length)
        {
            var tag = Varint(message, ref at);
            var (field, wire) = ((int)(tag >> 3), (int)(tag & 7));
            switch (wire)
            {
                case 0:
                    yield return (field, wire, [], Varint(message, ref at));
                    break;
                case 1:
                    yield return (field, wire, [], BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    yield return (field, wire, message[at..(at + length)], 0);
                    at += length;
                    break;
                default:
                    yield return (field, wire, [], BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)));
                    at += 4;
                    break;
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
