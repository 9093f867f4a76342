namespace Lodger.Remote.Processes;

/// <summary>Keeps the first bytes up to a limit and remembers whether there were more.</summary>
internal sealed class BoundedBuffer(int maxBytes)
{
    private readonly List<byte> kept = [];

    public bool IsTruncated { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, maxBytes - kept.Count);
        kept.AddRange(bytes[..room]);
        IsTruncated |= room < bytes.Length;
    }

    public byte[] ToArray() => [.. kept];
}
