using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Tests.Shared;

namespace Lodger.Cli.Tests.Commands;

public sealed class SweepAccountTests : IDisposable
{
    private readonly TestStage stage = new();

    private static Rental Rental { get; } = SampleRental.ByHand with { Id = "41200999", Label = "lodger/lost.abc/1", Status = RentalStatus.Stopped, Evidence = "", GpuUsdPerHour = 0.2m };

    private static SurveyView View { get; } = new(
        "vast.ai (account anna)",
        new AccountSurvey(
            3,
            1,
            [new UnownedRental(Rental, Ownership.UnknownJob, null, 4.2m, Rates.Of(Rental)), new UnownedRental(Rental with { Id = "5", Label = null, Status = RentalStatus.Unknown }, Ownership.NotLodgers, null, null, null)],
            [new UnownedVolume(new Volume { Id = "88", MachineId = "7", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [] }, 0.1m)]),
        null);

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task What_nobody_owns_is_listed_with_its_cost_and_nothing_is_changed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Survey = View;
        stage.IsTerminal = true;

        (await stage.RunAsync("sweep-account", "--market", "local")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("vast.ai (account anna) 3 rentals, 1 volume");
        stage.OutInOneLine.ShouldContain("41200999 stopped $0.010/h $4.20 1x RTX 4090, label lodger/lost.abc/1, of a");
        stage.OutInOneLine.ShouldContain("5 unknown ? ? 1x RTX 4090, not made by Lodger");
        stage.OutInOneLine.ShouldContain("88 volume $0.0020/h $0.10 15 GB on machine 7, used by nothing");
        stage.OutInOneLine.ShouldContain("2 rentals and 1 volume belong to no open job: $0.012/h, $8.64 a month. Nothing was changed.");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task An_account_on_which_everything_is_owned_says_so_and_json_is_the_same_facts()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("sweep-account", "--market", "local")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("Every rental and volume on it belongs to an open job.");

        server.Survey = View;
        using var other = new TestStage();
        await using var second = await FakeServer.StartAsync(other.Socket);
        second.Survey = View;
        (await other.RunAsync("sweep-account", "--market", "local", "--json")).ShouldBe(ExitCode.Ok);
        JsonDocument.Parse(other.Out).RootElement.GetProperty("survey").GetProperty("unownedRentals")[0].GetProperty("ownership").GetString().ShouldBe("UnknownJob");
    }
}
