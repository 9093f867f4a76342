using System.Text;

namespace Lodger.Artifacts.Tests.Numpy;

/// <summary>Writes .npy arrays by NumPy's description of them (numpy/lib/format.py).</summary>
internal static class NpyBytes
{
    /// <param name="descr">The type as it stands in the header, quotes included.</param>
    internal static byte[] Of(string descr, string shape, byte[] data, bool isFortran = false, int major = 1) =>
        WithHeader($"{{'descr': {descr}, 'fortran_order': {(isFortran ? "True" : "False")}, 'shape': {shape}, }}\n", data, major);

    internal static byte[] WithHeader(string header, byte[] data, int major = 1, int minor = 0)
    {
        var text = major < 3 ? Encoding.Latin1.GetBytes(header) : Encoding.UTF8.GetBytes(header);
        var length = major == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, (byte)major, (byte)minor, .. length, .. text, .. data];
    }

    internal static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    internal static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
