using Lodger.Artifacts.Formats;

namespace Lodger.Artifacts.Tests;

/// <summary>Which format a file is: by its content first, by its name where that has no mark, and a word where the two disagree.</summary>
public sealed class DetectionTests
{
    private const string Zip = "504B03040A00";

    [Theory]
    [InlineData("m.gguf", "4747554603000000", "GGUF", false)]
    [InlineData("m.bin", "4747554603000000", "GGUF", false)]
    [InlineData("m", "4747554603000000", "GGUF", false)]
    [InlineData("m.json", "4747554603000000", "GGUF", true)]
    [InlineData("m.npz", Zip, "zip", true)]
    [InlineData("m.pt", Zip + "00000000000000000000000000000000000000000000000000", "PyTorch zip", false)]
    [InlineData("m.zip", Zip, "zip", false)]
    [InlineData("m.unknown", Zip, "zip", false)]
    [InlineData("m.png", Zip, "zip", true)]
    [InlineData("m.png", "00", "PNG", false)]
    [InlineData("m.json", "7B7D", "JSON", false)]
    [InlineData("model.safetensors.index.json", "7B7D", "shard index", false)]
    [InlineData("m.unknown", "7B7D", null, false)]
    [InlineData("m.unknown", "", null, false)]
    public void A_file_is_what_its_content_says_else_what_its_name_says(string name, string head, string? format, bool misleads)
    {
        var report = new FormatReport(name);

        KnownFormats.Detect(Convert.FromHexString(head), name, report)?.Name.ShouldBe(format);
        report.Findings.Select(finding => finding.Id).ShouldBe(misleads ? ["name-misleads"] : []);
    }
}
