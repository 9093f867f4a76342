using System.Text.Json.Serialization;

namespace Lodger.Domain.Doctor;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing has to be done. Hypotheses are notes.</summary>
    Note,

    /// <summary>Costs time or money if nobody acts.</summary>
    Warning,

    /// <summary>Work stands still or is lost. Before anything is paid for: nothing is rented until a person overrides it.</summary>
    Error,
}

/// <summary>When a gotcha can still be acted on.</summary>
public enum Moment
{
    /// <summary>Before anything is rented.</summary>
    Preflight,

    /// <summary>While a rental exists for the job and its command is not over.</summary>
    Watch,

    /// <summary>After the command, or the job, is over.</summary>
    PostMortem,
}

/// <summary>A gotcha that the doctor saw.</summary>
/// <param name="Id">Of the rule: <c>VAST5</c> when the platform's profile has it, else a word: <c>out-of-memory</c>.</param>
/// <param name="Title">What a person would call it.</param>
/// <param name="Evidence">The values that were seen, in a sentence. Holds no secret.</param>
/// <param name="Cause">Why it is so; for a hypothesis, what may be so.</param>
/// <param name="Fix">A command that can be pasted, or what to write into the job's file.</param>
public sealed record Finding(string Id, Severity Severity, Moment Moment, string Title, string Evidence, string Cause, string Fix)
{
    /// <summary>What Lodger does about it without being asked; null: a person has to act.</summary>
    public string? Automatic { get; init; }

    /// <summary>How to go on all the same; null when nothing is kept from going on.</summary>
    public string? Override => Blocks ? $"--accept {Id}" : null;

    [JsonIgnore]
    public bool Blocks => Moment == Moment.Preflight && Severity == Severity.Error;
}

/// <summary>A finding that would have kept a job from being rented for, and that a person accepted.</summary>
/// <param name="Evidence">As it was shown to them.</param>
public sealed record AcceptedFinding(string Id, string Evidence);
