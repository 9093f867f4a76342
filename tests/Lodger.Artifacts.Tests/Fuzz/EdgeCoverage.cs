using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Lodger.Artifacts.Tests.Fuzz;

/// <summary>
/// Which branches of the verifier a mutation took, where its assembly was instrumented by SharpFuzz (CONTRIBUTING.md says how). A branch that none took before makes the
/// mutation worth mutating further.
/// </summary>
internal sealed unsafe class EdgeCoverage : IDisposable
{
    private const int Edges = 65536;

    private readonly byte* _counts = (byte*)NativeMemory.AllocZeroed(Edges);
    private readonly byte[] _seen = new byte[Edges];
    private readonly FieldInfo _memory;

    private EdgeCoverage(FieldInfo memory)
    {
        _memory = memory;
        memory.SetValue(null, Pointer.Box(_counts, typeof(byte*)));
    }

    /// <summary>Branches taken so far.</summary>
    internal int Taken { get; private set; }

    /// <summary>Null when the assembly is as it was built: then SharpFuzz's own is not beside it.</summary>
    internal static EdgeCoverage? Start()
    {
        var common = Path.Combine(AppContext.BaseDirectory, "SharpFuzz.Common.dll");
        if (!File.Exists(common))
        {
            return null;
        }

        var loaded = AssemblyLoadContext.Default.LoadFromAssemblyPath(common);
        AssemblyLoadContext.Default.Resolving += (_, name) => name.Name == loaded.GetName().Name ? loaded : null;
        return new EdgeCoverage(loaded.GetType("SharpFuzz.Common.Trace", throwOnError: true)!.GetField("SharedMem", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)!);
    }

    /// <summary>Whether a branch was taken since the last call that never was before, or far more often than before.</summary>
    internal bool TakesNew()
    {
        var isNew = false;
        for (var edge = 0; edge < Edges; edge++)
        {
            if (_counts[edge] == 0)
            {
                continue;
            }

            // counts in powers of two, as AFL does
            var bucket = (byte)(1 << (7 - byte.LeadingZeroCount(_counts[edge])));
            if ((_seen[edge] & bucket) == 0)
            {
                Taken += _seen[edge] == 0 ? 1 : 0;
                _seen[edge] |= bucket;
                isNew = true;
            }

            _counts[edge] = 0;
        }

        return isNew;
    }

    public void Dispose()
    {
        _memory.SetValue(null, Pointer.Box(null, typeof(byte*)));
        NativeMemory.Free(_counts);
    }
}
