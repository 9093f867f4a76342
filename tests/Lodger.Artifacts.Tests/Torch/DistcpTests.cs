using Lodger.Artifacts.Formats.Torch;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>A directory of torch.distributed.checkpoint: its .metadata, and shards of pieces.</summary>
public sealed class DistcpTests
{
    private const string Metadata = "torch.distributed.checkpoint.metadata.";

    private static readonly byte[] _pair = TorchBytes.Zip(Py.Tensor("0", 1, 2), ("0", TorchBytes.Floats(1, 2))).Bytes();
    private static readonly byte[] _bytes = TorchBytes.Zip(new Py.Dict(("step", 5))).Bytes();

    private static Py.Call Tensor(long[] size, params (long[] At, long[] Sizes)[] chunks) => Tensor(new Py.Dict(("dtype", new Py.Global("torch.float32"))), size, chunks);

    private static Py.Call Tensor(object? properties, long[] size, params (long[] At, long[] Sizes)[] chunks) => new(Metadata + "TensorStorageMetadata", [], new Py.Dict(
        ("properties", new Py.Call(Metadata + "TensorProperties", [], properties)), ("size", new Py.Call("torch.Size", [Py.Sizes(size)])),
        ("chunks", chunks.Select(chunk => (object?)new Py.Call(Metadata + "ChunkStorageMetadata", [], new Py.Dict(("offsets", Py.Sizes(chunk.At)), ("sizes", Py.Sizes(chunk.Sizes))))).ToArray())));

    private static readonly Py.Call _stored = new(Metadata + "BytesStorageMetadata", [], new Py.Dict());

    private static (object?, object?) Piece(string name, long[]? at, object? shard, object? offset, object? length) => (
        new Py.Call(Metadata + "MetadataIndex", [], new Py.Dict(("fqn", name), ("offset", at is null ? null : Py.Sizes(at)), ("index", 0))),
        new Py.Call("torch.distributed.checkpoint.filesystem._StorageInfo", [], new Py.Dict(("relative_path", shard), ("offset", offset), ("length", length))));

    private static byte[] Described((string, Py.Call)[] described, (object?, object?)[] stored) => Py.Pickle(new Py.Call(Metadata + "Metadata", [], new Py.Dict(
        ("state_dict_metadata", new Py.Dict([.. described.Select(entry => ((object?)entry.Item1, (object?)entry.Item2))])), ("storage_data", new Py.Dict(stored)))));

    /// <summary>Two chunks of a tensor and some bytes, in one shard.</summary>
    private static byte[] Sound => Described(
        [("model.w", Tensor([2, 2], ([0, 0], [1, 2]), ([1, 0], [1, 2]))), ("optim.step", _stored)],
        [Piece("model.w", [0, 0], "__0.distcp", 0, _pair.Length), Piece("model.w", [1, 0], "__0.distcp", _pair.Length, _pair.Length), Piece("optim.step", null, "__0.distcp", 2 * _pair.Length, _bytes.Length)]);

    private static FileReport Verify(string name, byte[] metadata, byte[]? shard, InspectionDepth depth = InspectionDepth.Tensors)
    {
        using var directory = new TemporaryDirectory();
        directory.With(".metadata", metadata);
        if (shard is not null)
        {
            directory.With("__0.distcp", shard);
        }

        return Verifying.File(directory[name], depth);
    }

    private static byte[] Shard => [.. _pair, .. _pair, .. _bytes];

    private static (string Id, string What) MetadataFinding(byte[] metadata, byte[]? shard = null, Verdict verdict = Verdict.Damaged)
    {
        var report = Verify(".metadata", metadata, shard ?? new byte[10_000]);
        report.Verdict.ShouldBe(verdict, string.Join('\n', report.Findings));
        var finding = report.Findings.ShouldHaveSingleItem();
        return (finding.Id, finding.What);
    }

