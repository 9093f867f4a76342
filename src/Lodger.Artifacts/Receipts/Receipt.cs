using System.Text.Json;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Receipts;

/// <summary>
/// The record that a bundle matched its manifest and every file of a known format in it loaded. It comes only from a verification that passed
/// (<see cref="Create"/>) or from a file whose id still fits its content (<see cref="Read"/>).
/// </summary>
public sealed class Receipt
{
    private const int CurrentVersion = 1;
    private const long MaxFileBytes = 1L << 30;

    private readonly ReceiptContent _content;

    private Receipt(ReceiptContent content)
    {
        _content = content;
        Id = IdOf(content);
    }

    /// <summary>SHA-256 of the canonical content, lower-case hex: any change of it is another id.</summary>
    public string Id { get; }

    public ReceiptSubject Subject => _content.Subject;

    /// <summary>When the verification was put on record, UTC, whole seconds.</summary>
    public DateTimeOffset MadeAt => _content.MadeAt;

    /// <summary>The version of Lodger that verified.</summary>
    public string ToolVersion => _content.ToolVersion;

    /// <summary>The identity of the manifest the bundle matched.</summary>
    public string ManifestSha256 => _content.ManifestSha256;

    /// <summary>The identity of what that manifest lists: a later manifest with the same one shows that nothing changed on the machine.</summary>
    public string RosterSha256 => _content.RosterSha256;

    /// <summary>When that manifest was made on the machine, by its clock.</summary>
    public DateTimeOffset ManifestMadeAt => _content.ManifestMadeAt;

    /// <summary>The sum of the files' sizes.</summary>
    public long TotalBytes => _content.TotalBytes;

    /// <summary>Every file, sorted by path.</summary>
    public IReadOnlyList<ReceiptFile> Files => _content.Files;

    /// <summary>Files that load.</summary>
    public IEnumerable<ReceiptFile> Loaded => Files.Where(file => file.Verdict is Verdict.Loads or Verdict.LoadsWithWarning);

    /// <summary>Files that only size and hash vouch for: an approval must name them.</summary>
    public IEnumerable<ReceiptFile> HashOnly => Files.Where(file => file.Verdict == Verdict.HashOnly);

    /// <summary>Makes a receipt, or says why there can be none.</summary>
    /// <param name="subject">Whose results these are.</param>
    /// <param name="report">A verification against a manifest.</param>
    /// <param name="now">The time to put on it.</param>
    /// <param name="toolVersion">The version of the program that verified.</param>
    public static ReceiptOutcome Create(ReceiptSubject subject, VerificationReport report, DateTimeOffset now, string toolVersion)
    {
        if (report.Manifest is not { } manifest)
        {
            return ReceiptOutcome.Refused("no-manifest", "there is no manifest to have matched.", "Make one on the machine and pull it.");
        }

        if (!report.IsSound)
        {
            return new ReceiptOutcome(null, [.. report.AllFindings.Where(finding => finding.Severity == Severity.Error)]);
        }

        var files = report.Files.Select(ToReceiptFile).ToList();
        return new ReceiptOutcome(
            new Receipt(new ReceiptContent(
                CurrentVersion, subject, WholeSecondsUtc(now), toolVersion, manifest.Sha256, manifest.RosterSha256, manifest.MadeAt, manifest.TotalBytes, files)),
            []);
    }

    /// <summary>Reads a receipt and checks that its id fits its content. What is wrong is a finding.</summary>
    public static ReceiptOutcome Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > MaxFileBytes)
            {
                return ReceiptOutcome.Refused("receipt-unreadable", $"{PrintableText.Of(path)} is larger than any receipt.", "Verify again.");
            }

            var document = JsonSerializer.Deserialize(stream, ReceiptJson.Default.ReceiptDocument);
            if (document is null || document.Receipt.Version != CurrentVersion)
            {
                return ReceiptOutcome.Refused("receipt-version", $"{PrintableText.Of(path)} is not a receipt of version {CurrentVersion}.", "Update Lodger, or verify again.");
            }

            var receipt = new Receipt(document.Receipt);
            return receipt.Id == document.Id
                ? new ReceiptOutcome(receipt, [])
                : ReceiptOutcome.Refused("receipt-altered", $"{PrintableText.Of(path)} was changed after it was written: its id does not fit.", "Verify again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return ReceiptOutcome.Refused("receipt-unreadable", $"{PrintableText.Of(path)} cannot be read: {PrintableText.Of(e.Message)}", "Verify again.");
        }
    }

    /// <summary>Writes it so that a crash leaves no half of one.</summary>
    /// <exception cref="IOException">The disk refused it.</exception>
    public void Write(string path) => DurableFile.Write(
        path, stream => JsonSerializer.Serialize(stream, new ReceiptDocument(Id, _content), ReceiptJson.Indented.ReceiptDocument));

    private static ReceiptFile ToReceiptFile(FileReport file) => new(
        file.Path, file.Bytes, file.Sha256!, file.Format, file.Verdict, file.Checked, file.Tensors, file.Parameters, file.Step, file.Epoch,
        [.. file.Findings.Where(finding => finding.Severity == Severity.Warning).Select(finding => finding.What)], file.NotChecked, file.Training?.IsResumable, file.Metric);

    private static string IdOf(ReceiptContent content) => Manifest.HashOf(JsonSerializer.SerializeToUtf8Bytes(content, ReceiptJson.Default.ReceiptContent));

    private static DateTimeOffset WholeSecondsUtc(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}

/// <summary>A receipt, or the reasons why there is none.</summary>
/// <param name="Receipt">Null when there are reasons.</param>
/// <param name="Reasons">Empty when there is a receipt.</param>
public sealed record ReceiptOutcome(Receipt? Receipt, IReadOnlyList<Finding> Reasons)
{
    internal static ReceiptOutcome Refused(string id, string what, string fix) => new(null, [new Finding(id, Severity.Error, string.Empty, what, fix)]);
}
