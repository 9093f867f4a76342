namespace Lodger.Remote.Processes;

/// <summary>Keeps the first bytes up to a limit and remembers whether there were more.</summary>
internal sealed class BoundedBuffer(int maxBytes)
{
    private readonly List<byte> kept = [];

    private long taken;

    public bool IsTruncated { get; private set; }

    /// <summary>Bytes in all, kept or not; may be asked from another thread.</summary>
    public long Taken => Interlocked.Read(ref taken);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, maxBytes - kept.Count);
        kept.AddRange(bytes[..room]);
        IsTruncated |= room < bytes.Length;
        Interlocked.Add(ref taken, bytes.Length);
    }

    public byte[] ToArray() => [.. kept];
}
