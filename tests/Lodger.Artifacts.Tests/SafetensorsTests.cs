using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

public sealed class SafetensorsTests
{
    private static FileReport Verify(string header, int dataBytes) => Verifying.Content("m.safetensors", SafetensorsBytes.Of(header, dataBytes));

    [Fact]
    public void A_whole_file_loads_and_tells_its_tensors_parameters_step_and_epoch()
    {
        var report = Verifying.Content("m.safetensors", SafetensorsBytes.Small);

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        (report.Format, report.Tensors, report.Parameters, report.Step, report.Epoch).ShouldBe(("safetensors", 2, 10, 1840, 3.0));
        report.Findings.ShouldBeEmpty();
    }

    [Fact]
    public void Every_cut_and_every_byte_too_many_is_damage()
    {
        Verifying.EveryCutIsCaught("m.safetensors", SafetensorsBytes.Small);
        Verifying.Content("m.safetensors", [.. SafetensorsBytes.Small, 0]).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Theory]
    [InlineData("F4", 2, 1)]
    [InlineData("F6_E2M3", 4, 3)]
    [InlineData("BOOL", 3, 3)]
    [InlineData("F8_E4M3", 3, 3)]
    [InlineData("F8_E5M2", 3, 3)]
    [InlineData("F8_E8M0", 3, 3)]
    [InlineData("BF16", 3, 6)]
    [InlineData("F16", 3, 6)]
    [InlineData("U32", 3, 12)]
    [InlineData("F64", 3, 24)]
    public void Every_type_has_its_width(string type, int elements, int bytes)
    {
        string Header(int end) => $$"""{"a":{"dtype":"{{type}}","shape":[{{elements}}],"data_offsets":[0,{{end}}]} }""";

        Verify(Header(bytes), bytes).Verdict.ShouldBe(Verdict.Loads);
        Verify(Header(bytes + 1), bytes + 1).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, "inside the one before it")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""", 6, "hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}""", 2, "ends before it begins")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,9223372036854775808]}}""", 2, "offset")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 2, "cut short")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,2]}}""", 2, "shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}""", 2, "shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "twice")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,2]}}""", 2, "lacks")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}} x""", 2, "JSON")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "JSON")]
    [InlineData("""{"a":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}""", 0, "JSON")]
    public void A_header_that_cannot_be_is_damage_and_says_why(string header, int dataBytes, string words)
    {
        var report = Verify(header, dataBytes);

        report.Verdict.ShouldBe(Verdict.Damaged);
        report.Findings[0].What.ShouldContain(words, Case.Insensitive);
    }

    [Fact]
    public void A_type_of_a_later_version_is_hash_only_not_damage()
    {
        var report = Verify("""{"a":{"dtype":"F2_NEW","shape":[8],"data_offsets":[0,2]}}""", 2);

        report.Verdict.ShouldBe(Verdict.HashOnly);
        report.Findings[0].What.ShouldContain("F2_NEW");
    }

    [Fact]
    public void A_step_kept_as_a_scalar_tensor_is_found()
    {
        var file = SafetensorsBytes.Of("""{"step":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}""", 8);
        BitConverter.TryWriteBytes(file.AsSpan(^8..), 23400L).ShouldBeTrue();

        Verifying.Content("optimizer.safetensors", file).Step.ShouldBe(23400);
    }

    [Fact]
    public void A_header_longer_than_the_format_allows_is_refused_before_memory_is_asked_for()
    {
        var file = SafetensorsBytes.Small.ToArray();
        BitConverter.TryWriteBytes(file, ulong.MaxValue).ShouldBeTrue();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Verifying.Content("m.safetensors", file).Verdict.ShouldBe(Verdict.Damaged);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4_000_000);
    }
}
