using Lodger.Artifacts;
using Lodger.Artifacts.Verification;
using Lodger.Cli.Terminal;

namespace Lodger.Cli.Text;

/// <summary>A verified directory as a tree: size, format, what is in it, and whether it loads.</summary>
internal static class VerifyText
{
    private const int NameWidth = 26;
    private const int FactsWidth = 24;

    public static void Write(Screen screen, VerificationReport report)
    {
        screen.Line(Shown.Text(report.Directory));
        var open = "";
        foreach (var file in report.Files)
        {
            var (folder, name) = Split(file.DisplayPath);
            open = OpenFolder(screen, open, folder);
            var depth = folder.Length == 0 ? 1 : folder.Count(c => c == '/') + 2;
            screen.Line(Line(file, new string(' ', depth * 2) + name));
            if (file.Metric is { } metric)
                screen.Hang(new string(' ', (depth + 1) * 2), MetricWords(metric, isItsOwn: metric.From == name));
            foreach (var finding in file.Findings)
                Finding(screen, new string(' ', (depth + 1) * 2), finding);
        }

        foreach (var finding in report.Findings)
            Finding(screen, "  ", finding, withPath: true);
        screen.Hang("", Summary(report));
    }

    /// <summary><c>2 of 3 files load. ...</c>.</summary>
    public static string Summary(VerificationReport report)
    {
        var t = report.Totals;
        var loads = t.Loads + t.LoadsWithWarning;
        var said = $"{loads} of {Figures.Of(t.Files + t.Missing, "file")} load ({Figures.Bytes(t.Bytes)})";
        (int Count, string What)[] rest =
        [
            (t.LoadsWithWarning, "with a warning"), (t.HashOnly, "known by hash only"), (t.Damaged, "DAMAGED"), (t.Missing, "MISSING"), (t.Extra, "not in the manifest"),
        ];
        foreach (var (count, what) in rest.Where(r => r.Count > 0))
            said += $", {count} {what}";
        var against = report.Manifest is null
            ? "There is no manifest here, so a missing file could not be noticed."
            : report.IsSound ? "Roster, sizes and SHA-256 match the manifest made on the machine." : "This is not what the manifest says.";
        return $"{said}. {against}";
    }

    private static string Line(FileReport file, string name)
    {
        var facts = new List<string>();
        if (file.Tensors is { } tensors)
            facts.Add(Figures.Of(tensors, "tensor"));
        if (file.Parameters is { } parameters)
            facts.Add(Figures.Count(parameters));
        if (file.Step is { } step)
            facts.Add($"step {step}");
        if (file.Epoch is { } epoch)
            facts.Add($"epoch {Figures.Number(epoch, "0.###")}");
        var format = file.Format == FileReport.Unknown ? "" : file.Format;
        var head = $"{Shown.Plain(name).PadRight(NameWidth)} {Figures.Bytes(file.Bytes),8}  {format,-14} {Shown.Plain(string.Join("  ", facts)).PadRight(FactsWidth)}";
        return $"{Spectre.Console.Markup.Escape(head)} {Word(file)}";
    }

    /// <summary><c>top1 76.4 (higher is better, by convention), epoch 3, says metrics.json</c>.</summary>
    private static string MetricWords(Metric metric, bool isItsOwn)
    {
        var direction = metric.Direction switch
        {
            MetricDirection.HigherByConvention => "higher is better, by convention",
            MetricDirection.LowerByConvention => "lower is better, by convention",
            MetricDirection.HigherAsStated => "higher is better, as the file says",
            MetricDirection.LowerAsStated => "lower is better, as the file says",
            _ => "direction unknown",
        };
        var epoch = metric.Epoch is { } at && !isItsOwn ? $", epoch {Figures.Number(at, "0.###")}" : "";
        return $"{metric.Name} {Figures.Number(metric.Value, "G6")} ({direction}){epoch}{(isItsOwn ? "" : $", says {metric.From}")}";
    }

    /// <summary>The verdict, as markup.</summary>
    public static string Word(FileReport file) => file.Verdict switch
    {
        Verdict.Loads => $"[green]loads{Resumable(file)}[/]",
        Verdict.LoadsWithWarning => $"[yellow]loads{Resumable(file)}, see below[/]",
        Verdict.HashOnly => "hash only",
        Verdict.Damaged => "[red]DAMAGED[/]",
        Verdict.Missing => "[red]MISSING[/]",
        Verdict.Extra => "[red]NOT IN THE MANIFEST[/]",
        _ => file.Verdict.ToString(),
    };

    private static string Resumable(FileReport file) => file.Training?.IsResumable == true ? ", resumable" : "";

    public static void Finding(Screen screen, string indent, Finding finding, bool withPath = false)
    {
        var where = withPath && finding.Path.Length > 0 ? finding.Path + ": " : "";
        var color = finding.Severity == Severity.Error ? "red" : "yellow";
        screen.Line($"{indent}[{color}]{Shown.Text(where + finding.What)}[/]{(finding.Fix.Length > 0 ? "  " + Shown.Text(finding.Fix) : "")}");
    }

    private static string OpenFolder(Screen screen, string open, string folder)
    {
        if (folder == open || folder.Length == 0)
            return folder;
        var parts = folder.Split('/');
        var before = open.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var same = parts.Zip(before).TakeWhile(p => p.First == p.Second).Count();
        for (var i = same; i < parts.Length; i++)
            screen.Line(new string(' ', (i + 1) * 2) + Shown.Text(parts[i]));
        return folder;
    }

    private static (string Folder, string Name) Split(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
    }
}
