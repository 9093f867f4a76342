using Lodger.Artifacts;
using Lodger.Artifacts.Verification;
using Lodger.Cli.Terminal;

namespace Lodger.Cli.Text;

/// <summary>A verified directory as a tree: size, format, whether it loads, and what is in it.</summary>
internal static class VerifyText
{
    private const int NameWidth = 26;
    private const int FormatWidth = 14;
    private const int DepthMax = 8;

    public static void Write(Screen screen, VerificationReport report)
    {
        screen.Line(Shown.Text(report.Directory));
        var open = "";
        var shown = new HashSet<(string Folder, Metric Metric)>();
        foreach (var file in report.Files)
        {
            var (folder, name) = Split(file.DisplayPath);
            open = OpenFolder(screen, open, folder);
            var depth = folder.Length == 0 ? 1 : folder.Count(c => c == '/') + 2;
            Line(screen, file, Indent(depth) + name);
            // A run's metric stands beside every checkpoint of its directory: it is said once.
            if (file.Metric is { } metric && shown.Add((folder, metric)))
                screen.Hang(Indent(depth + 1), MetricWords(metric, isItsOwn: metric.From == name));
            foreach (var finding in file.Findings)
                Finding(screen, Indent(depth + 1), finding);
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
        var said = $"{Figures.Loading(loads, t.Files + t.Missing)} ({Figures.Bytes(t.Bytes)})";
        (int Count, string What)[] rest =
        [
            (t.LoadsWithWarning, "with a warning"), (report.Files.Count(f => f.IsUnsafe), "UNSAFE"), (t.HashOnly, "known by hash only"), (t.Damaged, "DAMAGED"), (t.Missing, "MISSING"), (t.Extra, "not in the manifest"),
        ];
        foreach (var (count, what) in rest.Where(r => r.Count > 0))
            said += $", {count} {what}";
        var against = report.Manifest is null
            ? "There is no manifest here, so a missing file could not be noticed."
            : report.IsSound ? "Roster, sizes and SHA-256 match the manifest made on the machine." : "This is not what the manifest says.";
        return $"{said}. {against}";
    }

    /// <summary>A name that is too long for its column has a line of its own, and the columns follow below it.</summary>
    private static void Line(Screen screen, FileReport file, string name)
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
        name = Shown.Plain(name);
        if (name.Length > NameWidth)
        {
            screen.Line(Markup.Escape(name));
            name = "";
        }

        var head = $"{name.PadRight(NameWidth)} {Figures.Bytes(file.Bytes),8}  {Shown.Plain(format).PadRight(FormatWidth)} ";
        var word = Word(file);
        var said = string.Join("  ", facts);
        // The padding is ours and stays: Shown would trim it.
        var line = Markup.Escape(head) + word;
        if (said.Length == 0 || head.Length + Markup.Remove(word).Length + 2 + said.Length <= screen.Width)
        {
            screen.Line(said.Length > 0 ? $"{line}  {Shown.Text(said)}" : line);
            return;
        }

        screen.Line(line);
        screen.Hang(new string(' ', head.Length), said);
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
        Verdict.LoadsWithWarning when file.IsUnsafe => $"[yellow]loads{Resumable(file)}, UNSAFE[/]",
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
        var what = where + finding.What;
        if (indent.Length + what.Length + 2 + finding.Fix.Length <= screen.Width)
        {
            screen.Line($"{indent}[{color}]{Shown.Text(what)}[/]{(finding.Fix.Length > 0 ? "  " + Shown.Text(finding.Fix) : "")}");
            return;
        }

        screen.Hang(indent, what, color);
        if (finding.Fix.Length > 0)
            screen.Hang(indent + "  ", finding.Fix);
    }

    /// <summary>Deep trees are not pushed off the screen: beyond some levels the indentation stays.</summary>
    private static string Indent(int depth) => new(' ', Math.Min(depth, DepthMax) * 2);

    private static string OpenFolder(Screen screen, string open, string folder)
    {
        if (folder == open || folder.Length == 0)
            return folder;
        var parts = folder.Split('/');
        var before = open.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var same = parts.Zip(before).TakeWhile(p => p.First == p.Second).Count();
        for (var i = same; i < parts.Length; i++)
            screen.Line(Indent(i + 1) + Shown.Text(parts[i]));
        return folder;
    }

    private static (string Folder, string Name) Split(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
    }
}
