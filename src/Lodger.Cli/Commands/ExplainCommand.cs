using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger explain</c>: a gotcha in words.</summary>
internal static class ExplainCommand
{
    public static Verb Make(Surroundings around)
    {
        var id = new Argument<string?>("ID") { Description = "Of a finding, for example VAST3, or a word of what you see (disk, ssh); left out: the list", HelpName = "ID", Arity = ArgumentArity.ZeroOrOne };
        var markdown = new Option<bool>("--markdown") { Description = "All of them as a page of Markdown (docs/gotchas.md)" };
        return new Verb("explain", "Explain a finding: symptom, cause, fix, how Lodger recognises it and what it does itself")
        {
            Examples = ["lodger explain VAST3", "lodger explain disk", "lodger explain", "lodger explain --json"],
            Exits = [ExitCode.NotFound],
        }
        .With(id, markdown)
        .Does((parse, _) => Task.FromResult(Explain(around.Screen, parse.GetValue(id), parse.GetValue(markdown))));
    }

    private static ExitCode Explain(Screen screen, string? id, bool asPage)
    {
        var all = ExplainedRule.All(ProfileReader.VastAi);
        var chosen = id is null ? all : Named(all, id);
        if (chosen.Count == 0)
        {
            var near = NearestWord.To(id!, all.Select(r => r.Id));
            return screen.Fail(new Problem("no-such-rule", $"There is no finding {id}, and none speaks of it.", near is null ? "lodger explain  lists them." : $"Did you mean {near}?  lodger explain  lists all.", ExitCode.NotFound));
        }

        if (screen.IsJson)
            screen.Json([.. chosen], CliJson.Default.ExplainedRuleArray);
        else if (asPage)
            screen.OutWriter.Write(ExplainedRule.Page(ProfileReader.VastAi));
        else if (chosen.Count == 1)
            chosen[0].Write(screen);
        else
            List(screen, chosen);
        return ExitCode.Ok;
    }

    /// <summary>The one with this id, else all that have the word in their title, symptom or cause.</summary>
    private static IReadOnlyList<ExplainedRule> Named(IReadOnlyList<ExplainedRule> all, string word)
    {
        IReadOnlyList<ExplainedRule> exact = [.. all.Where(r => string.Equals(r.Id, word, StringComparison.OrdinalIgnoreCase))];
        return exact.Count > 0 ? exact : [.. all.Where(r => $"{r.Id}\n{r.Title}\n{r.Symptom}\n{r.Cause}".Contains(word, StringComparison.OrdinalIgnoreCase))];
    }

    private static void List(Screen screen, IReadOnlyList<ExplainedRule> all)
    {
        var table = Listing.Of("id", "gotcha");
        foreach (var rule in all)
            table.AddRow(Shown.Text(rule.Id), Shown.Text(rule.Title));
        screen.Table(table);
        screen.Line();
        screen.Line("  lodger explain ID  says more.");
    }
}
