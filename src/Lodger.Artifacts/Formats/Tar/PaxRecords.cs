using System.Globalization;
using System.Text;

namespace Lodger.Artifacts.Formats.Tar;

/// <summary>A pax extended header's records (POSIX pax): <c>LENGTH KEY=VALUE\n</c>, one after another.</summary>
public static class PaxRecords
{
    /// <summary>The path, link path and size that the records set; null for what they do not.</summary>
    /// <exception cref="InvalidDataException">They are not such records.</exception>
    public static (string? Path, string? LinkPath, long? Bytes) Read(ReadOnlySpan<byte> records)
    {
        (string? Path, string? LinkPath, long? Bytes) found = default;
        while (records.Length > 0)
        {
            var space = records.IndexOf((byte)' ');
            if (space is <= 0 or > 9 || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                || bytes <= space + 1 || bytes > records.Length || records[bytes - 1] != '\n')
            {
                throw new InvalidDataException("an extended header's records do not have the lengths they say.");
            }

            var record = records[(space + 1)..(bytes - 1)];
            records = records[bytes..];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw new InvalidDataException("an extended header has a record without a name.");
            }

            var value = record[(equals + 1)..];
            if (record[..equals].SequenceEqual("path"u8) || record[..equals].SequenceEqual("GNU.sparse.name"u8))
            {
                found.Path = Encoding.UTF8.GetString(value);
            }
            else if (record[..equals].SequenceEqual("linkpath"u8))
            {
                found.LinkPath = Encoding.UTF8.GetString(value);
            }
            else if (record[..equals].SequenceEqual("size"u8))
            {
                found.Bytes = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                    ? size : throw new InvalidDataException("an extended header's size is no count.");
            }
        }

        return found;
    }
}
