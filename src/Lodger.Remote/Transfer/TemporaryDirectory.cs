namespace Lodger.Remote.Transfer;

/// <summary>A directory for its user alone that goes when it is disposed.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lodger-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Something of it is in use; the system's own cleaning of its temporary directory takes the rest.
        }
    }
}
