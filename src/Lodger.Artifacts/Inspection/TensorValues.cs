using System.Security.Cryptography;
using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Inspection;

/// <summary>Takes an array's values as they are read, in row-major order and little endian, and tells what they are like.</summary>
internal sealed class TensorValues : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ValueGauge? _gauge;

    /// <param name="type">As in <see cref="TensorEntry.Type"/>; a type without known elements gets a checksum and no statistics.</param>
    internal TensorValues(string type) => _gauge = ValueGauge.Of(type);

    /// <summary>Takes the next bytes; an element may be split between two calls.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        _gauge?.Add(bytes);
    }

    /// <summary>The entry with what was measured. Ends the taking.</summary>
    internal TensorEntry Measured(TensorEntry entry) => entry with { ValuesSha256 = Manifest.Hex(_hash.GetHashAndReset()), Statistics = _gauge?.Statistics };

    public void Dispose() => _hash.Dispose();
}
