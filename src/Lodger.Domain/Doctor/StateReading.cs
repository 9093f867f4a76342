using Lodger.Domain.Market;

namespace Lodger.Domain.Doctor;

/// <summary>What the platform's status fields mean, read together: no single one of them says it.</summary>
public static class StateReading
{
    /// <summary>What it does, what bills meanwhile, and what can come next, in words.</summary>
    public static string Of(RentalStatus status) => status switch
    {
        RentalStatus.Provisioning => "The contract is made and the host has not begun. The disk bills.",
        RentalStatus.Loading => "The host pulls the image. The disk bills, the GPU not yet.",
        RentalStatus.Running => "The container runs; that is not yet the same as reachable. GPU and disk bill.",
        RentalStatus.Stopped => "Stopped because somebody asked for it. The disk goes on billing until it is destroyed.",
        RentalStatus.Preempted => "Stopped although nobody of ours asked: somebody pays more, the balance is empty, or it was stopped elsewhere. The disk bills; a bid comes back by itself when it leads again, on the same GPU.",
        RentalStatus.Scheduling => "Told to run, and waits for its very own GPU; other free GPUs of the machine do not help. The disk bills.",
        RentalStatus.Exited => "The container ended; before its first run it never runs by itself. The disk bills.",
        RentalStatus.CannotStart => "The host cannot make the container. The disk bills.",
        RentalStatus.Offline => "The host is not connected. Nothing bills meanwhile.",
        _ => "The fields contradict each other or cannot be read: unknown, and nothing is concluded from it.",
    };
}