    [Fact]
    public void A_sound_one_loads_as_a_whole()
    {
        var report = Verify(".metadata", Sound, Shard);

        (report.Format, report.Verdict, report.Tensors, report.Parameters).ShouldBe(("PyTorch DCP", Verdict.Loads, 1, 4), string.Join('\n', report.Findings));
        report.Checked.ShouldBe("1 tensors in 3 pieces: every chunk, every shard's presence and length");
        report.NotChecked.ShouldBe(["the pieces themselves (each is checked with its shard)"]);
        var tensor = report.TensorList.ShouldHaveSingleItem();
        (tensor.Name, tensor.Type, tensor.Bytes, tensor.Record).ShouldBe(("model.w", "float32", 16, "shards"));
        tensor.Shape.ShouldBe([2, 2]);
    }

    [Fact]
    public void A_sound_one_loads_shard_by_shard()
    {
        var report = Verify("__0.distcp", Sound, Shard);

        (report.Format, report.Verdict, report.Tensors, report.Parameters).ShouldBe(("PyTorch shard", Verdict.Loads, 2, 4), string.Join('\n', report.Findings));
        report.Checked.ShouldBe("3 pieces, each with its pickle, records, sizes and CRCs, against .metadata");
        report.NotChecked.ShouldBe(["the values"]);
    }

    [Fact]
    public void The_largest_tensor_there_is_has_its_numbers_and_no_more_bytes_than_can_be_counted()
    {
        var report = Verify(".metadata", Described([("w", Tensor([long.MaxValue], ([0], [long.MaxValue])))], [Piece("w", [0], "__0.distcp", 0, 9)]), Shard);

        (report.Verdict, report.Parameters, report.TensorList.ShouldHaveSingleItem().Bytes).ShouldBe((Verdict.Loads, long.MaxValue, long.MaxValue), string.Join('\n', report.Findings));
    }

    [Fact]
    public void The_type_of_a_tensor_is_a_field_or_the_first_of_a_tuple_or_unknown()
    {
        string TypeOf(object? properties)
        {
            var tensor = Verify(".metadata", Described([("w", Tensor(properties, [2], ([0], [2])))], [Piece("w", [0], "__0.distcp", 0, 9)]), Shard).TensorList.ShouldHaveSingleItem();
            return $"{tensor.Type} {tensor.Bytes}";
        }

        TypeOf(new Py.Dict(("dtype", new Py.Global("torch.float16")))).ShouldBe("float16 4");
        TypeOf(new Py.Tuple(new Py.Global("torch.float64"), 1)).ShouldBe("float64 16");
        TypeOf(new Py.Tuple()).ShouldBe("unknown 0");
        TypeOf(new Py.Dict(("dtype", "float16"))).ShouldBe("unknown 0");
    }

    [Fact]
    public void Parts_of_a_training_run_are_told_by_names()
    {
        TrainingState? PartsOf(params string[] names) => Verify(
            ".metadata", Described([.. names.Select(name => (name, name.Contains('#') ? _stored : Tensor([2], ([0], [2]))))], [.. names.Select(name => Piece(name, name.Contains('#') ? null : [0], "__0.distcp", 0, 9))]), Shard).Training;

        PartsOf("model.w").ShouldBe(new TrainingState(true, false, false, false, false, false));
        PartsOf("optim.w").ShouldBe(new TrainingState(false, true, false, false, false, false));
        PartsOf("a.optim.w").ShouldBe(new TrainingState(false, true, false, false, false, false));
        PartsOf("a.optimal", "b.w").ShouldBe(new TrainingState(true, true, false, false, false, false));
        PartsOf("model.w", "lr_sched#", "x#").ShouldBe(new TrainingState(true, false, true, false, false, false));
        PartsOf("model.w", "rng_state").ShouldBe(new TrainingState(true, false, false, true, false, false));
        PartsOf("model.w", "grad_scaler#").ShouldBe(new TrainingState(true, false, false, false, true, false));
        PartsOf("model.w", "trainer.step").ShouldBe(new TrainingState(true, false, false, false, false, true));
        PartsOf("model.w", "epoch").ShouldBe(new TrainingState(true, false, false, false, false, true));
        Verify(".metadata", Described([("model.w", Tensor([2], ([0], [2]))), ("optim.m", Tensor([2], ([0], [2])))], [Piece("model.w", [0], "__0.distcp", 0, 9), Piece("optim.m", [0], "__0.distcp", 0, 9)]), Shard).Parameters.ShouldBe(2);
    }

