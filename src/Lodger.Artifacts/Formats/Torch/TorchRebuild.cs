using System.Globalization;
using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>Reads the calls that PyTorch writes for tensors (torch/_utils.py, torch/_tensor.py) as descriptions of tensors.</summary>
internal static class TorchRebuild
{
    /// <summary>
    /// What a storage is in a pickle that torch.save did not write (pickle.dump, joblib, cloudpickle): a call that reads bytes, which are a file of torch.save's older format.
    /// </summary>
    internal const string StorageInBytes = "torch.storage._load_from_bytes";

    // PyTorch's own limit is 64 for most operations
    private const int MaxDimensions = 128;

    // PyTorch writes two, conjugate and negative
    private const int MaxFlags = 16;

    /// <summary>The tensor that a value stands for; null when it stands for none, or for one whose storage is bytes in the pickle. A parameter is its tensor.</summary>
    /// <exception cref="PickleException">It is a tensor with parts that no tensor has.</exception>
    internal static TorchTensor? TensorOf(object? value) => TensorOf(value, out _);

    /// <inheritdoc cref="TensorOf(object?)"/>
    /// <param name="value">What may be a tensor.</param>
    /// <param name="newType">The type of a tensor that is null because PyTorch has types now that are not known here; null otherwise.</param>
    internal static TorchTensor? TensorOf(object? value, out PickleGlobal? newType) => TensorOf(value, depth: 0, out newType);

    private static TorchTensor? TensorOf(object? value, int depth, out PickleGlobal? newType)
    {
        newType = null;
        if (value is not PickleCall call || depth > 8 || call.Arguments is [PickleCall { Name: StorageInBytes }, ..])
        {
            return null;
        }

        var arguments = call.Arguments;
        switch (call.Name)
        {
            case "torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_qtensor" when arguments.Length >= 4:
                return ViewOf(arguments, dtype: null, metadata: call.Name.EndsWith("_v2", StringComparison.Ordinal) ? arguments.ElementAtOrDefault(6) : null);
            case "torch._utils._rebuild_tensor_v3" when arguments.Length >= 7 && arguments[6] is PickleGlobal { Module: "torch" } type && TorchTypes.OfDtype(type.FullName) is null:
                newType = type;
                return null;
            case "torch._utils._rebuild_tensor_v3" when arguments.Length >= 7:
                return ViewOf(arguments, arguments[6], arguments.ElementAtOrDefault(7));
            case "torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" or "torch._utils._rebuild_device_tensor_from_cpu_tensor" when arguments.Length >= 1:
                return TensorOf(arguments[0], depth + 1, out newType);
            case "torch._tensor._rebuild_from_type_v2" or "torch._tensor._rebuild_from_type" when arguments is [PickleGlobal function, _, PickleTuple inner, ..]:
                return TensorOf(new PickleCall(function, inner), depth + 1, out newType);
            default:
                return null;
        }
    }

    /// <summary>The storage that a reference names: <c>('storage', class, key, location, size)</c>.</summary>
    /// <exception cref="PickleException">It is none.</exception>
    internal static TorchStorage StorageOf(object? value) =>
        StorageIn(value) ?? throw new PickleException("torch-storage", "a tensor's storage is not described as PyTorch describes one.");

    /// <summary>The same; null when it names none.</summary>
    internal static TorchStorage? StorageIn(object? value) =>
        value is PickleReference { Id: PickleTuple { Items: [PickleText { Value: "storage" }, PickleGlobal kind, var key, _, long units, ..] } }
            && TorchTypes.OfStorage(kind.FullName) is { } type && KeyOf(key) is { } name && units >= 0
            ? new TorchStorage(name, type, units) : null;

    private static string? KeyOf(object? key) => key switch
    {
        PickleText { Value: { Length: > 0 } text } => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static TorchTensor ViewOf(object?[] arguments, object? dtype, object? metadata)
    {
        var storage = StorageOf(arguments[0]);
        var type = dtype is PickleGlobal named ? TorchTypes.OfDtype(named.FullName) : dtype is null ? storage.Type : null;
        if (type is null || arguments[1] is not long offset || Sizes(arguments[2]) is not { } shape || Sizes(arguments[3]) is not { } strides || shape.Length != strides.Length)
        {
            throw new PickleException("torch-tensor", $"a tensor in record {PrintableText.Of(storage.Key, 40)} has no type, offset, shape or strides that can be read.");
        }

        var isPlain = metadata is not PickleDict flags || (flags.Entries.Count <= MaxFlags && !flags.Entries.Exists(entry => entry.Value is true));
        return new TorchTensor(storage, type, offset, shape, strides, isPlain);
    }

    private static long[]? Sizes(object? value)
    {
        var items = value switch
        {
            PickleTuple tuple => tuple.Items,
            PickleList list when list.Items.Count <= MaxDimensions => [.. list.Items],
            PickleCall { Name: "torch.Size", Arguments: [PickleTuple inner] } => inner.Items,
            _ => null,
        };
        return items is not null && items.Length <= MaxDimensions && items.All(item => item is long) ? [.. items.Select(item => (long)item!)] : null;
    }
}
