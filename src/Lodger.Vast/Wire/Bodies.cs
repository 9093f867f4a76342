using System.Text.Json.Serialization;

namespace Lodger.Vast.Wire;

/// <summary>What to make of an offer. Its text form names no value: environment and registry login are secret.</summary>
public sealed class CreateInstance
{
    /// <summary>Always <c>me</c>.</summary>
    public string ClientId { get; } = "me";

    public required string Image { get; init; }

    /// <summary>GB; can never grow.</summary>
    public required decimal Disk { get; init; }

    /// <summary>At most 1024 characters.</summary>
    public string? Label { get; init; }

    /// <summary>Names to values; docker flags are names with the value 1: <c>"-p 8081:8081": "1"</c>.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary><c>ssh_direc ssh_proxy</c>: both ways to ssh. The API description spells the first one <c>ssh_direct</c>; the official client does not.</summary>
    public string Runtype { get; init; } = "ssh_direc ssh_proxy";

    /// <summary>Stored by the platform and returned by every show.</summary>
    public string? Onstart { get; init; }

    /// <summary><c>-u USER -p PASSWORD SERVER</c>.</summary>
    public string? ImageLogin { get; init; }

    /// <summary>Bid in USD per hour for the whole machine; makes it interruptible. Null: on-demand.</summary>
    public decimal? Price { get; init; }

    /// <summary>
    /// True: refuse (410) when it cannot start at once, rather than wait while the disk bills. The platform's default for an interruptible is false: a bid that
    /// is too low then makes a stopped rental.
    /// </summary>
    public bool CancelUnavail { get; init; } = true;

    public string TargetState { get; init; } = "running";

    public override string ToString() => $"create {Image}, disk {Disk} GB, label {Label}";
}

internal sealed class ChangeInstance
{
    public string? State { get; init; }

    public string? Label { get; init; }
}

internal sealed class SshKeyBody
{
    public required string SshKey { get; init; }
}

internal sealed class LogsBody
{
    public string? Tail { get; init; }

    public string? Filter { get; init; }

    public string? DaemonLogs { get; init; }
}

internal sealed class CommandBody
{
    public required string Command { get; init; }
}

/// <summary>One side of the copy is this machine; its id is null, and said to be.</summary>
internal sealed class CopyBody
{
    public string ClientId { get; } = "me";

    /// <summary>The instance's id, as text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? SrcId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? DstId { get; init; }

    public required string SrcPath { get; init; }

    public required string DstPath { get; init; }
}

internal sealed class RentVolumeBody
{
    /// <summary>The offer's.</summary>
    public required long Id { get; init; }

    /// <summary>GB; can never grow.</summary>
    public required int Size { get; init; }

    public required string Name { get; init; }
}

internal sealed class DeleteVolumeBody
{
    public required long Id { get; init; }
}

internal sealed class CloudCopyBody
{
    /// <summary>The instance's id, as text.</summary>
    public required string InstanceId { get; init; }

    public required string Src { get; init; }

    public required string Dst { get; init; }

    /// <summary>The connection's id, as text.</summary>
    public required string Selected { get; init; }

    public string Transfer { get; } = "Instance To Cloud";

    public IReadOnlyList<string> Flags { get; } = [];
}

internal sealed class BidBody
{
    public string ClientId { get; } = "me";

    public required decimal Price { get; init; }
}

internal sealed class WebhookBody
{
    /// <summary>At most 120 characters.</summary>
    public string? Name { get; init; }

    public required string WebhookUrl { get; init; }

    public required IReadOnlyList<string> EventTypes { get; init; }
}

internal sealed class EmptyBody;
