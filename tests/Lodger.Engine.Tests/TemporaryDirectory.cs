namespace Lodger.Engine.Tests;

/// <summary>A directory of this test's own, gone at its end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lodger-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
