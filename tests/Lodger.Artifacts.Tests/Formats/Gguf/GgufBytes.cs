using System.Text;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Writes GGUF by ggml's docs/gguf.md.</summary>
internal static class GgufBytes
{
    internal const int Uint32 = 4;
    internal const int Text = 8;
    internal const int Array = 9;

    internal static byte[] Word(string text) => [.. U64(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    internal static byte[] Pair(string key, long type, params byte[] value) => [.. Word(key), .. U32(type), .. value];

    internal static byte[] ArrayOf(long itemType, long items, params byte[] content) => [.. U32(itemType), .. U64(items), .. content];

    /// <param name="sizes">Outermost first; the file has them the other way round.</param>
    internal static byte[] Tensor(string name, long type, long offset, params long[] sizes) =>
        [.. Word(name), .. U32(sizes.Length), .. Join(sizes.Reverse().Select(U64)), .. U32(type), .. U64(offset)];

    /// <summary>A file of metadata that ends right behind it.</summary>
    internal static byte[] Head(params byte[][] pairs) => [.. "GGUF"u8, .. U32(3), .. U64(0), .. U64(pairs.Length), .. Join(pairs)];

    /// <param name="dataBytes">What follows the padding behind the descriptions.</param>
    internal static byte[] File(byte[][] pairs, byte[][] tensors, int dataBytes, int alignment = 32, long version = 3)
    {
        byte[] head = [.. "GGUF"u8, .. U32(version), .. U64(tensors.Length), .. U64(pairs.Length), .. Join(pairs), .. Join(tensors)];
        var padding = (alignment - (head.Length % alignment)) % alignment;
        return [.. head, .. new byte[padding], .. Pattern(dataBytes)];
    }
}
