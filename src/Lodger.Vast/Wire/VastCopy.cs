namespace Lodger.Vast.Wire;

/// <summary>Where the host of an instance takes an rsync: the answer names the side that is not this machine. Null: not stated.</summary>
public sealed record VastCopy
{
    public string? SrcAddr { get; init; }

    public long? SrcPort { get; init; }

    public string? DstAddr { get; init; }

    public long? DstPort { get; init; }
}

/// <summary>An address and a port of an instance's host, checked to be such.</summary>
public sealed record VastHost(string Address, int Port);
