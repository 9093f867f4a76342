namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>The pickle cannot be what a pickler wrote. The message is a sentence that starts small and names the byte.</summary>
internal sealed class PickleException(string id, string what, Exception? inner = null) : Exception(what, inner)
{
    /// <summary>The finding's id.</summary>
    internal string Id => id;
}
