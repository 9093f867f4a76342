using System.Globalization;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Push;

/// <summary>Something that an account is told.</summary>
internal sealed record Happening(string Slug, string Subject, string Message);

/// <summary>What a change of a contract is called, and in what words it is told. Only the words name the instance, as on the platform.</summary>
internal static class Happenings
{
    /// <summary>Null when nobody is told.</summary>
    /// <param name="before">The phase until now; null for a new contract.</param>
    /// <param name="lastTold">The slug of what was told of this contract last.</param>
    /// <param name="contract">The contract as it is now.</param>
    public static Happening? Between(Phase? before, string? lastTold, Contract contract)
    {
        var id = contract.Id.ToString(CultureInfo.InvariantCulture);
        var where = $"Your instance {id} on machine {contract.MachineId.ToString(CultureInfo.InvariantCulture)}";
        if (before is null) return new Happening(NotificationTypes.Created, $"Instance #{id} Has Been Created", $"{where} has been created.");
        if (contract.Phase == before) return null;
        return contract.Phase switch
        {
            Phase.Running when lastTold == NotificationTypes.Offline => new(NotificationTypes.Online, $"Instance #{id} Is Back Online", $"{where} runs again: its host is back."),
            Phase.Running when lastTold == NotificationTypes.Outbid => new(NotificationTypes.Resumed, $"Interruptible Instance #{id} Has Resumed", $"{where} has priority again and is running."),
            Phase.Running => new(NotificationTypes.Started, $"Instance #{id} Has Started", $"{where} is running."),
            Phase.Offline => new(NotificationTypes.Offline, $"Instance #{id} Is Offline", $"{where} cannot be reached: its host is offline. Nothing is billed meanwhile."),
            Phase.Stopped when contract.StopCause == StopCause.Outbid => new(NotificationTypes.Outbid, $"Your Interruptible Instance #{id} Has Been Outbid", $"{where} has been outbid and will be stopped."),
            Phase.Stopped when contract.StopCause == StopCause.ContractEnd => new(NotificationTypes.Ended, $"The Contract of Instance #{id} Has Ended", $"{where} is stopped and cannot be started again."),
            Phase.Stopped => new(NotificationTypes.Stopped, $"Instance #{id} Has Stopped", $"{where} is stopped. Its disk is billed until you destroy it."),
            _ => null,
        };
    }
}
