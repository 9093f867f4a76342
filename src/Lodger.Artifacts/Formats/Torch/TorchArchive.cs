using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>The records of a PyTorch zip (caffe2/serialize/inline_container.h): members under one directory, which is the archive's name.</summary>
internal sealed class TorchArchive
{
    private readonly FilePart _file;
    private readonly long _directoryOffset;
    private readonly Dictionary<string, int> _byName;

    private TorchArchive(FilePart file, IReadOnlyList<ZipEntry> entries, long directoryOffset, string prefix)
    {
        _file = file;
        _directoryOffset = directoryOffset;
        Entries = entries;
        Prefix = prefix;
        _byName = new Dictionary<string, int>(entries.Count, StringComparer.Ordinal);
        for (var i = 0; i < entries.Count; i++)
        {
            _byName[entries[i].Name] = i;
        }
    }

    /// <summary>In the order they lie in the file.</summary>
    internal IReadOnlyList<ZipEntry> Entries { get; }

    /// <summary>The directory all records are in, with its slash.</summary>
    internal string Prefix { get; }

    /// <summary>A TorchScript archive carries its program and constants beside the data.</summary>
    internal bool IsScript => Find("constants.pkl") is not null;

    /// <summary>Opens the directory of records; null when it is not one, which is then said in the report.</summary>
    /// <exception cref="InvalidDataException">It is no whole zip.</exception>
    internal static TorchArchive? Open(FilePart file, FormatReport report)
    {
        var (entries, directoryOffset, first) = ZipDirectory.Read(file);
        if (!ZipRules.Accept(entries, "torch", UnpackLimit.OfArrays(file.Length), report, TorchFindings.LoadGuarded))
        {
            return null;
        }

        if (entries.FirstOrDefault(entry => entry.Name.Contains('\0')) is { } cut)
        {
            report.Damaged("torch-name", $"the name of record {PrintableText.Of(cut.Name, 100)} has a zero byte, where PyTorch ends it.");
            return null;
        }

        // PyTorch takes the archive's name from the entry that the directory has first, wherever it lies
        var name = first?.Name ?? string.Empty;
        var archive = new TorchArchive(file, entries, directoryOffset, name[..(name.IndexOf('/', StringComparison.Ordinal) + 1)]);

        // PyTorch looks records up without regard to case, and which directory is the archive's is told by one name alone
        foreach (var record in (string[])["data.pkl", "constants.pkl"])
        {
            var same = entries.Where(entry => IsRecord(entry, record)).Take(2).ToList();
            if (same.Count > 1)
            {
                report.Damaged(
                    "torch-duplicate",
                    $"it has two records called {record}, {PrintableText.Of(same[0].Name, 100)} and {PrintableText.Of(same[1].Name, 100)}, in two directories or in names that differ in case alone: which one PyTorch would load cannot be told.");
                return null;
            }
        }

        if (archive.Find("data.pkl") is null && !entries.Any(entry => IsRecord(entry, "data.pkl") || archive.IsStorage(entry)))
        {
            archive.CheckOther(report);
            return null;
        }

        if (archive.Find("data.pkl") is null)
        {
            report.Damaged("torch-no-pickle", $"it is a zip without the record {PrintableText.Of(archive.Prefix, 100)}data.pkl, which says what the others are.");
            return null;
        }

        return archive;
    }

    /// <summary>Says what a whole zip is that torch.save did not write: what torch.export and torch.package make has no pickle of its own name.</summary>
    /// <exception cref="InvalidDataException">A record is damaged.</exception>
    private void CheckOther(FormatReport report)
    {
        foreach (var entry in Entries)
        {
            Read(entry, static _ => { });
        }

        if (Find(".data/extern_modules") is not null)
        {
            report.RunsCode("package-runs-code", "it is a torch.package: loading from it runs the Python code that it carries.", "Load it only if you trust what wrote it.");
        }

        report.CannotJudge(
            "torch-other", $"it is a whole zip of {Entries.Count} records, and torch.save did not write it: it has no record {PrintableText.Of(Prefix, 100)}data.pkl. What its records hold was not looked at.",
            TorchFindings.LoadGuarded);
        report.Checked = $"{Entries.Count} records, every header, size and CRC";
    }

    /// <summary>Whether an entry is a tensor's bytes as torch.save names them: data/0, data/1, and so on.</summary>
    private bool IsStorage(ZipEntry entry) =>
        NameOf(entry) is var name && name.StartsWith("data/", StringComparison.Ordinal) && name.Length > "data/".Length && name.AsSpan("data/".Length).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>Whether an entry is where PyTorch may look for a record: in some directory, in letters of any case.</summary>
    internal static bool IsRecord(ZipEntry entry, string record) => entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..].Equals(record, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether an entry is where PyTorch may look for a part of a TorchScript program.</summary>
    internal static bool IsCode(ZipEntry entry) => entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..].StartsWith("code/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name of a record without the archive's own.</summary>
    internal string NameOf(ZipEntry entry) => entry.Name.StartsWith(Prefix, StringComparison.Ordinal) ? entry.Name[Prefix.Length..] : entry.Name;

    internal ZipEntry? Find(string record) => _byName.TryGetValue(Prefix + record, out var index) ? Entries[index] : null;

    /// <summary>Reads one record to its end, checks its size and CRC, and gives its content to a reader.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal void Read(ZipEntry entry, Action<Stream> reader)
    {
        var index = _byName[entry.Name];
        ZipContent.Read(_file, entry, index + 1 < Entries.Count ? Entries[index + 1].HeaderOffset : _directoryOffset, reader);
    }

    /// <summary>The bytes of a record that is stored as it is; null for one that is packed.</summary>
    /// <exception cref="InvalidDataException">It is not where the directory says.</exception>
    internal FilePart? StoredAt(ZipEntry entry) => entry.Method == ZipEntry.Stored ? _file.Part(ZipContent.ContentOffset(_file, entry), entry.Bytes) : (FilePart?)null;

    /// <summary>Runs the pickle in a record, which has to fill it.</summary>
    /// <exception cref="InvalidDataException">The record is damaged.</exception>
    /// <exception cref="PickleException">The pickle is.</exception>
    internal PickleOutcome ReadPickle(ZipEntry entry, Func<string, bool>? alsoAllowed, CancellationToken cancellation)
    {
        PickleOutcome? outcome = null;
        Read(entry, content =>
        {
            var reader = new PickleReader(content, cancellation);
            outcome = PickleMachine.Run(reader, alsoAllowed);
            if (reader.Position < entry.Bytes)
            {
                throw new PickleException("pickle-size", $"its pickle ends {entry.Bytes - reader.Position} bytes before its record does.");
            }
        });
        return outcome!;
    }
}
