namespace Lodger.Artifacts.Formats.Zip;

/// <summary>What every zip has to keep before its members are read: names are unique and stay inside, and the sum of what it unpacks to is sane.</summary>
internal static class ZipRules
{
    /// <summary>Whether the members may be read. What is wrong is said in the report under ids that begin with <paramref name="prefix"/>.</summary>
    /// <param name="unpackLimit">Bytes that the members may unpack to; more is not judged.</param>
    internal static bool Accept(IReadOnlyList<ZipEntry> entries, string prefix, long unpackLimit, FormatReport report, string fix = FormatReport.LoadOnce)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        Int128 unpacked = 0;
        foreach (var entry in entries)
        {
            var shown = PrintableText.Of(entry.Name, 100);
            unpacked += entry.Bytes;
            if (!names.Add(entry.Name))
            {
                report.Damaged(prefix + "-duplicate", $"two members are called \"{shown}\".");
            }

            if (entry.IsEncrypted || entry.Method is not (ZipEntry.Stored or ZipEntry.Deflated))
            {
                report.CannotJudge(prefix + "-method", $"member \"{shown}\" is encrypted or packed in a way (method {entry.Method}) that is not read here.", fix);
            }
        }

        var leadOut = entries.Where(entry => entry.LeadsOut).ToList();
        if (leadOut.Count > 0)
        {
            var have = leadOut.Count == 1 ? "has a name that leads" : $"and {leadOut.Count - 1} more have names that lead";
            report.Warn(prefix + "-path", $"member \"{PrintableText.Of(leadOut[0].Name, 100)}\" {have} out of a directory.", "Do not unpack it with a tool that follows such names.");
        }

        if (unpacked > unpackLimit)
        {
            report.CannotJudge(prefix + "-too-large", $"it claims to unpack to {unpacked} bytes, out of proportion to its size.", fix);
        }

        return !report.IsDamaged && !report.Unjudged;
    }
}
