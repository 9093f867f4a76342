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
        var id = new Argument<string?>("ID") { Description = "Of a finding, for example VAST3; left out: the list", Arity = ArgumentArity.ZeroOrOne };
        var markdown = new Option<bool>("--markdown") { Description = "All of them as a page of Markdown (docs/gotchas.md)" };
        return new Verb("explain", "Explain a finding: symptom, cause, fix, how Lodger recognises it and what it does itself")
        {
            Examples = ["lodger explain VAST3", "lodger explain", "lodger explain --json"],
            Exits = [ExitCode.NotFound],
        }
        .With(id, markdown)
        .Does((parse, _) => Task.FromResult(Explain(around.Screen, parse.GetValue(id), parse.GetValue(markdown))));
    }

    private static ExitCode Explain(Screen screen, string? id, bool asPage)
    {
        var all = ExplainedRule.All(ProfileReader.VastAi);
        var chosen = id is null ? all : [.. all.Where(r => string.Equals(r.Id, id, StringComparison.OrdinalIgnoreCase))];
        if (chosen.Count == 0)
        {
            var near = NearestWord.To(id!, all.Select(r => r.Id));
            return screen.Fail(new Problem("no-such-rule", $"There is no finding {id}.", near is null ? "lodger explain  lists them." : $"Did you mean {near}?  lodger explain  lists all.", ExitCode.NotFound));
        }

        if (screen.IsJson)
            screen.Json([.. chosen], CliJson.Default.ExplainedRuleArray);
        else if (asPage)
            screen.OutWriter.Write(ExplainedRule.Page(ProfileReader.VastAi));
        else if (id is not null)
            chosen[0].Write(screen);
        else
            List(screen, all);
        return ExitCode.Ok;
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
