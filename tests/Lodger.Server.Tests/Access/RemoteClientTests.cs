using System.Net;
using System.Net.Sockets;
using System.Text;
using Lodger.Server.Client;

namespace Lodger.Server.Tests.Access;

public sealed class RemoteClientTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8765/", false)]
    [InlineData("https://lab.example.org:8443/", true)]
    public void A_token_that_goes_without_TLS_goes_to_no_proxy(string address, bool mayUseProxy)
    {
        using var handler = ServerLine.HandlerOf(new Uri(address));
        handler.UseProxy.ShouldBe(mayUseProxy);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "server-unreachable", "as one that is ending answers")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[", "server-unreachable", "it ended in the middle of its answer")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\n<p>", "server-answer-unreadable", "somebody else answered")]
    public async Task An_answer_that_was_cut_off_is_no_answer(string answer, string problem, string why)
    {
        var token = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new ServerClient(new Uri($"http://{listener.LocalEndpoint}"), "t");
        var asked = client.JobsAsync(false, token);
        using (var connection = await listener.AcceptTcpClientAsync(token))
        {
            _ = await connection.GetStream().ReadAsync(new byte[4096], token);
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), token);
        }

        (await asked).Problem!.Id.ShouldBe(problem, why);
    }
}
