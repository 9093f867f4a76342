using System.Text;

namespace Lodger.Artifacts.Formats.Parquet;

/// <summary>A column's bytes in one row group.</summary>
/// <param name="Name">The column's path, joined by dots.</param>
/// <param name="Begin">The first byte of its first page, dictionary or data.</param>
/// <param name="Bytes">All its pages, packed, with their headers.</param>
/// <param name="InOtherFile">Its bytes are in another file.</param>
internal sealed record ParquetChunk(string Name, long Begin, long Bytes, bool InOtherFile);

/// <summary>A row group.</summary>
internal sealed record ParquetRowGroup(long Rows, IReadOnlyList<ParquetChunk> Chunks);

/// <summary>What the footer says (apache/parquet-format, parquet.thrift, FileMetaData).</summary>
internal sealed record ParquetFooter(int Columns, long Rows, IReadOnlyList<ParquetRowGroup> RowGroups)
{
    private const int Struct = 12;
    private const int MaxChunks = 200_000;
    private const int MaxRowGroups = 200_000;

    // a column's path is its schema's nesting, and all of them are a small part of a footer
    private const int MaxPathParts = 1000;
    private const int MaxPathsBytes = 16 * 1024 * 1024;

    /// <exception cref="InvalidDataException">It is not what it should be.</exception>
    /// <exception cref="ParquetLimitException">It has more than is looked at here.</exception>
    internal static ParquetFooter Read(ReadOnlySpan<byte> text)
    {
        var thrift = new ThriftReader(text);
        var (columns, rows, chunks, pathsBytes) = (-1, -1L, 0, 0);
        var groups = new List<ParquetRowGroup>();
        for (var id = 0; thrift.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 2:
                    columns = ReadLeaves(ref thrift);
                    break;
                case 3:
                    rows = thrift.ZigZag();
                    break;
                case 4:
                    ReadRowGroups(ref thrift, groups, ref chunks, ref pathsBytes);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        if (columns < 0 || rows < 0)
        {
            throw new InvalidDataException("its footer names no schema or no number of rows.");
        }

        return thrift.Remaining == 0 ? new ParquetFooter(columns, rows, groups) : throw new InvalidDataException($"{thrift.Remaining} bytes follow its footer's end.");
    }

    /// <summary>Schema elements without children are the columns.</summary>
    private static int ReadLeaves(ref ThriftReader thrift)
    {
        var leaves = 0;
        for (var left = Structs(ref thrift); left > 0; left--)
        {
            long children = 0;
            for (var id = 0; thrift.NextField(ref id, out var type);)
            {
                if (id == 5)
                {
                    children = thrift.ZigZag();
                }
                else
                {
                    thrift.Skip(type);
                }
            }

            leaves += children == 0 ? 1 : 0;
        }

        return leaves;
    }

    private static void ReadRowGroups(ref ThriftReader thrift, List<ParquetRowGroup> groups, ref int total, ref int pathsBytes)
    {
        for (var left = Structs(ref thrift); left > 0; left--)
        {
            long rows = -1;
            var chunks = new List<ParquetChunk>();
            for (var id = 0; thrift.NextField(ref id, out var type);)
            {
                switch (id)
                {
                    case 1:
                        for (var chunk = Structs(ref thrift); chunk > 0; chunk--)
                        {
                            chunks.Add(++total <= MaxChunks ? ReadChunk(ref thrift, ref pathsBytes) : throw new ParquetLimitException($"it has more than {MaxChunks} column chunks."));
                        }

                        break;
                    case 3:
                        rows = thrift.ZigZag();
                        break;
                    default:
                        thrift.Skip(type);
                        break;
                }
            }

            if (rows < 0)
            {
                throw new InvalidDataException($"row group {groups.Count} names no number of rows.");
            }

            if (groups.Count == MaxRowGroups)
            {
                throw new ParquetLimitException($"it has more than {MaxRowGroups} row groups.");
            }

            groups.Add(new ParquetRowGroup(rows, chunks));
        }
    }

    private static ParquetChunk ReadChunk(ref ThriftReader thrift, ref int pathsBytes)
    {
        var chunk = new ParquetChunk("(encrypted)", 0, -1, InOtherFile: false);
        for (var id = 0; thrift.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    chunk = chunk with { InOtherFile = thrift.Binary().Length > 0 };
                    break;
                case 3:
                    chunk = ReadMetadata(ref thrift, chunk, ref pathsBytes);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return chunk;
    }

    private static ParquetChunk ReadMetadata(ref ThriftReader thrift, ParquetChunk chunk, ref int pathsBytes)
    {
        var (dataPage, dictionaryPage) = (0L, 0L);
        for (var id = 0; thrift.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 3:
                    chunk = chunk with { Name = ReadPath(ref thrift, ref pathsBytes) };
                    break;
                case 7:
                    chunk = chunk with { Bytes = thrift.ZigZag() };
                    break;
                case 9:
                    dataPage = thrift.ZigZag();
                    break;
                case 11:
                    dictionaryPage = thrift.ZigZag();
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return chunk with { Begin = dictionaryPage > 0 ? Math.Min(dictionaryPage, dataPage) : dataPage };
    }

    private static string ReadPath(ref ThriftReader thrift, ref int pathsBytes)
    {
        var count = thrift.List(out _);
        if (count > MaxPathParts)
        {
            throw new InvalidDataException($"a column's name claims {count} parts.");
        }

        var parts = new string[count];
        for (var i = 0; i < count; i++)
        {
            var part = thrift.Binary();
            pathsBytes += part.Length + 1;
            parts[i] = pathsBytes <= MaxPathsBytes ? Encoding.UTF8.GetString(part) : throw new InvalidDataException($"the names of its columns take more than {MaxPathsBytes >> 20} MiB.");
        }

        return string.Join('.', parts);
    }

    private static int Structs(ref ThriftReader thrift)
    {
        var count = thrift.List(out var type);
        return count == 0 || type == Struct ? count : throw new InvalidDataException("its footer has a list of the wrong kind.");
    }
}
