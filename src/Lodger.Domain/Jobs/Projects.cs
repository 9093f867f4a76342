using Lodger.Domain.Spec;

namespace Lodger.Domain.Jobs;

/// <summary>Jobs belong to projects. Whoever is limited to one sees and touches no other.</summary>
public static class Projects
{
    /// <summary>Of a job that names none.</summary>
    public const string Default = "default";

    /// <summary>Null when a project may have that name, else a sentence that says what to write.</summary>
    public static string? Refuse(string name) => NameRules.Job(name) is null ? null : $"A project's name has lower-case letters, digits and single hyphens between them, at most {NameRules.JobNameLengthMax}.";
}
