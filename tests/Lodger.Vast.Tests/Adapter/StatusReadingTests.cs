using Lodger.Domain.Market;
using Lodger.Vast.Adapter;
using Lodger.Vast.Json;

namespace Lodger.Vast.Tests.Adapter;

public sealed class StatusReadingTests
{
    private const string Oci = "Error response from daemon: OCI runtime create failed: no such device";

    [Theory]
    // actual, intended, cur, next, message, bid
    [InlineData(null, "running", "running", "running", null, false, RentalStatus.Provisioning)]
    [InlineData(null, "running", null, null, null, false, RentalStatus.Provisioning)]
    [InlineData(null, "stopped", "stopped", "stopped", null, true, RentalStatus.Preempted)] // A bid that was too low: made, stopped, its disk bills.
    [InlineData("created", "running", "running", "running", "", false, RentalStatus.Loading)]
    [InlineData("created", "running", "running", "running", Oci, false, RentalStatus.CannotStart)]
    [InlineData("loading", "running", "running", "running", "Pulling", false, RentalStatus.Loading)]
    [InlineData("loading", "running", "running", "running", Oci, false, RentalStatus.CannotStart)]
    [InlineData("rebooting", "running", "running", "running", null, false, RentalStatus.Loading)]
    [InlineData("running", "running", "running", "running", "success", false, RentalStatus.Running)]
    [InlineData("running", "running", "running", "running", Oci, false, RentalStatus.Running)] // An old message beside a container that runs.
    [InlineData("running", "stopped", "running", "stopped", null, false, RentalStatus.Running)] // Told to stop, still there, still billing.
    [InlineData("running", "running", null, null, null, false, RentalStatus.Running)]
    [InlineData("running", "running", "stopped", "running", null, false, RentalStatus.Unknown)] // Runs without hardware: a contradiction.
    [InlineData("running", "stopped", "stopped", "stopped", null, true, RentalStatus.Preempted)] // The container's word is late.
    [InlineData("running", "stopped", "stopped", "running", null, false, RentalStatus.Unknown)]
    [InlineData("exited", "stopped", "stopped", "running", null, true, RentalStatus.Stopped)] // About to come back.
    [InlineData("stopped", "stopped", "stopped", "stopped", null, false, RentalStatus.Stopped)]
    [InlineData("stopped", "stopped", "stopped", "stopped", null, true, RentalStatus.Preempted)]
    [InlineData("exited", "stopped", "stopped", "stopped", null, false, RentalStatus.Stopped)]
    [InlineData("exited", "stopped", "stopped", "stopped", null, true, RentalStatus.Preempted)]
    [InlineData("exited", "stopped", "running", "stopped", null, false, RentalStatus.Stopped)] // The contract follows the container.
    [InlineData("stopped", "stopped", "running", "running", null, false, RentalStatus.Stopped)]
    [InlineData("exited", "running", "running", "running", null, false, RentalStatus.Exited)]
    [InlineData("stopped", "running", "stopped", "running", null, false, RentalStatus.Scheduling)]
    [InlineData("exited", "running", "stopped", "running", null, false, RentalStatus.Scheduling)]
    [InlineData("exited", "running", "stopped", "stopped", null, true, RentalStatus.Scheduling)]
    [InlineData("stopped", "running", "running", "running", null, false, RentalStatus.Scheduling)]
    [InlineData("loading", "running", "stopped", "running", null, false, RentalStatus.Scheduling)]
    [InlineData("offline", "running", "running", "running", null, false, RentalStatus.Offline)]
    [InlineData("offline", "stopped", "stopped", "stopped", null, true, RentalStatus.Offline)]
    [InlineData("unknown", "running", "running", "running", null, false, RentalStatus.Unknown)]
    [InlineData("unknown", "stopped", "stopped", "stopped", null, false, RentalStatus.Unknown)]
    [InlineData("frozen", "running", "running", "running", null, false, RentalStatus.Unknown)]
    [InlineData("hibernating", "running", "running", "running", null, false, RentalStatus.Unknown)]
    [InlineData("", "running", "running", "running", null, false, RentalStatus.Unknown)]
    [InlineData(" Running ", "running", "running", "running", null, false, RentalStatus.Running)]
    public void The_status_fields_together_are_one_status(
        string? actual, string? intended, string? current, string? next, string? message, bool bid, RentalStatus expected) =>
        StatusReading.Read(new StatusFields(StatedText.Of(actual), StatedText.Of(intended), StatedText.Of(current), StatedText.Of(next), message, bid)).ShouldBe(expected);

    [Fact]
    public void A_status_that_is_not_stated_is_unknown_and_not_provisioning() =>
        StatusReading.Read(new StatusFields(default, StatedText.Of("running"), StatedText.Of("running"), StatedText.Of("running"), null, false)).ShouldBe(RentalStatus.Unknown);

    [Fact]
    public void Over_every_combination_a_stopped_contract_never_runs_and_nonsense_is_unknown()
    {
        string?[] actuals = [null, "created", "loading", "running", "stopped", "frozen", "exited", "rebooting", "unknown", "offline", "nonsense"];
        string?[] states = [null, "running", "stopped", "unloaded"];
        var combinations =
            from actual in actuals
            from intended in states
            from current in states
            from next in states
            from message in (string?[])[null, Oci]
            from bid in (bool[])[false, true]
            select (Status: StatusReading.Read(new StatusFields(StatedText.Of(actual), StatedText.Of(intended), StatedText.Of(current), StatedText.Of(next), message, bid)), actual, intended, current, bid);

        foreach (var c in combinations)
        {
            var seen = $"{c}";
            if (c.Status == RentalStatus.Running) (c.actual, c.current == "stopped").ShouldBe(("running", false), seen);
            if (c.Status is RentalStatus.Preempted) (c.bid, c.current, c.intended).ShouldBe((true, "stopped", "stopped"), seen);
            if (c.Status is RentalStatus.Stopped) c.intended.ShouldBe("stopped", seen);
            if (c.Status is RentalStatus.Scheduling or RentalStatus.Exited) c.intended.ShouldNotBe("stopped", seen);
            if (c.actual is "nonsense" or "unknown" or "frozen") c.Status.ShouldBe(RentalStatus.Unknown, seen);
            if (c.actual == "offline") c.Status.ShouldBe(RentalStatus.Offline, seen);
        }
    }
}