    [Fact]
    public void Chunks_have_to_fill_their_tensor_once()
    {
        string What(params (long[] At, long[] Sizes)[] chunks) => MetadataFinding(Described([("w", Tensor([2, 2], chunks))], [.. chunks.Select(chunk => Piece("w", chunk.At, "__0.distcp", 0, 9)).DistinctBy(piece => Py.Opcodes(piece.Item1))])).What;
        Verify(".metadata", Described([("w", Tensor([2, 2], ([0, 0], [1, 2]), ([1, 0], [1, 2])))], [Piece("w", [0, 0], "__0.distcp", 0, 9), Piece("w", [1, 0], "__0.distcp", 0, 9)]), Shard).Verdict.ShouldBe(Verdict.Loads);

        What(([0, 0], [1, 2])).ShouldBe("the chunks of \"w\" have 2 elements together, and it has 4: they do not fill it once.");
        What(([0, 0], [1, 2]), ([0, 0], [1, 2])).ShouldBe("the chunks of \"w\" have 4 elements together, and it has 4: they do not fill it once.");
        What(([0, 0], [1, 1]), ([0, 0], [1, 1]), ([1, 0], [1, 2])).ShouldBe("the chunks of \"w\" have 4 elements together, and it has 4: they do not fill it once.");
        What(([1, 0], [2, 2])).ShouldBe("\"w\" of shape [2, 2] has a chunk at [1, 0] of [2, 2], which is not in it.");
        What(([0, 1], [2, 2])).ShouldBe("\"w\" of shape [2, 2] has a chunk at [0, 1] of [2, 2], which is not in it.");
        What(([0], [2]), ([1, 0], [1, 2])).ShouldBe("\"w\" of shape [2, 2] has a chunk at [0] of [2], which is not in it.");
        What(([0, 0], [4])).ShouldBe("\"w\" of shape [2, 2] has a chunk at [0, 0] of [4], which is not in it.");
        What(([0], [2, 2])).ShouldBe("\"w\" of shape [2, 2] has a chunk at [0] of [2, 2], which is not in it.");
    }

    [Theory]
    [InlineData(10, new long[] { 0, 5, 3, 5 }, true)]
    [InlineData(10, new long[] { 3, 5, 0, 5 }, true)]
    [InlineData(10, new long[] { 0, 5, 5, 5 }, false)]
    [InlineData(10, new long[] { 5, 5, 0, 5, 10, 0, 0, 0 }, false)]
    public void Chunks_of_as_many_elements_as_the_tensor_must_not_overlap(long size, long[] atAndSize, bool overlap)
    {
        (long[] At, long[] Sizes)[] chunks = [.. atAndSize.Chunk(2).Select(pair => ((long[])[pair[0]], (long[])[pair[1]]))];
        var report = Verify(".metadata", Described([("w", Tensor([size], chunks))], [.. chunks.Select(chunk => Piece("w", chunk.At, "__0.distcp", 0, 9))]), Shard);

        report.Verdict.ShouldBe(overlap ? Verdict.Damaged : Verdict.Loads);
        report.Findings.Select(finding => finding.What).ShouldBe(overlap ? ["the chunks of \"w\" have 10 elements together, and it has 10: they do not fill it once."] : []);
    }

    [Fact]
    public void A_grid_of_chunks_is_swept_along_the_dimension_that_is_cut_most()
    {
        bool? Overlap(params (long[] At, long[] Shape)[] chunks) => DistcpOverlap.IsIn(new DistcpTensor("w", null, [2, 6], chunks));

        Overlap(([0, 4], [2, 2]), ([0, 2], [1, 2]), ([1, 2], [1, 2]), ([0, 0], [2, 2])).ShouldBe(false);
        Overlap(([0, 4], [2, 2]), ([0, 2], [2, 2]), ([1, 3], [1, 1]), ([0, 0], [2, 2])).ShouldBe(true);
        Overlap([.. Enumerable.Range(0, 20_000).Select(i => ((long[])[0, i], (long[])[1, 20_000]))]).ShouldBe(true);
        DistcpOverlap.IsIn(new DistcpTensor("w", null, [], [([], []), ([], [])])).ShouldBe(true);
        DistcpOverlap.IsIn(new DistcpTensor("w", null, [], [([], [])])).ShouldBe(false);
        DistcpOverlap.IsIn(new DistcpTensor("w", null, [16_000, 16_000], [.. Enumerable.Range(0, 16_000).Select(i => ((long[])[i, i], (long[])[16_000 - i, 1]))])).ShouldBeNull();
    }

