using System.Net;
using System.Net.Sockets;
using Lodger.Marketplace.Network;

namespace Lodger.Marketplace.Tests.Network;

public class ForwarderTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_go_both_ways_and_are_counted_as_the_instance_sees_them()
    {
        using var echo = new Echo();
        var traffic = new Traffic(5, 7);
        await using var forwarder = new Forwarder(traffic, limit: null, echo.Port);
        var sent = new byte[300_000];
        Random.Shared.NextBytes(sent);
        (await RoundTripAsync(forwarder.Port, sent)).ShouldBe(sent);
        traffic.DownloadedBytes.ShouldBe(7 + 300_000);
        traffic.UploadedBytes.ShouldBe(5 + 300_000);
    }

    [Fact]
    public async Task Without_a_target_it_hangs_up_and_with_one_it_serves()
    {
        using var echo = new Echo();
        await using var forwarder = new Forwarder(new Traffic(0, 0), limit: null);
        (await RoundTripAsync(forwarder.Port, [])).ShouldBeEmpty();
        forwarder.PointTo(echo.Port);
        (await RoundTripAsync(forwarder.Port, [1, 2, 3])).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Closing_it_cuts_live_connections()
    {
        using var echo = new Echo();
        var forwarder = new Forwarder(new Traffic(0, 0), limit: null, echo.Port);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, forwarder.Port, Cancelled);
        await client.GetStream().WriteAsync(new byte[] { 1 }, Cancelled);
        (await client.GetStream().ReadAsync(new byte[1], Cancelled)).ShouldBe(1);
        await forwarder.DisposeAsync();
        var ended = false;
        try
        {
            ended = await client.GetStream().ReadAsync(new byte[1], Cancelled) == 0;
        }
        catch (IOException)
        {
            ended = true;
        }

        ended.ShouldBeTrue();
    }

    [Fact]
    public async Task The_proxy_is_as_slow_as_ordered()
    {
        using var echo = new Echo();
        await using var forwarder = new Forwarder(new Traffic(0, 0), new TokenBucket(1_000_000, 100_000, TimeProvider.System), echo.Port);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await RoundTripAsync(forwarder.Port, new byte[250_000]);
        // 500 kB in both directions, of which the burst covers 100 kB.
        clock.Elapsed.TotalSeconds.ShouldBeGreaterThanOrEqualTo(0.35);
    }

    private static async Task<byte[]> RoundTripAsync(int port, byte[] sent)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Cancelled);
        var stream = client.GetStream();
        var received = new MemoryStream();
        var reading = stream.CopyToAsync(received, Cancelled);
        if (sent.Length > 0)
        {
            await stream.WriteAsync(sent, Cancelled);
            client.Client.Shutdown(SocketShutdown.Send);
        }

        await reading;
        return received.ToArray();
    }

    /// <summary>Sends everything back, and ends when its peer does.</summary>
    private sealed class Echo : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Echo()
        {
            _listener.Start();
            _ = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync(Cancelled);
                    await client.GetStream().CopyToAsync(client.GetStream(), Cancelled);
                }
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
