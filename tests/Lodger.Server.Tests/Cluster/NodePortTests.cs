using Lodger.Server.Access;
using Lodger.Server.Cluster;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Tests.Cluster;

/// <summary>What a node answers the others, in its term and around it.</summary>
public sealed class NodePortTests
{
    private const string Key = "0123456789abcdef";

    [Theory]
    [InlineData("X-Lodger-Node-Key")]
    [InlineData("X-Lodger-Public-Key")]
    public async Task Around_its_term_a_node_answers_nobody_whatever_they_show(string header)
    {
        foreach (var key in (string?[])[null, Key])
        {
            var http = Request((header, Key), ("X-Lodger-From", "192.0.2.7"));
            await NodePort.AnswerAsync(http, key, null);
            http.Response.StatusCode.ShouldBe(StatusCodes.Status503ServiceUnavailable);
            Entrance.Of(http).ShouldBeNull();
        }
    }

    [Fact]
    public async Task In_its_term_it_answers_who_has_the_key_as_whom_the_other_node_saw()
    {
        List<Entrance?> answered = [];
        Task Answer(HttpContext http)
        {
            answered.Add(Entrance.Of(http));
            return Task.CompletedTask;
        }

        var stranger = Request(("X-Lodger-Node-Key", "fedcba9876543210"));
        await NodePort.AnswerAsync(stranger, Key, Answer);
        stranger.Response.StatusCode.ShouldBe(StatusCodes.Status401Unauthorized);
        answered.ShouldBeEmpty();

        await NodePort.AnswerAsync(Request(("X-Lodger-Public-Key", Key), ("X-Lodger-From", "192.0.2.7")), Key, Answer);
        await NodePort.AnswerAsync(Request(("X-Lodger-Node-Key", Key)), Key, Answer);
        answered.Select(e => e!.IsOwner).ShouldBe([false, true]);
    }

    private static DefaultHttpContext Request(params (string Name, string Value)[] headers)
    {
        var http = new DefaultHttpContext();
        http.Response.Body = Stream.Null;
        foreach (var (name, value) in headers)
            http.Request.Headers[name] = value;
        return http;
    }
}
