using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class PortRuleTests
{
    [Theory]
    [InlineData("8081", "8081/tcp")]
    [InlineData("8081/tcp", "8081/tcp")]
    [InlineData("8081/TCP", "8081/tcp")]
    [InlineData("514/udp", "514/udp")]
    [InlineData("22/udp", "22/udp")]
    [InlineData("1", "1/tcp")]
    [InlineData("65535", "65535/tcp")]
    [InlineData("008081", "8081/tcp")]
    public void A_port_has_one_spelling(string text, string port)
    {
        PortRule.TryParse(text, out var read, out _).ShouldBeTrue();
        read.ShouldBe(port);
    }

    [Theory]
    [InlineData("", "from 1 to 65535")]
    [InlineData("0", "from 1 to 65535")]
    [InlineData("65536", "from 1 to 65535")]
    [InlineData("-1", "from 1 to 65535")]
    [InlineData("+80", "from 1 to 65535")]
    [InlineData(" 80", "from 1 to 65535")]
    [InlineData("http", "from 1 to 65535")]
    [InlineData("8081/", "from 1 to 65535")]
    [InlineData("8081/sctp", "from 1 to 65535")]
    [InlineData("8081/tcp/udp", "from 1 to 65535")]
    [InlineData("8081-8090", "from 1 to 65535")]
    [InlineData("80:8081", "the platform's choice")]
    [InlineData("80:8081/tcp", "the platform's choice")]
    [InlineData("22", "ssh and always open")]
    [InlineData("22/tcp", "ssh and always open")]
    [InlineData("22/TCP", "ssh and always open")]
    public void What_cannot_be_opened_is_told_why(string text, string says)
    {
        PortRule.TryParse(text, out var read, out var complaint).ShouldBeFalse();
        read.ShouldBeEmpty();
        complaint.ShouldContain(says);
    }
}
