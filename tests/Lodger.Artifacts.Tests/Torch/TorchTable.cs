using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>One tensor as the real PyTorch reports it (Fixtures/Torch/torch_table.py).</summary>
public sealed record TorchRow(string Type, long[] Shape, string? Sha256, long Nans, long Infinities, long Zeros, double? Min, double? Max, double? Mean);

/// <summary>What the real PyTorch says of files, and the comparison with what Lodger says.</summary>
internal static class TorchTable
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    internal static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "Torch", name);

    internal static IReadOnlyDictionary<string, Dictionary<string, TorchRow>> Expected { get; } = Read(File.ReadAllText(Fixture("expected.json")));

    internal static Dictionary<string, Dictionary<string, TorchRow>> Read(string json) => JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, TorchRow>>>(json, _options)!;

    /// <summary>Every tensor of the table is listed with the same type, shape, values and statistics, and no other is.</summary>
    internal static void ShouldFit(FileReport report, Dictionary<string, TorchRow> expected)
    {
        var tensors = report.TensorList.Where(tensor => !tensor.Type.StartsWith("numpy", StringComparison.Ordinal)).ToDictionary(tensor => tensor.Name);
        tensors.Keys.Order().ShouldBe(expected.Keys.Order(), $"names in {report.Path}");
        foreach (var (name, row) in expected)
        {
            var (tensor, where) = (tensors[name], $"{name} in {report.Path}");
            tensor.Type.ShouldBe(row.Type, where);
            tensor.Shape.ShouldBe(row.Shape, where);
            if (row.Sha256 is not null)
            {
                tensor.ValuesSha256.ShouldBe(row.Sha256, where);
                ShouldFit(tensor.Statistics.ShouldNotBeNull(where), row, where);
            }
        }
    }

    private static void ShouldFit(TensorStatistics found, TorchRow row, string where)
    {
        (found.NaNs, found.Infinities, found.Zeros, found.Min, found.Max).ShouldBe((row.Nans, row.Infinities, row.Zeros, row.Min, row.Max), where);
        found.Mean.HasValue.ShouldBe(row.Mean.HasValue, where);
        if (row.Mean is { } mean)
        {
            found.Mean!.Value.ShouldBe(mean, 1e-9 * Math.Max(1, Math.Max(Math.Abs(row.Min!.Value), Math.Abs(row.Max!.Value))), where);
        }
    }
}
