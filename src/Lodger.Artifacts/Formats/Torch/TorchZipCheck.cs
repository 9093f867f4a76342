using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>The check of one PyTorch zip, whole or as a part of a larger file.</summary>
/// <param name="where">Empty, or what part of the file it is, with a colon; then what the part holds is left to <see cref="Contents"/>.</param>
internal sealed class TorchZipCheck(FilePart file, FormatReport report, string where, CancellationToken cancellation)
{
    /// <summary>The tensors of the pickle; null when it did not come to them.</summary>
    internal TorchContents? Contents { get; private set; }

    internal void Run()
    {
        try
        {
            if (Open() is { } archive)
            {
                Check(archive);
            }
        }
        catch (InvalidDataException e)
        {
            report.Damaged("torch-zip", where + e.Message);
        }
        catch (PickleException e)
        {
            report.Damaged(e.Id, where + e.Message);
        }
    }

    private TorchArchive? Open()
    {
        try
        {
            return TorchArchive.Open(file, report);
        }
        catch (InvalidDataException) when (TorchCut.Describe(file, cancellation) is { } cut)
        {
            report.Damaged("torch-cut", where + cut);
            return null;
        }
    }

    private void Check(TorchArchive archive)
    {
        var outcome = ReadPickle(archive, "data.pkl");
        Contents = TorchContents.Of(outcome.Value);
        TorchFindings.Code(outcome.Foreign, archive.IsScript, where, report);
        TorchFindings.Limits(outcome, Contents, where, report);
        var views = new TorchViews(Contents.Tensors, report, where);
        views.CheckBounds();
        foreach (var storage in views.Storages)
        {
            CheckStorage(archive, views, storage);
        }

        var source = new TorchSource(key => RecordOf(archive, key) is { } record ? archive.StoredAt(record) : null, key => RecordOf(archive, key) is { } record ? archive.NameOf(record) : null);
        var measure = report.MeasuresValues && !report.IsDamaged && where.Length == 0 ? new TorchMeasure(source, views, report) : null;
        ReadRecords(archive, views, measure, outcome);
        if (report.IsDamaged || where.Length > 0)
        {
            return;
        }

        measure?.Finish();
        TorchSummary.Tell(report, outcome, Contents, views, measure, source);
        report.Checked = $"pickle, {Contents.Tensors.Count} tensors, every record, size, offset and CRC";
    }

    private PickleOutcome ReadPickle(TorchArchive archive, string name)
    {
        try
        {
            return archive.ReadPickle(archive.Find(name)!, archive.IsScript ? TorchScriptGlobals.Allows : null, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"record {name}: {e.Message}", e);
        }
        catch (PickleException e)
        {
            throw new PickleException(e.Id, $"record {name}: {e.Message}", e);
        }
    }

    /// <summary>The record of a storage. TorchScript keeps storages that other records share under another directory.</summary>
    private static ZipEntry? RecordOf(TorchArchive archive, string key) => archive.Find("data/" + key) ?? archive.Find(".data/" + key);

    private void CheckStorage(TorchArchive archive, TorchViews views, TorchStorage storage)
    {
        var shown = PrintableText.Of(storage.Key, 60);
        if (RecordOf(archive, storage.Key) is not { } record)
        {
            report.Damaged("torch-missing-record", $"{where}record data/{shown}, which holds {views.NamesOf(storage.Key)}, is not there.");
        }
        else if (record.Bytes != storage.Bytes)
        {
            report.Damaged("torch-record-size", $"{where}record data/{shown} ({views.NamesOf(storage.Key)}): {storage.Bytes} bytes promised, {record.Bytes} there.");
        }
    }

    private void ReadRecords(TorchArchive archive, TorchViews views, TorchMeasure? measure, PickleOutcome outcome)
    {
        var unused = 0;
        var named = outcome.References.Select(TorchRebuild.StorageIn).Select(storage => storage?.Key).ToHashSet(StringComparer.Ordinal);
        var setsState = false;
        foreach (var entry in archive.Entries)
        {
            cancellation.ThrowIfCancellationRequested();
            var name = archive.NameOf(entry);
            var key = name.StartsWith("data/", StringComparison.Ordinal) ? name["data/".Length..] : name.StartsWith(".data/", StringComparison.Ordinal) ? name[".data/".Length..] : null;
            unused += key is not null && outcome.IsKept && !named.Contains(key) && name != ".data/serialization_id" ? 1 : 0;
            try
            {
                archive.Read(entry, content =>
                {
                    if (name == "byteorder")
                    {
                        CheckByteOrder(content, measure);
                    }
                    else if (key is not null)
                    {
                        measure?.Take(key, content);
                    }
                    else if (TorchArchive.IsCode(entry))
                    {
                        setsState |= ByteSearch.Holds(content, "__setstate__"u8);
                    }
                });
            }
            catch (InvalidDataException e)
            {
                var holds = key is not null && views.Has(key) ? $" ({views.NamesOf(key)})" : string.Empty;
                report.Damaged("torch-record", $"{where}record {PrintableText.Of(name, 100)}{holds}: {e.Message}");
            }
        }

        if (setsState)
        {
            report.RunsCode("torchscript-runs-code", $"{where}its TorchScript program has a __setstate__, which torch.jit.load runs while it loads.", "Load it only if you trust what wrote it.");
        }

        if (unused > 0)
        {
            report.Note("torch-unused-record", $"{where}{unused} of its records belong to no tensor.", "Nothing reads them.");
        }
    }

    private void CheckByteOrder(Stream content, TorchMeasure? measure)
    {
        Span<byte> text = stackalloc byte[16];
        var order = text[..content.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
        if (order.SequenceEqual("big"u8))
        {
            measure?.GiveUp("its values are big endian");
        }
        else if (!order.SequenceEqual("little"u8))
        {
            report.Damaged("torch-byteorder", $"{where}record byteorder says neither little nor big.");
        }
    }
}
