using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>One dataset: its shape and type, and where its bytes lie.</summary>
internal sealed class Hdf5Dataset(Hdf5File file, string name)
{
    private const int Dataspace = 0x01;
    private const int Datatype = 0x03;
    private const int ExternalFiles = 0x07;
    private const int Layout = 0x08;
    private const int MaxDimensions = 32; // H5S_MAX_RANK

    private List<long> _shape = [];
    private Hdf5Type? _type;
    private long _bytes;
    private long? _offset;

    /// <summary>Why its bytes were not looked at; null when they were.</summary>
    internal string? NotWalked { get; private set; }

    internal bool IsNumbers => _type is { IsNumber: true };

    internal static bool Is(IReadOnlyList<Hdf5Message> messages) => messages.Any(message => message.Type == Layout);

    /// <summary>The dataset in the shape all formats list; its offset is known when its values lie in one piece and little endian.</summary>
    internal TensorEntry Entry => new(name, _type?.Name ?? "unknown", _shape, _bytes) { Offset = _type is { IsBigEndian: false } ? _offset : null };

    internal long Elements { get; private set; }

    /// <exception cref="InvalidDataException">The sentence says what is wrong with it.</exception>
    internal void Read(IReadOnlyList<Hdf5Message> messages)
    {
        foreach (var message in messages.Where(message => message is { Type: Dataspace or Datatype, IsShared: false }))
        {
            if (message.Type == Dataspace)
            {
                ReadShape(message);
            }
            else
            {
                _type = Hdf5Type.Read(file.Fields, message);
            }
        }

        _bytes = _type is null ? 0
            : (Int128)Elements * _type.Bytes is var bytes && bytes <= long.MaxValue ? (long)bytes : throw new InvalidDataException("its shape and type make more bytes than any file has.");
        if (_type is null)
        {
            NotWalked = "its type is defined elsewhere";
        }
        else if (messages.Any(message => message.Type == ExternalFiles))
        {
            NotWalked = "its bytes are in other files";
        }
        else
        {
            ReadLayout(messages.First(message => message.Type == Layout));
        }
    }

    private void ReadShape(Hdf5Message message)
    {
        var fields = file.Fields;
        fields.Seek(message.Start);
        var (version, rank, _) = (fields.U8(), fields.U8(), fields.U8());
        var kind = version == 1 ? (byte)1 : fields.U8();
        fields.Skip(version == 1 ? 5 : 0);
        if (version is not (1 or 2) || rank > MaxDimensions)
        {
            throw new InvalidDataException($"its shape is of version {version} with {rank} dimensions.");
        }

        _shape = [.. Enumerable.Range(0, rank).Select(_ => (long)Math.Min(fields.U64(), long.MaxValue))];
        Elements = kind == 2 ? 0 : Shape.Elements(_shape) ?? throw new InvalidDataException("its shape cannot exist.");
    }

    private void ReadLayout(Hdf5Message message)
    {
        var fields = file.Fields;
        fields.Seek(message.Start);
        var version = fields.U8();
        if (version is not (3 or 4))
        {
            NotWalked = $"its layout is of version {version}";
            return;
        }

        switch (fields.U8())
        {
            case 0:
                Expect(fields.U16());
                _offset = fields.Position;
                break;
            case 1:
                var (address, bytes) = (fields.U64(), fields.U64());
                if (address != Hdf5File.Undefined)
                {
                    Expect((long)Math.Min(bytes, long.MaxValue));
                    file.Claim(name, address, _bytes);
                    _offset = file.Offset(address);
                }

                break;
            case 2:
                NotWalked = Hdf5Chunks.Walk(file, name, version);
                break;
            default:
                NotWalked = "its bytes are put together from other datasets";
                break;
        }
    }

    private void Expect(long bytes)
    {
        if (bytes != _bytes)
        {
            throw new InvalidDataException($"its shape and type make {_bytes} bytes, and it has {bytes}.");
        }
    }
}