    [Fact]
    public void What_no_shard_holds_is_named()
    {
        MetadataFinding(Described([("w", Tensor([2], ([0], [2])))], [Piece("w", [1], "__0.distcp", 0, 9)])).ShouldBe(("distcp-missing", "the chunk of \"w\" at [0] is in no shard."));
        MetadataFinding(Described([("w", Tensor([2], ([0], [2])))], [Piece("v", [0], "__0.distcp", 0, 9)])).ShouldBe(("distcp-missing", "the chunk of \"w\" at [0] is in no shard."));
        MetadataFinding(Described([("s", _stored), ("t", _stored)], [Piece("t", null, "__0.distcp", 0, 9)])).ShouldBe(("distcp-missing", "\"s\" is described, and no shard holds it."));
        MetadataFinding(Described([], [Piece("a", null, "__7.distcp", 5, 20), Piece("b", null, "__7.distcp", 10, 2)])).ShouldBe(("distcp-missing-shard", "the shard __7.distcp, which holds a and 1 other pieces, is not beside it."));
        MetadataFinding(Described([], [Piece("a", null, "__0.distcp", 5, 20), Piece("b", null, "__0.distcp", 10, 2)]), new byte[24]).ShouldBe(("distcp-shard-size", "the shard __0.distcp has 24 bytes, and a should end at byte 25."));
        Verify(".metadata", Described([], [Piece("a", null, "__0.distcp", 5, 9)]), new byte[14]).Verdict.ShouldBe(Verdict.Loads);
    }

    [Fact]
    public void What_torch_distributed_does_not_write_is_refused()
    {
        string What(byte[] metadata) => MetadataFinding(metadata) is ("distcp-metadata", var what) ? what : "";
        const string Unlike = "it is not what torch.distributed.checkpoint writes: ";

        What(Py.Pickle(new Py.Dict())).ShouldBe(Unlike + "it has no state_dict_metadata and storage_data.");
        What(Py.Pickle(new Py.Call(Metadata + "Metadata", [], new Py.Dict(("state_dict_metadata", new Py.Dict()), ("storage_data", 1))))).ShouldBe(Unlike + "it has no state_dict_metadata and storage_data.");
        What(Py.Pickle(new Py.Call(Metadata + "Metadata", [], new Py.Dict(("state_dict_metadata", new Py.Dict((1, _stored))), ("storage_data", new Py.Dict()))))).ShouldBe(Unlike + "a tensor's name is not a short text.");
        What(Described([("w", new Py.Call(Metadata + "TensorStorageMetadata", [], new Py.Dict()))], [])).ShouldBe(Unlike + "w has no list of chunks.");
        What(Described([("w", Tensor([-1]))], [])).ShouldBe(Unlike + "w has a shape or an offset that is none.");
        What(Described([("w", Tensor([1L << 40, 1L << 40]))], [])).ShouldBe(Unlike + "a shape has more elements than any tensor.");
        foreach (var piece in new[] { Piece("w", null, 5, 0, 9), Piece("w", null, "__0.distcp", "0", 9), Piece("w", null, "__0.distcp", 0, null), ("w", Piece("w", null, "__0.distcp", 0, 9).Item2) })
        {
            What(Described([], [piece])).ShouldBe(Unlike + "a stored piece has no name, shard, offset or length.");
        }

        What(Described([], [Piece("w", [-1], "__0.distcp", 0, 9)])).ShouldBe(Unlike + "w has a shape or an offset that is none.");
        MetadataFinding([.. Sound, 0, 0], Shard).ShouldBe(("pickle-size", "its pickle ends 2 bytes before the file does."));
        Verify(".metadata", Described([("w", new Py.Call("os.system", []))], []), Shard).Findings[0].What.ShouldBe("loading it would run code: os.system.");
    }

