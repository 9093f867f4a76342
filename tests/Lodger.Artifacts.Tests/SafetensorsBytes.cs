using System.Buffers.Binary;
using System.Text;

namespace Lodger.Artifacts.Tests;

/// <summary>Writes safetensors files, right ones and wrong ones.</summary>
internal static class SafetensorsBytes
{
    internal static byte[] Of(string header, int dataBytes)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        text.CopyTo(file, 8);
        for (var i = 0; i < dataBytes; i++)
        {
            file[8 + text.Length + i] = (byte)(i * 7);
        }

        return file;
    }

    internal static byte[] Small { get; } = Of(
        """{"__metadata__":{"format":"pt","step":"1840","epoch":"3"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}   """,
        32);
}
