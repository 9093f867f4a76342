using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Adopt;

/// <summary>A rental that is let go again, and what is said of it.</summary>
public sealed class ReleaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Let_go_it_gets_its_label_back_goes_on_billing_and_can_be_taken_over_again()
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        (await stage.AdoptAsync()).Problem!.Id.ShouldBe("rental-owned");
        (await stage.Client.CloudsAsync(waits.Id, Token)).Problem!.Id.ShouldBe("not-adopted-copy", "its host would copy the whole disk");
        (await stage.Client.CancelAsync(waits.Id, "anna", Token)).Problem!.Message.ShouldBe("rental-77 is a rental that was taken over: its work is not Lodger's to end (lodger adopt --release 77 lets it go).");
        (await stage.Client.SetBudgetAsync(waits.Id, new BudgetRequest(0.01m, "anna"), Token)).Problem!.Message.ShouldBe("rental-77 is a rental that was taken over: nothing is stopped there, so no budget holds.");

        var gone = (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Value;
        gone.LabelLeft.ShouldBeNull();
        gone.Said.ShouldContain("goes on billing $0.410/h");
        var over = await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.Closed);
        over.Meter.NothingBills.ShouldBeFalse();
        over.Problem!.Message.ShouldContain("goes on billing");
        stage.Market["77"].Label.ShouldBe("by hand");
        (await stage.Client.SurveyAsync("stub", Token)).Value.Survey.UnownedRentals.ShouldHaveSingleItem().Rental.Id.ShouldBe("77");
        (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Problem!.Id.ShouldBe("not-adopted");
        (await stage.AdoptAsync()).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task Let_go_between_the_look_and_the_label_it_has_its_own_label_again()
    {
        await using var stage = await AdoptStage.StartAsync();
        var isFirst = 1;
        stage.Market.BeforeLabel = _ =>
        {
            if (Interlocked.Exchange(ref isFirst, 0) == 1)
                stage.Client.ReleaseAsync("stub", "77", "anna", Token).GetAwaiter().GetResult().IsOk.ShouldBeTrue();
        };
        var job = (await stage.AdoptAsync()).Value;
        (await stage.UntilAsync(job.Id, j => j.Phase == JobPhase.Closed)).Problem!.Id.ShouldBe("rental-released");
        for (var i = 0; i < 2400 && stage.Market["77"].Label != "by hand"; i++)
            await Task.Delay(50, Token);
        stage.Market["77"].Label.ShouldBe("by hand");
        (await stage.EventsAsync(job.Id)).ShouldNotContain(e => e.Event is RentalTaken);
    }

    [Fact]
    public async Task A_release_writes_no_label_blindly_and_says_of_its_bill_only_what_is_known()
    {
        await using var stage = await AdoptStage.StartAsync();
        await stage.SavedAsync();
        var ours = stage.Market["77"].Label;
        stage.Market.ShowRefusal = new Problem("platform-silent", "no answer", "", ExitCode.Unknown, MayRetry: true);
        var unknown = (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Value;
        unknown.LabelLeft.ShouldBe(ours);
        unknown.Said.ShouldContain("may go on billing");
        stage.Market["77"].Label.ShouldBe(ours);
    }

    [Fact]
    public async Task Of_one_that_the_platform_knows_no_more_a_release_says_that_nothing_bills()
    {
        await using var stage = await AdoptStage.StartAsync(w => w);
        await stage.SavedAsync();
        stage.Market.Remove("77");
        var gone = (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Value;
        gone.Said.ShouldContain("nothing of it bills");
        gone.LabelLeft.ShouldBeNull();
    }
}
