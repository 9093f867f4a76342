using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Cluster;

/// <summary>Where the other nodes ask this one. It answers as the leader or not at all: what a node that follows answers its own user is for nobody else.</summary>
internal static class NodePort
{
    /// <param name="term">The key of the term that this node leads just now, and what answers in it, which has to let in whom it answers. Null: it does not lead, not yet, or is not sure of it.</param>
    public static Task AnswerAsync(HttpContext http, (string Key, RequestDelegate Answer)? term)
    {
        if (term is not { } own)
            return ProblemAnswers.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, Following.NoLeader);
        if (NodeKey.EntranceOf(http, own.Key) is not { } entrance)
            return ProblemAnswers.WriteAsync(http, StatusCodes.Status401Unauthorized, Stranger);
        Entrance.Mark(http, entrance);
        return own.Answer(http);
    }

    private static Problem Stranger { get; } = new("not-a-node", "Only nodes of this cluster are answered here.", "Use a node's own socket:  lodger ps  where it runs", ExitCode.NotAuthorized);
}
