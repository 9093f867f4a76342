using System.Text.Json;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Tests;

/// <summary>Files that other programs wrote (Fixtures/formats/make.py), held to what their own readers say of them (expected.json).</summary>
public sealed class RealFormatsTests
{
    private static readonly JsonElement _expected = JsonDocument.Parse(File.ReadAllBytes(FormatFixtures.Path("expected.json"))).RootElement;

    public static TheoryData<string> Files => [.. _expected.EnumerateObject().Select(file => file.Name)];

    [Theory]
    [MemberData(nameof(Files))]
    public void It_loads_and_its_arrays_are_what_its_own_reader_says(string name)
    {
        var report = FormatFixtures.Verify(name, InspectionDepth.Values);
        var expected = _expected.GetProperty(name);

        report.Verdict.ShouldBe(FormatFixtures.SoundVerdictOf(name), string.Join('\n', report.Findings));
        report.Format.ShouldBe(expected.GetProperty("format").GetString());
        report.Checked.ShouldContain(expected.GetProperty("says").GetString() ?? string.Empty);
        if (expected.TryGetProperty("step", out var step))
        {
            report.Step.ShouldBe(step.GetInt64());
        }

        if (expected.TryGetProperty("tensors", out var tensors))
        {
            var rows = tensors.EnumerateArray().Select(Row.Of).ToList();
            report.Tensors.ShouldBe(rows.Count);
            report.Parameters.ShouldBe(rows.Sum(row => row.Elements));
            var measured = report.TensorList.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
            measured.Select(tensor => $"{tensor.Name} {tensor.Type} [{string.Join(',', tensor.Shape)}]").ShouldBe(rows.Select(row => row.Text));
            foreach (var (tensor, row) in measured.Zip(rows).Where(pair => pair.Second.Sha256 is not null))
            {
                tensor.ValuesSha256.ShouldBe(row.Sha256, row.Text);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_cut_of_it_is_caught_where_the_format_makes_that_possible(string name)
    {
        var whole = File.ReadAllBytes(FormatFixtures.Path(name));
        using var directory = new TemporaryDirectory();
        var path = directory[Path.GetFileName(name)];
        var format = _expected.GetProperty(name).GetProperty("format").GetString()!;
        foreach (var length in FormatFixtures.Cuts(whole.Length))
        {
            Verifying.Rewrite(path, whole.AsSpan(0, length));
            var report = Verifying.File(path);
            FormatFixtures.IsCaught(format, report, whole, length).ShouldBeTrue($"{name} cut to {length} of {whole.Length} bytes was {report.Verdict}: {string.Join(' ', report.Findings)}");
        }
    }

    private sealed record Row(string Text, string? Sha256, long Elements)
    {
        internal static Row Of(JsonElement tensor)
        {
            var shape = tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToList();
            return new Row(
                $"{tensor.GetProperty("name").GetString()} {tensor.GetProperty("type").GetString()} [{string.Join(',', shape)}]",
                tensor.GetProperty("sha256").GetString(),
                shape.Aggregate(1L, (product, size) => product * size));
        }
    }
}
