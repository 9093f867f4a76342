using Lodger.Server.Access;

namespace Lodger.Server.Tests.Access;

public sealed class DoorOptionsTests
{
    [Theory]
    [InlineData("127.0.0.1:8765", null, null, false, null)]
    [InlineData("[::1]:8765", null, null, false, null)]
    [InlineData("0.0.0.0:8443", "/c.pem", "/k.pem", false, null)]
    [InlineData("10.0.0.5:8080", null, null, true, null)]
    [InlineData("0.0.0.0:8443", null, null, false, "tls-needed")]
    [InlineData("10.0.0.5:8443", null, null, false, "tls-needed")]
    [InlineData("[::]:8443", null, null, false, "tls-needed")]
    [InlineData("127.0.0.1:8765", "/c.pem", null, false, "tls-half")]
    [InlineData("127.0.0.1:8765", null, "/k.pem", false, "tls-half")]
    [InlineData("127.0.0.1:8765", "/c.pem", "/k.pem", true, "tls-twice")]
    [InlineData("lab.example.org:8443", "/c.pem", "/k.pem", false, "listen-unreadable")]
    [InlineData("127.0.0.1", null, null, false, "listen-unreadable")]
    [InlineData("8443", null, null, false, "listen-unreadable")]
    [InlineData("", null, null, false, "listen-unreadable")]
    public void Nothing_is_opened_in_the_clear_to_other_machines(string listen, string? certificate, string? key, bool behindProxy, string? refused) =>
        (DoorOptions.Parse(listen, certificate, key, behindProxy).Problem?.Id).ShouldBe(refused);
}
