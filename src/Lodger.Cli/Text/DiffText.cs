using Lodger.Artifacts;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;
using Lodger.Cli.Terminal;

namespace Lodger.Cli.Text;

/// <summary>How two checkpoints differ, the gravest first.</summary>
internal static class DiffText
{
    private const int Named = 20;

    public static void Write(Screen screen, string before, IReadOnlyList<FileReport> old, string after, IReadOnlyList<FileReport> now, CheckpointDiff diff)
    {
        screen.Line($"{Side(before, old)}  ->  {Side(after, now)}");
        foreach (var finding in old.Concat(now).SelectMany(file => file.Findings).Where(finding => finding.Severity == Severity.Error))
            VerifyText.Finding(screen, "  ", finding, withPath: true);
        Names(screen, $"only in {before}", diff.OnlyBefore.Select(Kind));
        Names(screen, $"only in {after}", diff.OnlyAfter.Select(Kind));
        Names(screen, "other type or shape", diff.OtherKind.Select(change => $"{Kind(change.Before)} -> {change.After.Type} {Shape(change.After)}"));
        Names(screen, "other values", diff.OtherValues.Select(Values));
        Names(screen, "values not compared", diff.NotCompared.Select(change => Kind(change.Before)));
        if (diff.Same == 0 && diff.HasSameLayout && diff.NotCompared.Count == 0 && diff.OtherValues.Count == 0)
        {
            screen.Hang("  ", $"Neither holds tensors that can be read: nothing was compared{AsFiles(old, now, diff.IsSameFile)}.");
            return;
        }

        if (diff is { IsSameFile: true, NotCompared.Count: > 0 })
            screen.Line("  The files themselves are the same, byte for byte.");
        screen.Line(diff is { IsSame: true, Same: > 0 } && !old.Concat(now).Any(file => file.Findings.Any(finding => finding.Severity == Severity.Error)) ? $"  The same: {Figures.Of(diff.Same, "tensor")}, to the last bit." : $"  {Figures.Of(diff.Same, "tensor")} the same to the last bit.");
    }

    private static string AsFiles(IReadOnlyList<FileReport> old, IReadOnlyList<FileReport> now, bool areSame) =>
        areSame ? " but the files themselves, which are the same, byte for byte"
        : old.Count > 0 && now.Count > 0 && old.Concat(now).All(file => file.Sha256 is not null) ? " but the files themselves, which are not the same"
        : "";

    private static string Side(string name, IReadOnlyList<FileReport> files) =>
        Shown.Text(InspectedDiff.StepOf(files) is { } step ? $"{name} (step {step})" : name);

    private static void Names(Screen screen, string title, IEnumerable<string> names)
    {
        var all = names.ToList();
        if (all.Count == 0)
            return;
        screen.Line($"  {Shown.Text(title)}: {Figures.Of(all.Count, "tensor")}");
        foreach (var name in all.Take(Named))
            screen.Line($"    {Shown.Text(name)}");
        if (all.Count > Named)
            screen.Line($"    ... and {all.Count - Named} more (--json has all)");
    }

    private static string Values(TensorChange change) => change is { Before.Statistics: { Mean: { } was }, After.Statistics: { Mean: { } now } }
        ? $"{Kind(change.Before)}  mean {Figures.Number(was, "0.####e0")} -> {Figures.Number(now, "0.####e0")}"
        : Kind(change.Before);

    private static string Kind(TensorEntry tensor) => $"{PrintableText.Of(tensor.Name, 120)}  {tensor.Type} {Shape(tensor)}";

    private static string Shape(TensorEntry tensor) => $"[{string.Join(", ", tensor.Shape)}]";
}
