using System.Text;
using Lodger.Artifacts.Tests.Zip;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>Writes PyTorch files of values by hand, in both formats.</summary>
internal static class TorchBytes
{
    private static readonly byte[] _magic = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>What torch.save writes: the object's pickle, then a record for each storage.</summary>
    internal static ZipBytes Zip(object? root, params (string Key, byte[] Data)[] storages)
    {
        var zip = new ZipBytes().With("archive/data.pkl", Py.Pickle(root));
        foreach (var (key, data) in storages)
        {
            zip.With("archive/data/" + key, data);
        }

        return zip.With("archive/version", "3\n");
    }

    /// <summary>What torch.save wrote before 1.6: five pickles, then each storage with its count.</summary>
    internal static byte[] Legacy(object? root, object? keys, params (long Count, byte[] Data)[] storages) => Legacy(1001, new Py.Dict(("little_endian", true)), root, keys, storages);

    internal static byte[] Legacy(object? version, object? system, object? root, object? keys, params (long Count, byte[] Data)[] storages) =>
        [.. _magic, .. Py.Pickle(version), .. Py.Pickle(system), .. Py.Pickle(root), .. Py.Pickle(keys), .. storages.SelectMany(storage => (byte[])[.. ZipBytes.U64(storage.Count), .. storage.Data])];

    internal static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    internal static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