    [Fact]
    public void It_is_told_by_its_names()
    {
        (new DistcpMetadataFormat().RecognisesName(".metadata"), new DistcpMetadataFormat().RecognisesName("a.metadata"), new DistcpMetadataFormat().RecognisesContent(Sound)).ShouldBe((true, false, false));
        (new DistcpMetadataFormat().AgreesWithName([0x80, 2, 0]), new DistcpMetadataFormat().AgreesWithName([0x81, 2, 0]), new DistcpMetadataFormat().AgreesWithName([0x80, 2])).ShouldBe((true, false, false));
        (new DistcpShardFormat().RecognisesName("__0_0.distcp"), new DistcpShardFormat().RecognisesName("distcp"), new DistcpShardFormat().RecognisesContent(Shard), new DistcpShardFormat().AgreesWithName(Shard)).ShouldBe((true, false, false, true));
    }

    [Fact]
    public void The_description_is_read_once_for_all_shards_and_again_when_it_is_another()
    {
        using var directory = new TemporaryDirectory();
        directory.With("a/.metadata", Sound).With("b/.metadata", Described([], []));
        var layouts = new DistcpLayouts();
        DistcpLayout? Of(string name)
        {
            using var metadata = Artifacts.Formats.FileBeside.Open(directory[name + "/__0.distcp"], ".metadata")!;
            return layouts.Of(name, metadata, TestContext.Current.CancellationToken);
        }

        var first = Of("a")!;
        Of("a").ShouldBeSameAs(first);
        first.Pieces.Count.ShouldBe(3);
        Of("b")!.Pieces.ShouldBeEmpty();
        Of("a").ShouldNotBeSameAs(first);
        File.SetLastWriteTimeUtc(directory["b/.metadata"], DateTime.UnixEpoch);
        var other = Of("b");
        File.SetLastWriteTimeUtc(directory["b/.metadata"], DateTime.UnixEpoch.AddSeconds(1));
        Of("b").ShouldNotBeSameAs(other);
        File.WriteAllBytes(directory["b/.metadata"], Py.Pickle(new Py.Dict()));
        Should.Throw<Artifacts.Formats.Pickle.PickleException>(() => Of("b"));
        Should.Throw<Artifacts.Formats.Pickle.PickleException>(() => Of("b"));
    }

    [Fact]
    public void The_largest_files_come_first_and_shards_of_one_directory_together()
    {
        ListedFile[] files = [new("a/0.distcp", "", 5), new("b/0.distcp", "", 5), new("c.pt", "", 4), new("a/1.distcp", "", 7), new("b/1.distcp", "", 6), new("b/.metadata", "", 1), new("d.pt", "", 9)];

        DirectoryVerification.InOrder(files).Select(file => file.Path).ShouldBe(["d.pt", "a/1.distcp", "a/0.distcp", "b/1.distcp", "b/0.distcp", "c.pt", "b/.metadata"]);
    }

    private static (string Id, string What)[] ShardFindings(byte[] metadata, byte[] shard)
    {
        var report = Verify("__0.distcp", metadata, shard);
        report.Verdict.ShouldBe(Verdict.Damaged);
        return [.. report.Findings.Select(finding => (finding.Id, finding.What))];
    }

    [Fact]
    public void Pieces_have_to_fill_their_shard_one_after_another()
    {
        var (pair, whole) = (_pair.Length, Shard.Length);

        ShardFindings(Sound, Shard[..^1]).ShouldBe([("distcp-layout", $"optim.step should be {_bytes.Length} bytes at byte {2 * pair}; the one before it ends at {2 * pair}, and the file has {whole - 1}.")]);
        ShardFindings(Sound, [.. Shard, 1, 2, 3]).ShouldBe([("distcp-layout", "3 bytes follow its last piece.")]);
        ShardFindings(Described([], [Piece("a", null, "__0.distcp", 1, whole - 1)]), Shard).ShouldBe([("distcp-layout", $"a should be {whole - 1} bytes at byte 1; the one before it ends at 0, and the file has {whole}.")]);
        ShardFindings(Described([], [Piece("a", null, "__0.distcp", 0, -1)]), Shard).ShouldBe([("distcp-layout", $"a should be -1 bytes at byte 0; the one before it ends at 0, and the file has {whole}.")]);
        ShardFindings(Described([], [Piece("a", null, "__0.distcp", 0, 0), Piece("b", null, "__0.distcp", 0, pair)]), _pair).ShouldBe([("torch-zip", "a: it has no end record at its end: it was cut short, or is no zip.")]);
    }

