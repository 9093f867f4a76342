namespace Lodger.Artifacts.Formats.Torch;

/// <summary>The tensors of a file by the storage that they view.</summary>
internal sealed class TorchViews
{
    private readonly Dictionary<string, List<NamedTensor>> _byKey = new(StringComparer.Ordinal);
    private readonly List<NamedTensor> _tensors;
    private readonly FormatReport _report;
    private readonly string _where;

    internal TorchViews(List<NamedTensor> tensors, FormatReport report, string where)
    {
        _tensors = tensors;
        _report = report;
        _where = where;
        foreach (var tensor in tensors)
        {
            if (!_byKey.TryGetValue(tensor.Tensor.Storage.Key, out var views))
            {
                _byKey[tensor.Tensor.Storage.Key] = views = [];
            }

            views.Add(tensor);
        }
    }

    /// <summary>Every storage once.</summary>
    internal IEnumerable<TorchStorage> Storages => _byKey.Values.Select(views => views[0].Tensor.Storage);

    internal bool Has(string key) => _byKey.ContainsKey(key);

    internal IReadOnlyList<NamedTensor> Of(string key) => _byKey.GetValueOrDefault(key) ?? [];

    /// <summary>The names of those that view a storage, for a finding.</summary>
    internal string NamesOf(string key)
    {
        var views = Of(key);
        var names = string.Join(", ", views.Take(3).Select(view => PrintableText.Of(view.Name, 100)));
        return views.Count > 3 ? $"{names} and {views.Count - 3} more" : names;
    }

    /// <summary>Says which tensors reach out of their storage, and which storages are described in two ways.</summary>
    internal void CheckBounds()
    {
        foreach (var (name, _, tensor) in _tensors)
        {
            if (tensor.Wrong() is { } wrong)
            {
                _report.Damaged("torch-bounds", $"{_where}tensor \"{PrintableText.Of(name, 200)}\" {wrong}");
            }

            var first = _byKey[tensor.Storage.Key][0].Tensor.Storage;
            if (first != tensor.Storage)
            {
                _report.Damaged(
                    "torch-storage",
                    $"{_where}record {PrintableText.Of(tensor.Storage.Key, 60)} is said to be {first.Units} of {first.Type.Name} and {tensor.Storage.Units} of {tensor.Storage.Type.Name} (tensor \"{PrintableText.Of(name, 200)}\").");
            }
        }
    }
}
