using Lodger.Artifacts.Formats.Numpy;
using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>A NumPy array that lies inside a pickle.</summary>
/// <param name="Type">NumPy's name for its elements, such as <c>&lt;f8</c>.</param>
/// <param name="Bytes">What shape and type make.</param>
/// <param name="Offset">Where its bytes begin in the pickle; null when they are objects.</param>
internal sealed record NumpyInPickle(string Type, long[] Shape, long Bytes, long? Offset)
{
    /// <summary>The array that a value stands for (numpy's <c>_reconstruct</c> with its state, <c>_frombuffer</c>, or joblib's wrapper); null when it stands for none.</summary>
    /// <exception cref="PickleException">It is an array whose bytes are not as many as its shape and type make.</exception>
    internal static NumpyInPickle? Of(object? value) => value switch
    {
        PickleCall { Name: "numpy.core.multiarray._reconstruct" or "numpy._core.multiarray._reconstruct", State: PickleTuple { Items: [_, var shape, var type, _, var data] } } => Of(type, shape, data),
        PickleCall { Name: "numpy.core.numeric._frombuffer" or "numpy._core.numeric._frombuffer", Arguments: [var data, var type, var shape, ..] } => Of(type, shape, data),
        PickleCall { Name: JoblibArray.Wrapper, State: PickleDict state, Items: [PickleBytes data] } => Of(state["dtype"], state["shape"], data),
        _ => null,
    };

    /// <summary>A single number stored by NumPy; null when it is not one of the common types.</summary>
    internal static double? ScalarOf(object? value) => value is PickleCall
    {
        Name: "numpy.core.multiarray.scalar" or "numpy._core.multiarray.scalar",
        Arguments: [var type, PickleBytes { Value: { } bytes }],
    }
        && TypeOf(type) is { Length: > 0 } name && bytes.Length >= 1 ? NumpyScalar.Of(name, [.. bytes, .. new byte[8]]) : null;

    private static NumpyInPickle? Of(object? type, object? shape, object? data)
    {
        var name = TypeOf(type);
        var sizes = (shape as PickleTuple)?.Items ?? [shape];
        if (name is null || NumpyShape.Elements(sizes) is not { } elements)
        {
            return null;
        }

        NumpyType parsed;
        try
        {
            parsed = NumpyType.Of(name);
        }
        catch (FormatException)
        {
            return null; // structured: its fields are elsewhere in the dtype's state
        }

        long[] counts = [.. sizes.Select(size => (long)size!)];
        if (parsed.HasObjects || name == "|V0")
        {
            return new NumpyInPickle("object", counts, 0, null);
        }

        var due = parsed.Bytes * elements;
        var (there, offset) = data switch
        {
            PickleBytes bytes => (bytes.Length, bytes.Offset),
            PickleText text => (text.Characters, text.Offset),
            PickleCall { Name: "builtins.bytearray", Arguments: [PickleBytes bytes, ..] } => (bytes.Length, bytes.Offset),
            _ => (-1L, -1L),
        };
        if (there < 0)
        {
            return null;
        }

        return due == there
            ? new NumpyInPickle(name, counts, there, offset)
            : throw new PickleException("pickle-array", $"a NumPy array of shape [{string.Join(", ", counts)}] and type {name} has {there} bytes where {due} are needed.");
    }

    internal static string? TypeOf(object? dtype)
    {
        if (dtype is not PickleCall { Name: "numpy.dtype", Arguments: [PickleText { Value: { Length: > 1 } name }, ..] } call)
        {
            return null;
        }

        var order = call.State is PickleTuple { Items: [_, PickleText { Value: { Length: 1 } mark }, ..] } ? mark : "|";
        return name[0] is '<' or '>' or '|' or '=' ? name : name[0] == 'b' && name == "b1" ? "|b1" : order + name;
    }
}
