using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor;

/// <summary>All rules on the same facts.</summary>
public static class Examination
{
    /// <summary>The gravest first; among equals, in the order of <see cref="RuleBook.All"/>: there a cause stands before what follows from it.</summary>
    public static IReadOnlyList<Finding> Of(Facts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        List<(IRule Rule, Finding Finding)> seen = [];
        foreach (var rule in RuleBook.At(facts.Moment))
        {
            if ((facts.Job is not { IsAdopted: true } || RuleBook.OfTheRental.Contains(rule.Id)) && Look(rule, facts) is { } finding)
                seen.Add((rule, finding));
        }

        if (seen.Count == 0)
            return [];
        return [.. seen.Where(one => !seen.Exists(other => one.Rule.SaidBy.Contains(other.Rule.Id))).Select(one => one.Finding).OrderByDescending(finding => finding.Severity)];
    }

    /// <summary>Null when the rule sees nothing, or is not one of this platform. Most see nothing, so their text is looked for last: a list of thousands of jobs is examined while somebody waits.</summary>
    private static Finding? Look(IRule rule, Facts facts) =>
        rule.Look(facts) is { } seen && RuleBook.TextOf(rule, facts.Profile) is { } text
            ? new Finding(rule.Id, seen.Severity, facts.Moment, seen.Title ?? text.Title, seen.Evidence, seen.Cause ?? text.Cause, seen.Fix) { Automatic = seen.Automatic }
            : null;

    /// <summary>Of an offer that a job cannot be done on; null when nothing that is known of it speaks against it.</summary>
    public static Finding? AgainstOffer(Facts facts) => Of(facts).FirstOrDefault(f => f.Blocks && RuleBook.OfTheOffer.Contains(f.Id));

    internal static Gotcha Gotcha(string id, string title, string symptom, string cause, string fix) => new(id, title, symptom, cause, fix, "", "");
}