    /// <summary>A process whose tensors another one saves opens its shard and writes nothing into it (torch/distributed/checkpoint/filesystem.py).</summary>
    [Fact]
    public void An_empty_shard_is_whole_where_the_description_names_no_piece_in_it()
    {
        Verify("__0.distcp", Described([], [Piece("a", null, "__1.distcp", 0, Shard.Length)]), []).Lines()
            .ShouldBe(["Loads", "Note distcp-empty: it is empty, and .metadata names no piece in it: its process had nothing to save that others did not."]);
        ShardFindings(Sound, []).ShouldBe([("distcp-layout", $"model.w should be {_pair.Length} bytes at byte 0; the one before it ends at 0, and the file has 0.")]);
        ReportLines.Only("__0.distcp", []).ShouldBe("Damaged Error distcp-no-metadata: the file .metadata is not beside it: it is written last, so this checkpoint was not finished, or lost it.");
    }

    /// <summary>What saving into the same directory with fewer processes leaves behind.</summary>
    [Fact]
    public void A_shard_that_the_description_does_not_name_is_not_judged()
    {
        byte[] other = Described([], [Piece("a", null, "__1.distcp", 0, Shard.Length)]);

        foreach (var shard in new[] { Shard, Shard[..^1], [1] })
        {
            var report = Verify("__0.distcp", other, shard);
            report.Lines().ShouldBe(["HashOnly", "Warning distcp-unnamed: it is no part of the checkpoint beside it: .metadata names no piece in it, and without that nothing says what it holds."]);
            (report.Tensors, report.Checked).ShouldBe((null, "size and SHA-256"));
        }

        Verify("__0.distcp", other[..^1], Shard).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Fact]
    public void A_piece_has_to_be_the_tensor_that_is_described()
    {
        (string, string)[] Findings(Py.Call described, byte[] piece, long at = 0) => ShardFindings(Described([("w", described)], [Piece("w", [at], "__0.distcp", 0, piece.Length)]), piece);
        static byte[] Zip(object? root) => TorchBytes.Zip(root, ("0", TorchBytes.Floats(1, 2))).Bytes();
        (string, string)[] unlike = [("distcp-chunk", "w: the piece at [0] is not the tensor that .metadata describes.")];

        Verify("__0.distcp", Described([("w", Tensor([2], ([0], [2])))], [Piece("w", [0], "__0.distcp", 0, Zip(Py.Tensor("0", 2)).Length)]), Zip(Py.Tensor("0", 2))).Verdict.ShouldBe(Verdict.Loads);
        Verify("__0.distcp", Described([("w", Tensor(new Py.Dict(), [2], ([0], [2])))], [Piece("w", [0], "__0.distcp", 0, Zip(Py.Tensor("0", 2)).Length)]), Zip(Py.Tensor("0", 2))).Verdict.ShouldBe(Verdict.Loads);
        Findings(Tensor([3], ([0], [3])), Zip(Py.Tensor("0", 2))).ShouldBe(unlike);
        Findings(Tensor([2], ([0], [2])), Zip(Py.View("0", [2], [1], 0, 2, "IntStorage"))).ShouldBe(unlike);
        Findings(Tensor([2], ([0], [2])), Zip(new object[] { Py.Tensor("0", 2), Py.Tensor("0", 2) })).ShouldBe(unlike);
        Findings(Tensor([2], ([0], [2])), Zip(Py.Tensor("0", 2)), at: 1).ShouldBe([("distcp-chunk", "w: the piece at [1] is not the tensor that .metadata describes.")]);
    }

