using Lodger.Artifacts.Formats.Numpy;
using Lodger.Artifacts.Formats.Torch;

namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>
/// An array of joblib.dump (joblib/numpy_pickle.py), as every scikit-learn model has: its wrapper is pickled, and its bytes follow right behind the opcode that
/// gives the wrapper its state; an array of Python objects follows as a pickle of its own.
/// </summary>
internal static class JoblibArray
{
    internal const string Wrapper = "joblib.numpy_pickle.NumpyArrayWrapper";

    /// <summary>The finding's id where the arrays could not be followed.</summary>
    internal const string NotFollowed = "pickle-joblib";

    /// <summary>Steps over the array's bytes and keeps where they are. False when a pickle follows instead, for the caller to run.</summary>
    /// <exception cref="PickleException">How many bytes there are cannot be told.</exception>
    internal static bool TrySkip(PickleCall wrapper, PickleReader reader)
    {
        var state = wrapper.State as PickleDict;
        if (HoldsObjects(state?["dtype"], depth: 0))
        {
            return false;
        }

        if (NumpyInPickle.TypeOf(state?["dtype"]) is not { } name || NumpyShape.Elements((state?["shape"] as PickleTuple)?.Items ?? [null]) is not { } elements
            || BytesOf(name) * elements is not { } bytes || bytes > long.MaxValue)
        {
            throw new PickleException(NotFollowed, "it has an array of joblib's whose type or shape is not known here.");
        }

        if (state?["numpy_array_alignment_bytes"] is not null)
        {
            reader.SkipText(reader.Next());
        }

        wrapper.Items.Add(new PickleBytes(null, (long)bytes, reader.Position, (long)bytes));
        reader.SkipText((ulong)bytes);
        return true;
    }

    private static Int128? BytesOf(string type)
    {
        try
        {
            return NumpyType.Of(type).Bytes;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether elements of a type are Python objects, or have a field that is one.</summary>
    private static bool HoldsObjects(object? dtype, int depth)
    {
        if (dtype is not PickleCall { Arguments: [PickleText { Value: { } name }, ..] } call)
        {
            return false;
        }

        if (depth > 8)
        {
            throw new PickleException(NotFollowed, "it has an array of joblib's whose type is nested too deep.");
        }

        var state = (call.State as PickleTuple)?.Items ?? [];
        return name.Contains('O', StringComparison.Ordinal)
            || (state.ElementAtOrDefault(2) is PickleTuple { Items: [var element, ..] } && HoldsObjects(element, depth + 1))
            || (state.ElementAtOrDefault(4) is PickleDict fields && fields.Entries.Exists(field => field.Value is PickleTuple { Items: [var type, ..] } && HoldsObjects(type, depth + 1)));
    }
}
