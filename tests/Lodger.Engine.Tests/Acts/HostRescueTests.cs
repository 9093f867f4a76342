using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Tests.Stage;

namespace Lodger.Engine.Tests.Acts;

/// <summary>What is fetched through a host may take hours, and nothing else of the job is done meanwhile.</summary>
public sealed class HostRescueTests
{
    [Theory]
    [InlineData("a person's word")]
    [InlineData("its budget")]
    public async Task It_is_cut_off_by(string what)
    {
        var begun = new TaskCompletionSource();
        await using var job = await PlayedJob.StartAsync(new()
        {
            History = Histories.Moved,
            Rentals = [Histories.Shown(1) with { Status = RentalStatus.Preempted }, Histories.Shown(2)],
            // Less than what is kept back to bring everything home.
            BudgetUsd = what == "its budget" ? 0.000_1m : null,
            Market = [(nameof(IMarket.HostDoorAsync), _ => Task.FromResult<Outcome<HostDoor>>(new HostDoor("r1", "127.0.0.1", 1, "nobody")))],
            Hosts = [(nameof(IHostDoor.WriteFenceAsync), args => EndlessAsync((CancellationToken)args[2]!))],
        });

        var rescue = job.CarryOutAsync(new WriteFence(1, "r1"));
        await begun.Task;
        if (what == "its budget")
            job.Sweep();
        else
            job.Runner.Interrupt();

        (await rescue).ShouldBe(TimeSpan.Zero);
        job.Runner.Live.HostFailingSince.ShouldBeEmpty("the host is not to blame");

        async Task<Outcome<Done>> EndlessAsync(CancellationToken token)
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return Done.Ok;
        }
    }
}
