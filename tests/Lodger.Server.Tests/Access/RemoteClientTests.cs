using Lodger.Server.Client;

namespace Lodger.Server.Tests.Access;

public sealed class RemoteClientTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8765/", false)]
    [InlineData("https://lab.example.org:8443/", true)]
    public void A_token_that_goes_without_TLS_goes_to_no_proxy(string address, bool mayUseProxy)
    {
        using var handler = ServerClient.HandlerOf(new Uri(address));
        handler.UseProxy.ShouldBe(mayUseProxy);
    }
}
