using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Cluster;

/// <summary>Where the other nodes ask this one. It answers as the leader or not at all: what a node that follows answers its own user is for nobody else.</summary>
internal static class NodePort
{
    /// <param name="key">Of the term that this node leads just now; null: it does not lead, or is not sure of it.</param>
    /// <param name="answer">What answers in that term, and lets in whom it answers; null: its term only begins, or ends.</param>
    public static Task AnswerAsync(HttpContext http, string? key, RequestDelegate? answer)
    {
        if (key is null)
            return ProblemAnswers.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, Following.NoLeader);
        if (NodeKey.EntranceOf(http, key) is not { } entrance)
            return ProblemAnswers.WriteAsync(http, StatusCodes.Status401Unauthorized, Stranger);
        if (answer is null)
            return ProblemAnswers.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, Following.NoLeader);
        Entrance.Mark(http, entrance);
        return answer(http);
    }

    private static Problem Stranger { get; } = new("not-a-node", "Only nodes of this cluster are answered here.", "Use a node's own socket:  lodger ps  where it runs", ExitCode.NotAuthorized);
}
