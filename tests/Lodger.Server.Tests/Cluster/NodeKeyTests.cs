using Lodger.Server.Access;
using Lodger.Server.Cluster;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Tests.Cluster;

/// <summary>What a node says to the leader about where a request came in, and what a request can make it say.</summary>
public sealed class NodeKeyTests
{
    private const string Key = "0123456789abcdef";

    [Fact]
    public void Where_a_request_came_in_is_what_the_node_says()
    {
        Passed(Entrance.Socket).ShouldBe(Entrance.Socket);
        Passed(new Entrance(false, "192.0.2.7", true)).ShouldBe(new Entrance(false, "192.0.2.7", true));
        Passed(new Entrance(false, "::1", false, "[::1]:8765")).ShouldBe(new Entrance(false, "::1", false, "[::1]:8765"));
    }

    [Fact]
    public void What_a_stranger_writes_into_the_headers_makes_nobody_of_them()
    {
        (string, string)[] forged = [("X-Lodger-Node-Key", Key), ("X-Lodger-Public-Key", Key), ("X-Lodger-From", "socket"), ("X-Lodger-Secure", "yes"), ("X-Lodger-Listener", "127.0.0.1:1")];
        Passed(new Entrance(false, "192.0.2.7", false, "127.0.0.1:2"), forged).ShouldBe(new Entrance(false, "192.0.2.7", false, "127.0.0.1:2"));
    }

    [Fact]
    public void Without_the_key_of_the_term_nothing_is_believed()
    {
        var http = new DefaultHttpContext();
        NodeKey.EntranceOf(http, Key).ShouldBeNull();
        http.Request.Headers["X-Lodger-Node-Key"] = "fedcba9876543210";
        NodeKey.EntranceOf(http, Key).ShouldBeNull();
        http.Request.Headers["X-Lodger-Node-Key"] = new([Key, Key]);
        NodeKey.EntranceOf(http, Key).ShouldBeNull();
        http.Request.Headers.Clear();
        http.Request.Headers["X-Lodger-Public-Key"] = Key;
        NodeKey.EntranceOf(http, Key).ShouldBeNull("it does not say who asks");
    }

    /// <summary>A leader of before takes the first header for the node's own user and knows no other one.</summary>
    [Fact]
    public void A_stranger_is_never_passed_on_under_the_header_of_the_nodes_own_user()
    {
        using var request = new HttpRequestMessage();
        NodeKey.Show(request.Headers, Key, new Entrance(false, "192.0.2.7", true));
        request.Headers.Contains(NodeKey.Header).ShouldBeFalse();
    }

    private static Entrance? Passed(Entrance entrance, params (string Name, string Value)[] forged)
    {
        using var request = new HttpRequestMessage();
        foreach (var (name, value) in forged)
            request.Headers.Add(name, value);
        NodeKey.Show(request.Headers, Key, entrance);
        var http = new DefaultHttpContext();
        foreach (var (name, values) in request.Headers)
            http.Request.Headers[name] = values.ToArray();
        return NodeKey.EntranceOf(http, Key);
    }
}
