using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>What a format's check gathers: which findings are kept, and which verdict follows from them.</summary>
public sealed class FormatReportTests
{
    private static readonly TensorEntry _tensor = new("w", "float32", [2], 8);

    private static FormatReport With(int notes = 0, int warnings = 0, int errors = 0, bool unjudged = false)
    {
        var report = new FormatReport("a/b.c");
        for (var i = 0; i < notes; i++)
        {
            report.Note($"note-{i}", "note", "fix");
        }

        for (var i = 0; i < warnings; i++)
        {
            report.Warn($"warning-{i}", "warning", "fix");
        }

        for (var i = 0; i < errors; i++)
        {
            report.Damaged($"error-{i}", "error");
        }

        if (unjudged)
        {
            report.CannotJudge("unjudged", "unjudged");
        }

        return report;
    }

    [Theory]
    [InlineData(0, 0, 0, false, Verdict.Loads)]
    [InlineData(3, 0, 0, false, Verdict.Loads)]
    [InlineData(1, 1, 0, false, Verdict.LoadsWithWarning)]
    [InlineData(1, 1, 0, true, Verdict.HashOnly)]
    [InlineData(0, 0, 1, true, Verdict.Damaged)]
    [InlineData(1, 1, 1, false, Verdict.Damaged)]
    [InlineData(50, 0, 1, false, Verdict.Damaged)]
    [InlineData(50, 1, 0, false, Verdict.LoadsWithWarning)]
    [InlineData(50, 0, 0, true, Verdict.HashOnly)]
    [InlineData(0, 50, 0, true, Verdict.HashOnly)]
    [InlineData(0, 50, 1, true, Verdict.Damaged)]
    public void The_verdict_follows_from_the_worst_finding_however_many_there_are(int notes, int warnings, int errors, bool unjudged, object verdict)
    {
        var report = With(notes, warnings, errors, unjudged);

        report.Verdict.ShouldBe((Verdict)verdict);
        (report.IsDamaged, report.Unjudged).ShouldBe((errors > 0, unjudged));
    }

    [Fact]
    public void Twenty_findings_are_kept_and_what_decides_the_verdict_is_among_them()
    {
        With(notes: 20).Findings.Count.ShouldBe(20);
        With(notes: 21).Findings.Count.ShouldBe(20);
        With(notes: 30, warnings: 2).Findings.Select(finding => finding.Id).ShouldBe([.. Enumerable.Range(0, 19).Select(i => $"note-{i}"), "warning-0"]);
        With(warnings: 30, errors: 3).Findings.Select(finding => finding.Id).ShouldBe([.. Enumerable.Range(0, 20).Select(i => $"warning-{i}"), "error-0"]);
        With(warnings: 18, errors: 3).Findings.Count(finding => finding.Severity == Severity.Error).ShouldBe(2);
        With(notes: 19, errors: 1, warnings: 0, unjudged: true).Findings.Count.ShouldBe(20, "an error weighs more than that something was not judged");
    }

    [Fact]
    public void That_it_runs_code_is_kept_however_much_else_there_is()
    {
        foreach (var report in (FormatReport[])[With(), With(notes: 30), With(warnings: 30), With(warnings: 30, errors: 30, unjudged: true)])
        {
            var before = report.Findings.Count;
            report.IsUnsafe.ShouldBeFalse();

            report.RunsCode("a-runs-code", "first", "fix");
            report.Damaged("damaged", "error");

            report.IsUnsafe.ShouldBeTrue();
            report.Findings[before].ShouldBe(new Finding("a-runs-code", Severity.Warning, "a/b.c", "first", "fix"));
            for (var i = 0; i < 30; i++)
            {
                report.RunsCode("a-runs-code", "more", "fix");
            }

            report.IsUnsafe.ShouldBeTrue();
            report.Findings.Count.ShouldBeLessThanOrEqualTo(22);
        }
    }

    [Fact]
    public void A_finding_has_its_weight_its_file_and_what_to_do()
    {
        With(notes: 1, warnings: 1, errors: 1, unjudged: true).Findings.ShouldBe(
            [
                new Finding("note-0", Severity.Note, "a/b.c", "note", "fix"),
                new Finding("warning-0", Severity.Warning, "a/b.c", "warning", "fix"),
                new Finding("error-0", Severity.Error, "a/b.c", "error", "Pull it again; if it stays so, fall back to an older copy."),
                new Finding("unjudged", Severity.Warning, "a/b.c", "unjudged", "Only its hash vouches for it: load it once yourself before you rely on it."),
            ]);
        With(notes: 1).Findings[0].ToString().ShouldBe("a/b.c: note fix");
        new Finding("x", Severity.Note, string.Empty, "What.", "Fix.").ToString().ShouldBe("What. Fix.");
    }

    [Theory]
    [InlineData(InspectionDepth.Counts, false, false, 0)]
    [InlineData(InspectionDepth.Tensors, true, false, 200_000)]
    [InlineData(InspectionDepth.Values, true, true, 200_000)]
    public void Arrays_are_listed_as_deep_as_was_asked_and_two_hundred_thousand_at_most(InspectionDepth depth, bool lists, bool measures, int listed)
    {
        var report = new FormatReport("a", depth);
        for (var i = 0; i <= 200_000; i++)
        {
            report.List(_tensor);
        }

        (report.ListsTensors, report.MeasuresValues, report.ListedTensors.Count).ShouldBe((lists, measures, listed));
    }

