namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>The pickle cannot be what a pickler wrote, or cannot be followed. The message is a sentence that starts small and names the byte.</summary>
internal sealed class PickleException(string id, string what, Exception? inner = null) : Exception(what, inner)
{
    /// <summary>It wants bytes that are kept elsewhere (protocol 5's buffers).</summary>
    internal const string Buffer = "pickle-buffer";

    /// <summary>The finding's id.</summary>
    internal string Id => id;

    /// <summary>The code that it names up to there.</summary>
    internal IReadOnlyList<string> Foreign { get; init; } = [];
}
