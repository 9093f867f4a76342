namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>
/// The globals that only make values, whatever their arguments are. Everything else would run code that somebody chose. The names are those that
/// torch.save, NumPy and the standard library write.
/// </summary>
internal static class PickleGlobals
{
    private static readonly HashSet<string> _plain = new(StringComparer.Ordinal)
    {
        "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "collections.deque",
        "builtins.dict", "builtins.list", "builtins.set", "builtins.frozenset", "builtins.tuple", "builtins.int", "builtins.float", "builtins.bool", "builtins.str",
        "builtins.bytes", "builtins.bytearray", "builtins.complex", "builtins.object", "builtins.slice",
        "copyreg._reconstructor", "_codecs.encode",
        "argparse.Namespace", "types.SimpleNamespace",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
        "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
        "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone", "decimal.Decimal", "fractions.Fraction", "uuid.UUID",
        "numpy.ndarray", "numpy.dtype",
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
        "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
        "numpy.float64", "numpy.float32", "numpy.float16", "numpy.int64", "numpy.int32", "numpy.int16", "numpy.int8", "numpy.uint64", "numpy.uint32", "numpy.uint16", "numpy.uint8",
        "numpy.bool_", "numpy.bool", "numpy.str_", "numpy.bytes_", "numpy.complex64", "numpy.complex128",
        "torch.Size", "torch.device", "torch.Tensor", "torch.nn.Parameter", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer",
        "torch.serialization._get_layout", "torch.UntypedStorage", "torch.storage.UntypedStorage", "torch.storage.TypedStorage", "torch.storage._UntypedStorage",
        "torch.storage._TypedStorage",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_qtensor", "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor",
        "torch._utils._rebuild_nested_tensor", "torch._utils._rebuild_device_tensor_from_numpy", "torch._utils._rebuild_device_tensor_from_cpu_tensor",
        "torch._utils._rebuild_xla_tensor", "torch._utils._rebuild_meta_tensor_no_storage", "torch._utils._rebuild_wrapper_subclass",
        "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type",
        "torch.per_tensor_affine", "torch.per_channel_affine", "torch.per_channel_affine_float_qparams", "torch.strided", "torch.sparse_coo", "torch.sparse_csr",
        "torch.contiguous_format", "torch.preserve_format", "torch.channels_last", "torch.channels_last_3d",
    };

    /// <summary>Whether naming, calling and building this global only makes a value.</summary>
    internal static bool Allows(string fullName) => _plain.Contains(fullName) || Torch.TorchTypes.IsStorage(fullName) || Torch.TorchTypes.OfDtype(fullName) is not null;

    /// <summary>The container that a call of an allowed global makes, where it is a plain one; null otherwise.</summary>
    internal static object? Made(object? callable, PickleTuple arguments, PickleStack stack)
    {
        // copying a container over and over must not cost more than it is charged
        stack.Charge(16L * (arguments.Items is [PickleDict source] ? source.Entries.Count : arguments.Items is [PickleList items] ? 4 * items.Items.Count : 0));
        if (stack.IsSpent)
        {
            return null;
        }

        switch ((callable as PickleGlobal)?.FullName)
        {
            case "collections.OrderedDict" or "collections.Counter" or "builtins.dict":
                var made = new PickleDict();
                if (arguments.Items is [PickleDict from])
                {
                    made.Entries.AddRange(from.Entries);
                }
                else if (arguments.Items is [PickleList pairs])
                {
                    // protocol 0 and 1 give the items as a list of pairs
                    made.Entries.AddRange(pairs.Items.Select(PairOf).OfType<object?[]>().Select(pair => KeyValuePair.Create(pair[0], pair[1])));
                }

                return made;
            case "collections.defaultdict":
                return new PickleDict();
            case "builtins.set" or "builtins.frozenset" or "builtins.list" or "torch.Size" or "builtins.tuple" when arguments.Items is [PickleList or PickleTuple]:
                return arguments.Items[0] is PickleList list ? new PickleTuple([.. list.Items]) : arguments.Items[0];
            case "_codecs.encode" when IsLatin1(arguments) && arguments.Items[0] is PickleText text:
                return new PickleBytes(text.Value is { } value ? System.Text.Encoding.Latin1.GetBytes(value) : null, text.Characters, text.Offset, text.StoredBytes, IsLatin1: true);
            default:
                return null;
        }
    }

    /// <summary>Whether these arguments of <c>_codecs.encode</c> turn a text into the bytes it stands for, as protocol 2 writes bytes.</summary>
    internal static bool IsLatin1(PickleTuple arguments) => arguments.Items is [PickleText, PickleText { Value: "latin1" or "latin-1" }];

    private static object?[]? PairOf(object? item) => item switch
    {
        PickleTuple { Items: [_, _] pair } => pair,
        PickleList { Items: [var key, var value] } => [key, value],
        _ => null,
    };
}
