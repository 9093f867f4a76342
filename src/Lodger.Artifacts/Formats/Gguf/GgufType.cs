namespace Lodger.Artifacts.Formats.Gguf;

/// <summary>An element type of ggml: elements come in blocks of a fixed number of bytes.</summary>
/// <param name="Name">In PyTorch's words where it has one, else ggml's.</param>
/// <param name="BlockElements">Elements a block.</param>
/// <param name="BlockBytes">Bytes a block.</param>
internal sealed record GgufType(string Name, int BlockElements, int BlockBytes)
{
    // ggml.h's ggml_type and ggml-common.h's block structures; numbers that were used once and withdrawn are not here
    private static readonly Dictionary<uint, GgufType> _all = new()
    {
        [0] = new("float32", 1, 4),
        [1] = new("float16", 1, 2),
        [2] = new("q4_0", 32, 18),
        [3] = new("q4_1", 32, 20),
        [6] = new("q5_0", 32, 22),
        [7] = new("q5_1", 32, 24),
        [8] = new("q8_0", 32, 34),
        [9] = new("q8_1", 32, 36),
        [10] = new("q2_k", 256, 84),
        [11] = new("q3_k", 256, 110),
        [12] = new("q4_k", 256, 144),
        [13] = new("q5_k", 256, 176),
        [14] = new("q6_k", 256, 210),
        [15] = new("q8_k", 256, 292),
        [16] = new("iq2_xxs", 256, 66),
        [17] = new("iq2_xs", 256, 74),
        [18] = new("iq3_xxs", 256, 98),
        [19] = new("iq1_s", 256, 50),
        [20] = new("iq4_nl", 32, 18),
        [21] = new("iq3_s", 256, 110),
        [22] = new("iq2_s", 256, 82),
        [23] = new("iq4_xs", 256, 136),
        [24] = new("int8", 1, 1),
        [25] = new("int16", 1, 2),
        [26] = new("int32", 1, 4),
        [27] = new("int64", 1, 8),
        [28] = new("float64", 1, 8),
        [29] = new("iq1_m", 256, 56),
        [30] = new("bfloat16", 1, 2),
        [34] = new("tq1_0", 256, 54),
        [35] = new("tq2_0", 256, 66),
        [39] = new("mxfp4", 32, 17),
    };

    internal static GgufType? Of(uint number) => _all.GetValueOrDefault(number);
}
