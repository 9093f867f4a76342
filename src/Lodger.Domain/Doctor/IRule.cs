using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor;

/// <summary>What a rule saw, before it is given its name and its cause.</summary>
/// <param name="Evidence">The values that were seen.</param>
/// <param name="Fix">A command that can be pasted, or what to write into the job's file.</param>
public sealed record Sighting(Severity Severity, string Evidence, string Fix)
{
    /// <summary>When the rule's own does not fit what was seen.</summary>
    public string? Title { get; init; }

    /// <summary>When the rule's own does not fit what was seen.</summary>
    public string? Cause { get; init; }

    /// <summary>What Lodger does about it without being asked.</summary>
    public string? Automatic { get; init; }
}

/// <summary>One gotcha as a check: from facts to what was seen. Pure; what is not known is never taken for a sign.</summary>
public interface IRule
{
    string Id { get; }

    /// <summary>Its text where it belongs to no platform; null: the profile's gotcha of this id, and a platform without one does not have the rule.</summary>
    Gotcha? Own => null;

    /// <summary>From what it is recognised, in a sentence.</summary>
    string Sees { get; }

    /// <summary>What Lodger does about it without being asked, in a sentence; null: nothing.</summary>
    string? Does => null;

    IReadOnlyList<Moment> Moments { get; }

    /// <summary>Rules that name the cause of what this one sees only the end of: where one of them speaks, this one has nothing to add.</summary>
    IReadOnlyList<string> SaidBy => [];

    /// <summary>Null: nothing of it is seen.</summary>
    Sighting? Look(Facts facts);
}
