using System.Globalization;
using System.Text;
using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>A tensor by the name a program would reach it by.</summary>
/// <param name="Part">The first level of the name: <c>model_state_dict</c>, <c>optimizer</c>; empty at the top.</param>
internal sealed record NamedTensor(string Name, string Part, TorchTensor Tensor);

/// <summary>An array of NumPy's by its name.</summary>
internal sealed record NamedArray(string Name, NumpyInPickle Array);

/// <summary>
/// Everything a pickle's value holds, by name: levels are joined by dots, and those that PyTorch puts between a module and its parameters are left out, so
/// that a pickled module has the names of its state_dict. Depth, number of visits and what the names take are bounded, so that values which refer to each other end.
/// </summary>
internal sealed class TorchContents
{
    /// <summary>More tensors than this in one file are not judged.</summary>
    internal const int MaxTensors = 200_000;

    private const int MaxVisits = 2_000_000;

    // names and shapes of all that is found: far more than those of the largest models
    private const long MaxFoundBytes = 64 * 1024 * 1024;
    private const int MaxNameChars = 1000;

    private readonly List<string> _path = [];
    private readonly HashSet<object> _open = new(ReferenceEqualityComparer.Instance);
    private readonly StringBuilder _name = new();
    private int _visits;
    private long _foundBytes;

    private TorchContents()
    {
    }

    internal List<NamedTensor> Tensors { get; } = [];

    internal List<NamedArray> Arrays { get; } = [];

    /// <summary>The name of a value that holds itself; null when there is none.</summary>
    internal string? Cycle { get; private set; }

    /// <summary>Whether there are tensors whose storages are files in the pickle (<see cref="TorchRebuild.StorageInBytes"/>).</summary>
    internal bool HasStoragesInBytes { get; private set; }

    /// <summary>The first tensor of a type that is not known here, and that type; null when there is none.</summary>
    internal (string Name, string Type)? OfNewType { get; private set; }

    /// <summary>Why the walk was given up; null when it was not.</summary>
    internal string? GivenUp { get; private set; }

    /// <summary>Whether all of it is one tensor of a class of its own (quantized, sparse, nested), which is made of those that were found.</summary>
    internal bool IsMadeOfOthers { get; private set; }

    /// <exception cref="PickleException">A tensor in it is not what PyTorch writes; the sentence names it.</exception>
    internal static TorchContents Of(object? value)
    {
        var contents = new TorchContents();
        contents.Visit(value);
        contents.IsMadeOfOthers = value is PickleCall call && (call.Name.StartsWith("torch._utils._rebuild_", StringComparison.Ordinal) || call.Name.StartsWith("torch._tensor._rebuild_", StringComparison.Ordinal))
            && contents.Tensors.Count > 0 && contents.Tensors.TrueForAll(tensor => tensor.Name.Length > 0);
        return contents;
    }

    /// <summary>The levels joined, cut where a name is longer than any that is meant.</summary>
    private string Name
    {
        get
        {
            _name.Clear();
            for (var i = 0; i < _path.Count && _name.Length <= MaxNameChars; i++)
            {
                _name.Append(i == 0 ? string.Empty : ".").Append(_path[i]);
            }

            if (_name.Length > MaxNameChars)
            {
                _name.Length = MaxNameChars;
                _name.Append("...");
            }

            return _name.ToString();
        }
    }

    private void Visit(object? value)
    {
        if (GivenUp is not null)
        {
            return;
        }

        // what holds nothing is counted too: a large list may be met over and over
        if (++_visits > MaxVisits || Tensors.Count + Arrays.Count > MaxTensors)
        {
            GivenUp = $"its values lead to more than {MaxVisits} others or {MaxTensors} tensors";
        }
        else if (value is not (PickleCall or PickleDict or PickleList or PickleTuple or PickleSet))
        {
            return;
        }
        else if (_open.Count >= PickleLimits.MaxDepth)
        {
            GivenUp = $"its values are nested deeper than {PickleLimits.MaxDepth} levels at {PrintableText.Of(Name, 100)}";
        }
        else if (!_open.Add(value))
        {
            Cycle ??= Name;
        }
        else
        {
            Take(value);
            _open.Remove(value);
        }
    }

