using System.Net;
using System.Net.Sockets;
using System.Text;
using Lodger.Vast.Tests.Script;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Tests.Client;

/// <summary>Over a real connection, because what unpacks an answer is the platform's own client code and not ours.</summary>
public sealed class GarbledAnswerTests : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => listener.Dispose();

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_that_is_not_packed_as_it_says_is_a_problem_and_no_exception(string encoding)
    {
        using var client = Start(encoding);

        (await client.ListAsync(Token)).Problem.ShouldNotBeNull().Id.ShouldBe("market-unreachable");
        (await client.DestroyAsync(4711, Token)).Problem.ShouldNotBeNull().Id.ShouldBe("market-unreachable");
    }

    [Fact]
    public async Task After_one_to_a_create_there_may_be_a_rental()
    {
        using var client = Start("gzip");

        (await client.CreateAsync(5, new CreateInstance { Image = "i", Disk = 10 }, Token)).Problem.ShouldNotBeNull().Id.ShouldBe("rent-unclear");
    }

    private VastClient Start(string encoding)
    {
        listener.Start();
        _ = ServeAsync(encoding);
        return new VastClient(ScriptedServer.Options($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", triesMax: 1));
    }

    private async Task ServeAsync(string encoding)
    {
        try
        {
            while (true)
            {
                using var caller = await listener.AcceptTcpClientAsync(Token);
                var stream = caller.GetStream();
                (await stream.ReadAsync(new byte[16 * 1024], Token)).ShouldBePositive();
                const string body = "{\"success\": true, and nothing of it is packed}";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            // The test is over.
        }
    }
}
