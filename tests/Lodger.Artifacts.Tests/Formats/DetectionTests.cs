using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Verification;

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

    /// <summary>Images as sites deliver them whatever the address says, and what .hdf meant first.</summary>
    [Theory]
    [InlineData("52494646240000005745425056503820", "a.jpg;a.JPEG;a.png", "WebP")]
    [InlineData("474946383761", "a.jpg;a.png", "GIF")]
    [InlineData("4749463839610A000A00", "a.jpg;a.png", "GIF")]
    [InlineData("424D3A00000000000000360000002800000001000000", "a.jpg;a.png", "BMP")]
    [InlineData("424D3A000000000000008A0000007C00000001000000", "a.jpg;a.png", "BMP")]
    [InlineData("0000001C667479706176696600000000", "a.jpg;a.png", "AVIF")]
    [InlineData("0000001C667479706176697300000000", "a.jpg;a.png", "AVIF")]
    [InlineData("00000018667479706865696300000000", "a.jpg;a.png", "HEIF")]
    [InlineData("00000018667479706D69663100000000", "a.jpg;a.png", "HEIF")]
    [InlineData("0E031301000400000000", "a.hdf;a.h5;a.HDF5", "HDF4")]
    public void What_shares_a_name_with_a_format_is_vouched_for_by_its_hash(string head, string names, string content)
    {
        foreach (var name in names.Split(';'))
        {
            var report = Verifying.Content(name, Convert.FromHexString(head));

            report.Lines().ShouldBe(["HashOnly", $"Warning name-misleads: the name says {(name[2] is 'h' or 'H' ? "HDF5" : name.EndsWith('g') && name[2] == 'p' ? "PNG" : "JPEG")}, the content is {content}."]);
            (report.Format, report.Checked).ShouldBe(("hash only", "size and SHA-256"));
        }
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000")]
    [InlineData("3C21444F43545950452068746D6C3E")]
    [InlineData("3430343A204E6F7420466F756E64")]
    [InlineData("424D2069732061206C657474657220746F6F")]
    [InlineData("424D3A00000000000000360000002800")]
    [InlineData("52494646240000005741564556503820")]
    [InlineData("00000018667479706D70343200000000")]
    [InlineData("4749463838610A")]
    [InlineData("4749463839")]
    public void What_begins_as_nothing_that_is_called_so_is_damage(string head)
    {
        foreach (var name in (string[])["a.jpg", "a.png", "a.h5"])
        {
            Verifying.Content(name, Convert.FromHexString(head)).Verdict.ShouldBe(Verdict.Damaged, name);
        }

        Verifying.Content("a.jpg", [0x0E, 3, 0x13, 1]).Verdict.ShouldBe(Verdict.Damaged);
        Verifying.Content("a.h5", "GIF89a"u8).Verdict.ShouldBe(Verdict.Damaged);
    }
}