    [Fact]
    public void What_must_be_in_another_file_is_gathered_by_its_name_and_a_million_parts_at_most()
    {
        var report = new FormatReport("a");
        report.Needs("one").Tensors.Add("w");
        report.Needs("one").Tensors.Add("v");
        for (var i = 0; i <= 1_000_000; i++)
        {
            report.Needs("two", new CompanionPart("w", i, 1, null));
        }

        report.Companions.Select(companion => (companion.Name, companion.Tensors.Count, companion.Parts.Count)).ShouldBe([("one", 2, 0), ("two", 0, 1_000_000)]);
    }

    [Theory]
    [InlineData("step", true, false, true)]
    [InlineData("global_step", true, false, true)]
    [InlineData("iteration", true, false, true)]
    [InlineData("iter", true, false, true)]
    [InlineData("epoch", false, true, true)]
    [InlineData("iter_num", true, false, false)]
    [InlineData("global_steps", true, false, false)]
    [InlineData("num_steps", true, false, false)]
    [InlineData("train_step", true, false, false)]
    [InlineData("current_step", true, false, false)]
    [InlineData("completed_steps", true, false, false)]
    [InlineData("steps", true, false, false)]
    [InlineData("current_epoch", false, true, false)]
    [InlineData("last_epoch", false, true, false)]
    [InlineData("Step", false, false, false)]
    [InlineData("stepp", false, false, false)]
    [InlineData("a_very_long_name_of_a_step", false, false, false)]
    public void How_far_training_was_is_told_by_common_names(string name, bool isStep, bool isEpoch, bool atTheTop)
    {
        (TrainingProgress.IsStep(name), TrainingProgress.IsEpoch(name), TrainingProgress.IsProgress(name)).ShouldBe((isStep, isEpoch, isStep || isEpoch));
        TrainingProgress.NameOf(System.Text.Encoding.UTF8.GetBytes(name)).ShouldBe(atTheTop ? name : null);
    }

    [Theory]
    [InlineData("0", 0L, 0.0)]
    [InlineData("1840", 1840L, 1840.0)]
    [InlineData(" 1e3 ", 1000L, 1000.0)]
    [InlineData("2.5", null, 2.5)]
    [InlineData("9007199254740992", 9007199254740992L, 9007199254740992.0)]
    [InlineData("9007199254740994", null, null)]
    [InlineData("-1", null, null)]
    [InlineData("NaN", null, null)]
    [InlineData("Infinity", null, null)]
    [InlineData("1,5", null, null)]
    [InlineData("soon", null, null)]
    public void Only_a_sensible_count_is_a_step_or_an_epoch(string value, long? step, double? epoch)
    {
        var report = new FormatReport("a");
        TrainingProgress.Take("step", value, report);
        TrainingProgress.Take("epoch", value, report);
        TrainingProgress.Take("loss", value, report);

        (report.Step, report.Epoch).ShouldBe((step, epoch));
    }

    [Theory]
    [InlineData(1, "values that are not finite are in 1 of 3 tensors: n0 (1 NaN, 2 infinite of 9).")]
    [InlineData(5, "values that are not finite are in 5 of 7 tensors: n0 (1 NaN, 2 infinite of 9), n1 (1 NaN, 2 infinite of 9), n2 (1 NaN, 2 infinite of 9), n3 (1 NaN, 2 infinite of 9), n4 (1 NaN, 2 infinite of 9).")]
    [InlineData(7, "values that are not finite are in 7 of 9 tensors: n0 (1 NaN, 2 infinite of 9), n1 (1 NaN, 2 infinite of 9), n2 (1 NaN, 2 infinite of 9), n3 (1 NaN, 2 infinite of 9), n4 (1 NaN, 2 infinite of 9) and 2 more.")]
    public void Tensors_with_values_that_are_not_finite_are_named_the_first_five(int broken, string says)
    {
        var report = Told(broken, new TensorStatistics(9, 1, 2, 0, 1, 1, 1));

        report.Findings.Select(finding => $"{finding.Severity} {finding.Id}: {finding.What}").ShouldBe([$"Warning values-not-finite: {says}"]);
    }

    [Theory]
    [InlineData(1, "all zero: 1 of 3 tensors, n0.")]
    [InlineData(5, "all zero: 5 of 7 tensors, n0, n1, n2, n3, n4.")]
    [InlineData(6, "all zero: 6 of 8 tensors, n0, n1, n2, n3, n4 and 1 more.")]
    public void Tensors_that_are_all_zero_are_named_the_first_five(int zero, string says)
    {
        var report = Told(zero, new TensorStatistics(9, 0, 0, 9, 0, 0, 0));

        report.Findings.Select(finding => $"{finding.Severity} {finding.Id}: {finding.What}").ShouldBe([$"Note values-all-zero: {says}"]);
    }

    [Fact]
    public void Ordinary_values_and_those_that_were_not_measured_are_not_worth_a_word() => Told(0, new TensorStatistics(9, 0, 0, 9, 0, 0, 0)).Findings.ShouldBeEmpty();

    /// <summary>So many tensors with these values, two ordinary ones, and one that was not measured.</summary>
    private static FormatReport Told(int count, TensorStatistics statistics)
    {
        var report = new FormatReport("a");
        var ordinary = new TensorStatistics(9, 0, 0, 8, 0, 1, 0.5);
        var tensors = Enumerable.Range(0, count).Select(i => ($"n{i}", (TensorStatistics?)statistics));
        ValueFindings.Tell([.. tensors, ("o1", ordinary), ("o2", ordinary), ("u", null)], report);
        return report;
    }
}
