using System.Buffers.Binary;
using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Formats.Tar;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// What torch.save wrote before 1.6 (torch/serialization.py, _legacy_save): five pickles one after another (a magic number, a version, the system, the object,
/// the storages' keys), then each storage as its count of elements (8 bytes) and their bytes. Has no checksums of its own.
/// </summary>
internal sealed class TorchLegacyFormat : IFormat
{
    public string Name => "PyTorch legacy";

    // protocol 2, LONG1 of 10 bytes: 0x1950a86a20f9469cfc6c, STOP
    private static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.StartsWith(Magic);

    public bool RecognisesName(string fileName) => TorchNames.Recognises(fileName);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        // torch.load looks for a tar before it looks for this
        Span<byte> block = stackalloc byte[TarHeader.BlockBytes];
        if (TarHeader.MayBegin(block[..file.Read(0, block)]))
        {
            TarFormat.SayRunsCode(report);
        }

        try
        {
            new Check(file, report, cancellation).Run();
        }
        catch (PickleException e)
        {
            report.Damaged(e.Id, e.Message);
        }
    }

    /// <summary>Every storage that an object refers to: its tensors' first, then those that no tensor views which is known here.</summary>
    private static Dictionary<string, TorchStorage> StoragesOf(PickleOutcome outcome, TorchViews views)
    {
        var storages = views.Storages.ToDictionary(storage => storage.Key, StringComparer.Ordinal);
        foreach (var reference in outcome.References)
        {
            if (TorchRebuild.StorageIn(reference) is { } storage)
            {
                storages.TryAdd(storage.Key, storage);
            }
        }

        return storages;
    }

    private sealed class Check(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        private const int CountBytes = 8;
        private const int Version = 1001;
        private const int MaxStorages = 1_000_000;

        private readonly List<string> _foreign = [];
        private readonly Dictionary<string, (long Offset, long Bytes)> _places = new(StringComparer.Ordinal);

        internal void Run()
        {
            var reader = new PickleReader(new FileSlice(file, 0, file.Length), cancellation);
            Next(reader);
            if (Next(reader).Value is not (long and Version))
            {
                throw new PickleException("torch-legacy", $"its protocol version is not {Version}, the only one there is.");
            }

            if (Next(reader).Value is PickleDict system && system["little_endian"] is false)
            {
                report.CannotJudge("torch-big-endian", "it was written on a big-endian machine; its values were not looked at.");
            }

            var outcome = Next(reader);
            var keys = Next(reader).Value as PickleList ?? throw new PickleException("torch-legacy", "it has no list of its storages.");
            var contents = TorchContents.Of(outcome.Value);
            TorchFindings.Code([.. _foreign.Distinct()], isScript: false, string.Empty, report);
            TorchFindings.Limits(outcome, contents, string.Empty, report);
            var views = new TorchViews(contents.Tensors, report, string.Empty);
            views.CheckBounds();
            if (outcome.IsKept && !report.IsDamaged && ReadStorages(reader.Position, keys, StoragesOf(outcome, views), views))
            {
                Tell(outcome, contents, views);
            }
        }

        /// <summary>Runs the next of the five: PyTorch loads each, so code in any of them would run.</summary>
        private PickleOutcome Next(PickleReader reader)
        {
            var outcome = PickleMachine.Run(reader);
            _foreign.AddRange(outcome.Foreign);
            return outcome;
        }

        private bool ReadStorages(long at, PickleList keys, Dictionary<string, TorchStorage> declared, TorchViews views)
        {
            Span<byte> count = stackalloc byte[CountBytes];
            if (keys.Items.Count > MaxStorages)
            {
                report.CannotJudge("torch-limits", $"it lists more than {MaxStorages} storages.");
                return false;
            }

            foreach (var item in keys.Items)
            {
                var key = (item as PickleText)?.Value ?? throw new PickleException("torch-legacy", "a storage's key is not a short text.");
                if (!declared.Remove(key, out var storage))
                {
                    report.Damaged("torch-legacy", $"storage {PrintableText.Of(key, 60)} is named by nothing in its object, or is there twice: how long it is cannot be told.");
                    return false;
                }

                var shown = $"storage {PrintableText.Of(key, 60)}{(views.Has(key) ? $" ({views.NamesOf(key)})" : string.Empty)}";
                if (file.Read(at, count) < CountBytes)
                {
                    report.Damaged("torch-cut", $"{shown} is not there: the file was cut short.");
                    return false;
                }

                var units = BinaryPrimitives.ReadInt64LittleEndian(count);
                if (units != storage.Units)
                {
                    report.Damaged("torch-record-size", $"{shown}: {storage.Units} elements promised, {units} there.");
                    return false;
                }

                if (storage.Bytes > file.Length - at - CountBytes)
                {
                    report.Damaged("torch-cut", $"{shown}: {storage.Bytes} bytes promised, {file.Length - at - CountBytes} there: the file was cut short.");
                    return false;
                }

                _places[key] = (at + CountBytes, (long)storage.Bytes);
                at += CountBytes + (long)storage.Bytes;
            }

            foreach (var storage in declared.Values)
            {
                report.Damaged("torch-missing-record", $"storage {PrintableText.Of(storage.Key, 60)}{(views.Has(storage.Key) ? $", which holds {views.NamesOf(storage.Key)}," : string.Empty)} is not there.");
            }

            if (at != file.Length)
            {
                report.Damaged("torch-size", $"{file.Length - at} bytes follow its last storage.");
            }

            return !report.IsDamaged;
        }

        private void Tell(PickleOutcome outcome, TorchContents contents, TorchViews views)
        {
            var source = new TorchSource(
                key => _places.TryGetValue(key, out var place) ? file.AsPart().Part(place.Offset, place.Bytes) : (FilePart?)null, _ => null);
            var measure = report.MeasuresValues ? new TorchMeasure(source, views, report) : null;
            foreach (var (key, place) in _places.OrderBy(pair => pair.Value.Offset))
            {
                cancellation.ThrowIfCancellationRequested();
                measure?.Take(key, new FileSlice(file, place.Offset, place.Bytes));
            }

            measure?.Finish();
            TorchSummary.Tell(report, outcome, contents, views, measure, source);
            report.Checked = $"5 pickles, {contents.Tensors.Count} tensors, every storage, size and offset (this format has no checksums)";
        }
    }
}
