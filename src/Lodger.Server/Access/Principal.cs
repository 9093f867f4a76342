using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>How somebody proved who they are.</summary>
public enum Proof
{
    /// <summary>They opened the socket, which only its user can.</summary>
    Socket,

    /// <summary>An access token, shown with the request.</summary>
    Token,

    /// <summary>A browser's cookie: a request may have been made by another page, see <see cref="SameOrigin"/>.</summary>
    Session,

    /// <summary>They opened the socket, and say that they are a program that acts for its user.</summary>
    Agent,
}

/// <summary>Who asks, and what they may.</summary>
/// <param name="Name">What the journal calls them: <c>token:ci</c>; for the owner, who says who they are themselves, <c>owner</c>.</param>
/// <param name="Project">Sees and touches the jobs of this project alone; null: all.</param>
/// <param name="From">Address that they asked from; <c>socket</c> for the owner.</param>
internal sealed record Principal(string Name, IReadOnlySet<Scope> Scopes, string? Project, Proof Proof, string From)
{
    public static IReadOnlySet<Scope> AllScopes { get; } = new HashSet<Scope>(Enum.GetValues<Scope>());

    /// <summary>The user whose server this is.</summary>
    public static Principal Owner { get; } = new("owner", AllScopes, null, Proof.Socket, "socket");

    public bool IsOwner => Proof == Proof.Socket;

    /// <summary>On the server's own machine, as its user.</summary>
    public bool IsHere => Proof is Proof.Socket or Proof.Agent;

    /// <summary>What is counted against the limits of how often somebody may ask: what a request says of itself, as an agent's name, makes no new one of them.</summary>
    public string CountedAs { get; init; } = Name;

    public bool Has(Scope scope) => Scopes.Contains(scope);

    /// <summary>Whether a job is theirs to see and to touch.</summary>
    public bool Sees(JobState job) => Project is null || job.Project == Project;

    /// <summary>For the journal. Only the owner is believed about it.</summary>
    /// <param name="claimed">As the request says.</param>
    public string By(string claimed) => IsOwner ? claimed : Name;

    /// <summary>Null when they may.</summary>
    public Problem? Refuse(Scope scope) => Has(scope)
        ? null
        : new Problem("scope-missing", $"{Name} may not do that: it needs the scope {Word(scope)}.", $"A token with it is made where the server runs:  lodger token create NAME --scope {Word(scope)}", ExitCode.NotAuthorized);

    /// <summary>As it is written: <c>read</c>.</summary>
    public static string Word(Scope scope) => scope.ToString().ToLowerInvariant();

    /// <summary>Of a request that was let in.</summary>
    public static Principal Of(HttpContext http) => http.Features.Get<Principal>() ?? throw new InvalidOperationException("This request was answered without having been let in.");

    /// <summary>So that an endpoint can ask for it as a parameter.</summary>
    public static ValueTask<Principal?> BindAsync(HttpContext http) => ValueTask.FromResult<Principal?>(Of(http));
}
