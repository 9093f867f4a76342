namespace Lodger.Artifacts.Formats.Json;

/// <summary>What JSON documents and JSON Lines have in common: the words for what a scan found.</summary>
internal static class JsonText
{
    internal static long SkipByteOrderMark(HashedFile file, FormatReport report)
    {
        Span<byte> start = stackalloc byte[3];
        if (file.Read(0, start) < 3 || !start.SequenceEqual("\uFEFF"u8))
        {
            return 0;
        }

        report.Warn("json-byte-order-mark", "it begins with a byte order mark, which many readers refuse.", "Read it as utf-8-sig.");
        return 3;
    }

    /// <summary>Says what one finished scan found.</summary>
    /// <param name="where">Empty, or <c>line 12: </c>.</param>
    internal static void Report(JsonScan scan, string where, FormatReport report)
    {
        if (scan is { Failure: not null, TooDeep: true })
        {
            report.CannotJudge("json-too-deep", where + scan.Failure);
        }
        else if (scan.Failure is not null)
        {
            report.Damaged("json-invalid", where + scan.Failure);
        }
    }

    internal static void ReportOddities(JsonScan scan, FormatReport report)
    {
        if (scan.NotFinite > 0)
        {
            report.Warn("json-not-finite", $"it has NaN or Infinity {scan.NotFinite} times, which Python reads and strict readers refuse.", "Look whether training diverged.");
        }

        if (scan.DuplicateKey is { } key)
        {
            report.Note("json-duplicate-key", $"the key \"{PrintableText.Of(key, 40)}\" occurs twice in one object.", "Most readers keep the last one.");
        }
    }

    internal static void WarnOfBareNumber(FormatReport report) =>
        report.Warn("json-bare-number", "it ends in a bare number, which a cut could have shortened unseen.", "Compare it with the manifest's hash.");
}