    private void Take(object value)
    {
        try
        {
            if (TorchRebuild.TensorOf(value, out var newType) is { } tensor)
            {
                Tensors.Add(new NamedTensor(NameOfFound(tensor.Shape), _path.Count > 1 ? _path[0] : string.Empty, tensor));
                if (value is PickleCall { Name: "torch._utils._rebuild_qtensor", Arguments: [_, _, _, _, PickleTuple { Items: [_, PickleCall scales, PickleCall zeros, ..] }, ..] })
                {
                    Under("scales", scales);
                    Under("zero_points", zeros);
                }

                return;
            }

            if (newType is not null)
            {
                OfNewType ??= (Name, newType.FullName);
                return;
            }

            if (NumpyInPickle.Of(value) is { } array)
            {
                Arrays.Add(new NamedArray(NameOfFound(array.Shape), array));
                return;
            }
        }
        catch (PickleException e)
        {
            throw new PickleException(e.Id, $"tensor \"{PrintableText.Of(Name, 200)}\": {e.Message}", e);
        }

        switch (value)
        {
            case PickleDict dict: Each(dict.Entries); break;
            case PickleList list: Each(list.Items); break;
            case PickleTuple tuple: Each(tuple.Items); break;
            case PickleSet set: Each(set.Items); break;
            case PickleCall { Name: "torch._utils._rebuild_sparse_tensor" or "torch._utils._rebuild_sparse_csr_tensor", Arguments: [_, PickleTuple parts] }: Sparse(parts.Items); break;
            case PickleCall call: Call(call); break;
        }
    }

    private string NameOfFound(long[] shape)
    {
        var name = Name;
        _foundBytes += (sizeof(char) * name.Length) + (2L * sizeof(long) * shape.Length);
        if (_foundBytes > MaxFoundBytes)
        {
            GivenUp = $"the names and shapes of its tensors take more than {MaxFoundBytes >> 20} MiB";
        }

        return name;
    }

    private void Call(PickleCall call)
    {
        HasStoragesInBytes |= call.Name == TorchRebuild.StorageInBytes;
        Each(call.Arguments);
        Each(call.Items);
        Each(call.Entries);
        if (call.State is PickleTuple { Items: [var attributes, var slots] })
        {
            Visit(attributes);
            Visit(slots);
        }
        else
        {
            Visit(call.State);
        }
    }

    private void Sparse(object?[] parts)
    {
        // coo: indices, values, size; csr and its kin: outer, inner, values, size
        string[] names = parts.Length >= 4 && parts[2] is PickleCall ? ["crow_indices", "col_indices", "values"] : ["indices", "values"];
        foreach (var (name, part) in names.Zip(parts))
        {
            Under(name, part);
        }
    }

    private void Each(IReadOnlyList<object?> items)
    {
        for (var i = 0; i < items.Count && GivenUp is null; i++)
        {
            Under(i.ToString(CultureInfo.InvariantCulture), items[i]);
        }
    }

    private void Each(List<KeyValuePair<object?, object?>> entries)
    {
        foreach (var (key, value) in entries)
        {
            if (GivenUp is not null)
            {
                return;
            }

            if (key is PickleText { Value: "_modules" or "_parameters" or "_buffers" })
            {
                Visit(value);
            }
            else
            {
                Under(KeyOf(key), value);
            }
        }
    }

    private void Under(string segment, object? value)
    {
        _path.Add(segment);
        Visit(value);
        _path.RemoveAt(_path.Count - 1);
    }

    private static string KeyOf(object? key) => key switch
    {
        PickleText { Value: { } text } => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        PickleTuple tuple => $"({string.Join(", ", tuple.Items.Take(4).Select(item => item is PickleTuple ? "..." : KeyOf(item)))})",
        bool flag => flag ? "True" : "False",
        null => "None",
        _ => "?",
    };
}
