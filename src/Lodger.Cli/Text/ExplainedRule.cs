using System.Text;
using Lodger.Cli.Terminal;
using Lodger.Domain.Doctor;
using Lodger.Domain.Profile;

namespace Lodger.Cli.Text;

/// <summary>A rule of the doctor for people: the gotcha's own text, from what Lodger recognises it, and what it does about it itself.</summary>
/// <param name="Does">Null: nothing.</param>
/// <param name="Source">Where the gotcha is documented; empty for what is true of any rented machine.</param>
internal sealed record ExplainedRule(
    string Id, string Title, string Symptom, string Cause, string Fix, string Sees, string? Does, IReadOnlyList<Moment> Moments, string Source, string Verified)
{
    /// <summary>The platform's own by their numbers, then the rest in the order of the rule book.</summary>
    public static IReadOnlyList<ExplainedRule> All(PlatformProfile profile) =>
    [
        .. RuleBook.All
            .Select(rule => (Rule: rule, Text: RuleBook.TextOf(rule, profile)))
            .Where(pair => pair.Text is not null)
            .OrderBy(pair => pair.Rule.Own is not null)
            .ThenBy(pair => pair.Rule.Own is null ? profile.Gotchas.ToList().FindIndex(g => g.Id == pair.Rule.Id) : 0)
            .Select(pair => new ExplainedRule(
                pair.Rule.Id, pair.Text!.Title, pair.Text.Symptom, pair.Text.Cause, pair.Text.Fix, pair.Rule.Sees, pair.Rule.Does, pair.Rule.Moments, pair.Text.Source, pair.Text.Verified)),
    ];

    public void Write(Screen screen)
    {
        screen.Line($"[bold]{Shown.Text(Id)}[/]  {Shown.Text(Title)}");
        foreach (var (what, text) in Parts())
            screen.Hang($"  {what,-9} ", text);
    }

    /// <summary>docs/gotchas.md.</summary>
    public static string Page(PlatformProfile profile)
    {
        var page = new StringBuilder();
        page.Append("# Gotchas\n\n");
        page.Append("What goes wrong on rented machines, how Lodger recognises it, and what it does ([the doctor](doctor.md)). `lodger doctor` looks for all of it.\n");
        page.Append("This page is written by `lodger explain --markdown`.\n");
        var isPlatform = true;
        page.Append($"\n## {profile.Title}\n");
        foreach (var rule in All(profile))
        {
            if (isPlatform && rule.Source.Length == 0)
            {
                isPlatform = false;
                page.Append("\n## Any rented machine\n");
            }

            page.Append($"\n### {rule.Id}: {rule.Title}\n\n");
            foreach (var (what, text) in rule.Parts())
                page.Append($"- **{what}**: {text}\n");
        }

        return page.ToString();
    }

    private IEnumerable<(string What, string Text)> Parts()
    {
        yield return ("symptom", Symptom);
        yield return ("cause", Cause);
        yield return ("fix", Fix);
        yield return ("seen by", Sees);
        if (Does is { } does)
            yield return ("Lodger", does);
        yield return ("looked at", string.Join(", ", Moments.Select(m => m switch { Moment.Preflight => "before renting", Moment.Watch => "while it runs", _ => "afterwards" })));
        if (Source.Length > 0)
            yield return ("source", $"{Source}, checked {Verified}");
    }
}
