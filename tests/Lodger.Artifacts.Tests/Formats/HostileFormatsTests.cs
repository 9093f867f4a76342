using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace Lodger.Artifacts.Tests;

/// <summary>Real files with bytes changed at random and fields set to their extremes: no exception, little memory, always an end.</summary>
public sealed class HostileFormatsTests
{
    private const long ModestBytes = 24 * 1024 * 1024;

    public static TheoryData<string> Files => new(
        [
            "v3.gguf", "inline.onnx", "keras.h5", "latest.h5", "chunked.h5", "latest_chunked.h5", "tf/two.index", "tf/packed.index", "duckdb_plain.parquet", "hyparquet.parquet", "palette.png",
            "progressive.jpg", "pax.tar.gz", "gnu_sparse.tar", "python.zip", "members.gz", "history.csv", "config.yaml", "flow.yaml",
        ]);

    [Theory]
    [MemberData(nameof(Files))]
    public void Any_mutation_is_judged_calmly(string name)
    {
        var original = FormatFixtures.Bytes(name);
        using var directory = new TemporaryDirectory();
        var path = directory[Path.GetFileName(name)];
        var mutation = Gen.Choose(0, original.Length - 1).Zip(Gen.Choose(0, 255)).ArrayOf().Resize(6).ToArbitrary();
        Prop.ForAll(mutation, edits =>
        {
            var mutated = original.ToArray();
            foreach (var (at, value) in edits)
            {
                mutated[at] = (byte)value;
            }

            Verifying.Rewrite(path, mutated);
            var before = GC.GetAllocatedBytesForCurrentThread();
            return Verifying.File(path).Sha256 is not null && GC.GetAllocatedBytesForCurrentThread() - before < ModestBytes;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithQuietOnSuccess(true));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_field_set_to_its_extremes_is_judged_calmly(string name)
    {
        var original = FormatFixtures.Bytes(name);
        using var directory = new TemporaryDirectory();
        var path = directory[Path.GetFileName(name)];
        var step = Math.Max(1, original.Length / 250);
        for (var at = 0; at + 8 <= original.Length; at += step)
        {
            foreach (var extreme in (long[])[long.MaxValue, -1])
            {
                var mutated = original.ToArray();
                BinaryPrimitives.WriteInt64LittleEndian(mutated.AsSpan(at), extreme);
                Verifying.Rewrite(path, mutated);
                var before = GC.GetAllocatedBytesForCurrentThread();
                Verifying.File(path).Sha256.ShouldNotBeNull();
                (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(ModestBytes);
            }
        }
    }
}
