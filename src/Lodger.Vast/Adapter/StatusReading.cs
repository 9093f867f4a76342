using Lodger.Domain.Market;
using Lodger.Vast.Json;

namespace Lodger.Vast.Adapter;

/// <summary>The platform's four status fields and its message, as one answer showed them together.</summary>
/// <param name="Actual">The container: null while provisioning, created, loading, running, stopped, frozen, exited, rebooting, unknown, offline.</param>
/// <param name="Intended">What the container is meant to be: running or stopped.</param>
/// <param name="Current">The contract: running while hardware is allocated, stopped when it is not.</param>
/// <param name="Next">What the contract is about to become.</param>
/// <param name="Interruptible">A bid, which can be outbid.</param>
internal sealed record StatusFields(StatedText Actual, StatedText Intended, StatedText Current, StatedText Next, string? Message, bool Interruptible);

/// <summary>
/// Turns the status fields into a <see cref="RentalStatus"/>. Pure; each line is one documented state.
/// Who asked for a stop cannot be seen in an answer: a contract that is stopped all through reads as <see cref="RentalStatus.Preempted"/> for a bid and
/// as <see cref="RentalStatus.Stopped"/> otherwise, and whoever keeps a journal of what was asked has the last word.
/// </summary>
internal static class StatusReading
{
    private const string CannotStartWords = "OCI runtime create failed";

    public static RentalStatus Read(StatusFields fields)
    {
        if (!fields.Actual.IsStated) return RentalStatus.Unknown;
        var actual = fields.Actual.Value?.Trim().ToLowerInvariant();
        switch (actual)
        {
            case "offline":
                return RentalStatus.Offline;
            case "unknown" or "frozen":
                return RentalStatus.Unknown;
            case "running" or "stopped" or "exited" or "created" or "loading" or "rebooting" or null:
                break;
            default:
                return RentalStatus.Unknown;
        }

        // 1. The contract is stopped, is meant to be and stays so: whatever the container still shows is late.
        if (IsStopped(fields.Current) && IsStopped(fields.Intended) && (IsStopped(fields.Next) || fields.Next.Value is null))
            return fields.Interruptible ? RentalStatus.Preempted : RentalStatus.Stopped;

        // 2. No hardware. A container that claims to run without it is a contradiction; one that is meant to run waits for its own GPUs.
        if (IsStopped(fields.Current))
            return actual == "running" ? RentalStatus.Unknown : IsStopped(fields.Intended) ? RentalStatus.Stopped : RentalStatus.Scheduling;

        // 3. Hardware is allocated, or the platform does not say.
        return actual switch
        {
            "running" => RentalStatus.Running,
            "stopped" => IsStopped(fields.Intended) ? RentalStatus.Stopped : RentalStatus.Scheduling,
            "exited" => IsStopped(fields.Intended) ? RentalStatus.Stopped : RentalStatus.Exited,
            "rebooting" => RentalStatus.Loading,
            _ when CannotStart(fields.Message) => RentalStatus.CannotStart,
            null => RentalStatus.Provisioning,
            _ => RentalStatus.Loading,
        };
    }

    private static bool IsStopped(StatedText state) => string.Equals(state.Value?.Trim(), "stopped", StringComparison.OrdinalIgnoreCase);

    private static bool CannotStart(string? message) => message?.Contains(CannotStartWords, StringComparison.OrdinalIgnoreCase) == true;
}
