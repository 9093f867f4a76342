using Lodger.Artifacts;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;
using Lodger.Cli.Terminal;

namespace Lodger.Cli.Text;

/// <summary>What files hold: a line of facts each, what was checked and what not, and their arrays as a table under the part they belong to.</summary>
internal static class InspectText
{
    // what fits a few screens; --json has all
    private const int ShownPerPart = 400;
    private const int ShownParts = 40;

    public static void Write(Screen screen, IReadOnlyList<FileReport> files)
    {
        foreach (var file in files)
        {
            Facts(screen, file);
            foreach (var finding in file.Findings)
                VerifyText.Finding(screen, "  ", finding);
            Tensors(screen, file.TensorList);
        }

        if (files.Count > 1)
            screen.Line($"{Figures.Loading(files.Count(f => f.Verdict is Verdict.Loads or Verdict.LoadsWithWarning), files.Count)}.");
    }

    /// <summary><c>loads, resumable</c>, <c>weights only</c>: the verdict with what a resume would find.</summary>
    public static string Resume(TrainingState state) => state.IsResumable
        ? "resumable" + (state.Without.Count > 0 ? $" (without {string.Join(", ", state.Without)})" : "")
        : $"not resumable: lacks {string.Join(", ", state.Lacks)}";

    private static void Facts(Screen screen, FileReport file)
    {
        screen.Line($"{Shown.Text(file.DisplayPath)}  {Figures.Bytes(file.Bytes)}  {(file.Format == VerifyText.Word(file) ? "" : $"{Shown.Text(file.Format)}  ")}{VerifyText.Word(file)}");
        var table = Listing.Facts();
        table.AddRow("holds", string.Join("   ", Counts(file)));
        table.AddRow("training", file.Training is { } state ? Shown.Text($"{string.Join(", ", state.Parts)}; {Resume(state)}") : "");
        table.AddRow("checked", Shown.Text(file.Checked));
        table.AddRow("not checked", Shown.Text(string.Join("; ", file.NotChecked)));
        table.AddRow("SHA-256", file.Sha256 ?? "");
        screen.Table(table);
    }

    private static IEnumerable<string> Counts(FileReport file)
    {
        if (file.Tensors is { } tensors)
            yield return Figures.Of(tensors, "tensor");
        if (file.Parameters is { } parameters)
            yield return $"{Figures.Count(parameters)} parameters";
        if (file.Step is { } step)
            yield return $"step {step}";
        if (file.Epoch is { } epoch)
            yield return $"epoch {Figures.Number(epoch, "0.###")}";
    }

    private static void Tensors(Screen screen, IReadOnlyList<TensorEntry> tensors)
    {
        var parts = tensors.GroupBy(PartOf, StringComparer.Ordinal).ToList();
        foreach (var part in parts.Take(ShownParts))
        {
            if (part.Key.Length > 0)
                screen.Line($"  {Shown.Text(part.Key)}");
            Table(screen, part.Key, [.. part]);
        }

        if (parts.Count > ShownParts)
            screen.Line($"  ... and {parts.Count - ShownParts} more parts (--json has all)");
    }

    private static void Table(Screen screen, string part, IReadOnlyList<TensorEntry> tensors)
    {
        var isDeep = tensors.Any(tensor => tensor.Statistics is not null);
        var table = isDeep ? Listing.Of("name", "type", "shape", "min>", "max>", "mean>", "") : Listing.Of("name", "type", "shape", "bytes>");
        foreach (var tensor in tensors.Take(ShownPerPart))
        {
            var name = Shown.Text(PrintableText.Of(part.Length > 0 ? tensor.Name[(part.Length + 1)..] : tensor.Name, 120));
            var shape = $"[[{string.Join(", ", tensor.Shape)}]]";
            if (isDeep)
                table.AddRow(name, Shown.Text(tensor.Type), shape, Value(tensor.Statistics?.Min), Value(tensor.Statistics?.Max), Value(tensor.Statistics?.Mean), Remark(tensor.Statistics));
            else
                table.AddRow(name, Shown.Text(tensor.Type), shape, Figures.Bytes(tensor.Bytes));
        }

        screen.Table(table);
        if (tensors.Count > ShownPerPart)
            screen.Line($"  ... and {tensors.Count - ShownPerPart} more (--json has all)");
    }

    private static string Value(double? value) => value is { } number ? Figures.Number(number, "0.####e0") : "";

    private static string Remark(TensorStatistics? statistics) => statistics switch
    {
        null => "not read",
        { HasNonFinite: true } => $"[red]{statistics.NaNs} NaN, {statistics.Infinities} infinite[/]",
        { IsAllZero: true } => "all zero",
        _ => "",
    };

    private static string PartOf(TensorEntry tensor)
    {
        var dot = tensor.Name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? PrintableText.Of(tensor.Name[..dot], 120) == tensor.Name[..dot] ? tensor.Name[..dot] : "" : "";
    }
}
