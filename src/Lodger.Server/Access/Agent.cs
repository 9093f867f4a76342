using Lodger.Domain.Problems;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>
/// A program that acts for a person: <c>lodger mcp</c> says of each of its requests that it is one, and such a request may look and nothing else, whoever lets it in. What costs money or deletes is a person's.
/// </summary>
public static class Agent
{
    /// <summary>Says that the request is an agent's, and whose: <c>claude-code</c>.</summary>
    public const string Header = "X-Lodger-Agent";

    private const int NameLengthMax = 32;

    private static readonly IReadOnlySet<Scope> Looks = new HashSet<Scope> { Scope.Read };

    /// <summary>A name as programs give themselves one, as it stands in the audit log: lower-case letters, digits, dots and hyphens.</summary>
    public static string NameOf(string? said)
    {
        var name = new string([.. (said ?? "").ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-').Take(NameLengthMax)]).Trim('-', '.');
        return name.Length == 0 ? "unnamed" : name;
    }

    /// <summary>Null: the request is not an agent's.</summary>
    internal static string? Of(HttpContext http) => http.Request.Headers.TryGetValue(Header, out var said) ? $"agent:{NameOf(said.ToString())}" : null;

    /// <summary>Whoever it acts for, with what an agent may.</summary>
    internal static Principal For(Principal who, string agent) => who with
    {
        Name = who.IsOwner ? agent : $"{who.Name} {agent}",
        Scopes = new HashSet<Scope>(who.Scopes.Intersect(Looks)),
        Proof = who.IsOwner ? Proof.Agent : who.Proof,
        CountedAs = who.IsOwner ? "agent" : who.CountedAs,
    };

    internal static Problem NeedsPerson { get; } = new(
        "needs-person", "An agent may look, and nothing else: what costs money, changes a job or deletes needs a person.", "Ask the person to type the command in a terminal of their own.", ExitCode.ApprovalNeeded);
}
