using System.Buffers.Binary;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>An element type (specification, IV.A.2.d).</summary>
/// <param name="Name">In PyTorch's words for numbers, the kind's name for the rest.</param>
/// <param name="Bytes">Bytes of one element.</param>
/// <param name="IsNumber">Whether elements are plain numbers.</param>
/// <param name="IsBigEndian">Whether they lie most significant byte first.</param>
internal sealed record Hdf5Type(string Name, long Bytes, bool IsNumber, bool IsBigEndian)
{
    private static readonly string[] _kinds =
        ["integer", "float", "time", "string", "bits", "opaque", "compound", "reference", "enum", "variable length", "array", "complex"];

    internal static Hdf5Type Read(FieldReader fields, Hdf5Message message)
    {
        fields.Seek(message.Start);
        var text = fields.Take(message.Bytes);
        if (text.Length < 8 || (text[0] & 0x0F) >= _kinds.Length)
        {
            throw new InvalidDataException("an element type is not one HDF5 has.");
        }

        var (kind, bytes, bigEndian) = (text[0] & 0x0F, BinaryPrimitives.ReadUInt32LittleEndian(text[4..]), (text[1] & 1) != 0);
        if (bytes == 0)
        {
            throw new InvalidDataException("an element type has no size.");
        }

        var name = kind switch
        {
            0 when bytes is 1 or 2 or 4 or 8 => $"{((text[1] & 8) != 0 ? "int" : "uint")}{bytes * 8}",
            1 when bytes is 2 or 4 or 8 => $"float{bytes * 8}",
            8 when bytes == 1 && text.IndexOf("FALSE\0"u8) > 0 && text.IndexOf("TRUE\0"u8) > 0 => "bool", // as h5py stores it
            _ => null,
        };
        return new Hdf5Type(name ?? _kinds[kind], bytes, name is not null, bigEndian && kind <= 1);
    }
}