    /// <summary>A tensor that torchao quantized is pickled with its class, and the tensors that it has inside as its state.</summary>
    [Fact]
    public void A_piece_that_is_made_of_several_tensors_is_whole_and_its_shape_left_open()
    {
        var quantized = new Py.Call("torch._tensor._rebuild_from_type_v2", [
            new Py.Global("torch._utils._rebuild_wrapper_subclass"), new Py.Global("torchao.optim.OptimState8bit"),
            new Py.Tuple(new Py.Global("torchao.optim.OptimState8bit"), new Py.Global("torch.float32"), Py.Sizes(2), Py.Sizes(1), 0, new Py.Global("torch.strided"), "cpu", false),
            new Py.Dict(("codes", Py.View("0", [2], [1], 0, 2, "ByteStorage")), ("scale", Py.Tensor("1", 1)))]);
        var piece = TorchBytes.Zip(quantized, ("0", [1, 2]), ("1", TorchBytes.Floats(1))).Bytes();
        var report = Verify("__0.distcp", Described([("w", Tensor([2], ([0], [2])))], [Piece("w", [0], "__0.distcp", 0, piece.Length)]), piece);

        report.Lines().ShouldBe(["LoadsWithWarning", "Warning pickle-runs-code: w: loading it would run code: torchao.optim.OptimState8bit."]);
        report.NotChecked.ShouldContain("the shape of 1 pieces that are made of several tensors each");
        Verify("__0.distcp", Described([("w", Tensor([2], ([0], [2])))], [Piece("w", [0], "__0.distcp", 0, piece.Length)]), piece[..^1]).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Fact]
    public void What_is_wrong_with_a_piece_is_told_under_its_name()
    {
        var altered = Shard;
        altered[Tests.Damage.At(altered, "archive/data/0"u8, _pair.Length) + 14] ^= 1;

        ShardFindings(Sound, altered).ShouldHaveSingleItem().What.ShouldStartWith("model.w: record data/0 (): its CRC is");
        ShardFindings(Described([], [Piece("a", null, "__0.distcp", 0, 9)]), "no zip at"u8.ToArray()).ShouldBe([("torch-zip", "a: it has no end record at its end: it was cut short, or is no zip.")]);
        var code = TorchBytes.Zip(new Py.Global("os.system")).Bytes();
        Verify("__0.distcp", Described([], [Piece("a", null, "__0.distcp", 0, code.Length)]), code).Findings.ShouldHaveSingleItem().What.ShouldBe("a: loading it would run code: os.system.");
    }

    [Fact]
    public void A_shard_whose_description_is_too_large_is_vouched_for_by_its_hash()
    {
        using var directory = new TemporaryDirectory();
        directory.With("__0.distcp", Shard).With(".metadata", Sound);
        using (var grown = File.OpenWrite(directory[".metadata"]))
        {
            grown.SetLength((256L * 1024 * 1024) + 1);
        }

        var report = Verifying.File(directory["__0.distcp"]);
        (report.Verdict, report.Tensors).ShouldBe((Verdict.HashOnly, null));
        report.Findings.ShouldHaveSingleItem().What.ShouldBe("the .metadata beside it has 268435457 bytes, more than this check reads for a shard.");
        using (var grown = File.OpenWrite(directory[".metadata"]))
        {
            grown.SetLength(256L * 1024 * 1024);
        }

        Verifying.File(directory["__0.distcp"]).Verdict.ShouldBe(Verdict.Loads);
    }

    [Fact]
    public void More_pieces_than_are_kept_are_vouched_for_by_their_hash()
    {
        var many = System.Text.Encoding.Latin1.GetBytes("\u0080\u0002](" + new string('N', 10_000) + "eq\u00000" + string.Concat(Enumerable.Repeat("cbuiltins\ndict\nh\u0000\u0085R0", 100)) + "N.");

        MetadataFinding(many, Shard, Verdict.HashOnly).ShouldBe(("pickle-large", "it describes more pieces than this check keeps."));
        var report = Verify("__0.distcp", many, Shard);
        (report.Verdict, report.Findings.ShouldHaveSingleItem().What).ShouldBe((Verdict.HashOnly, "the .metadata beside it describes more pieces than this check keeps."));
    }
}
