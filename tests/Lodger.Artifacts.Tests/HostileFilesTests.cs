using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>Whatever the bytes say: no exception, no endless reading, no memory in proportion to a claim.</summary>
public sealed class HostileFilesTests
{
    private const long ModestBytes = 16 * 1024 * 1024;

    public static TheoryData<string> Originals => new(
        ["m.safetensors", "m.json", "m.jsonl", "structured.npy", "objects.npy", "stored.npz", "deflated.npz", "streamed.npz"]);

    private static byte[] Original(string name) => name switch
    {
        "m.safetensors" => SafetensorsBytes.Small,
        "m.json" => """{"a": [1, 2.5e+3, "é\u0041\\"], "b": {"c": null, "d": true, "step": 5}}"""u8.ToArray(),
        "m.jsonl" => "{\"step\": 1}\n{\"step\": 2}\n"u8.ToArray(),
        _ => File.ReadAllBytes(Verifying.Fixture(name)),
    };

    [Theory]
    [MemberData(nameof(Originals))]
    public void Any_mutation_is_judged_calmly(string name)
    {
        var original = Original(name);
        using var directory = new TemporaryDirectory();
        var path = directory[name];
        var mutation = Gen.Choose(0, original.Length - 1).Zip(Gen.Choose(0, 255)).ArrayOf().Resize(8).ToArbitrary();
        Prop.ForAll(mutation, edits =>
        {
            var mutated = original.ToArray();
            foreach (var (at, value) in edits)
            {
                mutated[at] = (byte)value;
            }

            Verifying.Rewrite(path, mutated);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var report = Verifying.File(path);
            return report.Sha256 is not null && GC.GetAllocatedBytesForCurrentThread() - before < ModestBytes;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    [Theory]
    [MemberData(nameof(Originals))]
    public void Every_number_field_set_to_its_extremes_is_judged_calmly(string name)
    {
        var original = Original(name);
        using var directory = new TemporaryDirectory();
        for (var at = 0; at + 8 <= original.Length; at += 1)
        {
            foreach (var extreme in (long[])[long.MaxValue, long.MinValue, -1])
            {
                var mutated = original.ToArray();
                BinaryPrimitives.WriteInt64LittleEndian(mutated.AsSpan(at), extreme);
                Verifying.Rewrite(directory[name], mutated);
                Verifying.File(directory[name]).Sha256.ShouldNotBeNull();
            }
        }
    }

    [Fact]
    public void Any_right_safetensors_loads_with_its_count()
    {
        var sizes = Gen.Choose(0, 40).ArrayOf().Resize(12).ToArbitrary();
        Prop.ForAll(sizes, counts =>
        {
            var header = new StringBuilder("{\"__metadata__\":{\"step\":\"9\"}");
            var end = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                header.Append($$""","t{{i}}":{"dtype":"F16","shape":[{{counts[i]}}],"data_offsets":[{{end}},{{end + (2 * counts[i])}}] }""");
                end += 2 * counts[i];
            }

            var report = Verifying.Content("m.safetensors", SafetensorsBytes.Of(header.Append('}').ToString(), end));
            return report.Verdict == Verdict.Loads && report.Tensors == counts.Length && report.Parameters == counts.Sum() && report.Step == 9;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_zip_bomb_that_claims_less_than_it_unpacks_to_is_stopped_at_its_claim()
    {
        var array = NpyOfZeros(900);
        var bomb = Zip(("w.npy", [.. array, .. new byte[64 * 1024 * 1024]]));
        foreach (var signature in (byte[][])[[.. "PK\x03\x04"u8], [.. "PK\x01\x02"u8]])
        {
            var at = bomb.AsSpan().LastIndexOf(signature);
            BinaryPrimitives.WriteInt32LittleEndian(bomb.AsSpan(at + (signature[2] == 3 ? 22 : 24)), array.Length);
        }

        var report = Verifying.Content("bomb.npz", bomb);

        report.Verdict.ShouldBe(Verdict.Damaged);
        report.Findings[0].What.ShouldContain($"more than the {array.Length} bytes it claims");
    }

    [Fact]
    public void A_claim_that_no_compression_could_keep_is_refused_unread()
    {
        var bomb = Zip(("w.npy", NpyOfZeros(1000)));
        BinaryPrimitives.WriteInt32LittleEndian(bomb.AsSpan(bomb.AsSpan().LastIndexOf("PK\x01\x02"u8) + 24), 2_000_000_000);

        Verifying.Content("bomb.npz", bomb).Findings[0].What.ShouldContain("cannot hold the 2000000000");
    }

    [Fact]
    public void Members_that_share_their_bytes_are_refused()
    {
        var zip = Zip(("a.npy", NpyOfZeros(1000)), ("b.npy", NpyOfZeros(1000)));
        var second = zip.AsSpan().LastIndexOf("PK\x01\x02"u8);
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(second + 42), 0); // b's content is said to be where a's is

        Verifying.Content("overlap.npz", zip).Findings[0].What.ShouldContain("reach into what follows");
    }

    [Fact]
    public void Two_members_of_one_name_are_refused_and_a_name_that_leads_out_is_said()
    {
        Verifying.Content("twice.npz", Zip(("a.npy", NpyOfZeros(8)), ("a.npy", NpyOfZeros(8)))).Findings.ShouldContain(finding => finding.Id == "npz-duplicate");

        var report = Verifying.Content("out.npz", Zip(("../../a.npy", NpyOfZeros(8))));
        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("npz-path");
    }

    [Fact]
    public void Gigabytes_are_verified_in_little_memory()
    {
        using var directory = new TemporaryDirectory();
        var path = directory["large.safetensors"];
        const long DataBytes = 9L << 28; // 2.25 GiB: more than 31 bits
        var head = SafetensorsBytes.Of($$"""{"a":{"dtype":"F32","shape":[{{DataBytes / 4}}],"data_offsets":[0,{{DataBytes}}]} }""", 0);
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, head, 0);
            RandomAccess.SetLength(file, head.Length + DataBytes); // sparse: takes no disk
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = Verifying.File(path);

        report.Verdict.ShouldBe(Verdict.Loads);
        report.Parameters.ShouldBe(DataBytes / 4);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(8_000_000);
    }

    [Fact]
    public void One_endless_JSON_string_is_verified_in_little_memory()
    {
        using var directory = new TemporaryDirectory();
        var path = directory["long.json"];
        using (var file = File.Create(path))
        {
            file.Write("[\""u8);
            var part = new byte[1024 * 1024];
            part.AsSpan().Fill((byte)'x');
            for (var i = 0; i < 200; i++)
            {
                file.Write(part);
            }

            file.Write("\"]"u8);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Verifying.File(path).Verdict.ShouldBe(Verdict.Loads);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(8_000_000);
    }

    private static byte[] NpyOfZeros(int count)
    {
        var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. new byte[count]];
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] members)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in members)
            {
                using var member = zip.CreateEntry(name).Open();
                member.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
