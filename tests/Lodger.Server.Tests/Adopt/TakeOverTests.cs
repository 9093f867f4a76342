using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Adopt;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Adopt;

/// <summary>Whose a rental is and what is refused before it is taken over, through the server.</summary>
public sealed class TakeOverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_Lodgers_label_keeps_it_from_being_taken_and_from_being_destroyed()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Market["77"] = AdoptStage.ByHand with { Label = "lodger/other.abc234/1" };
        (await stage.AdoptAsync()).Problem!.Id.ShouldBe("rental-of-other-lodger");
        stage.Market["77"] = AdoptStage.ByHand;
        stage.Foreign.IsWatched = true;
        (await stage.AdoptAsync()).Problem!.Id.ShouldBe("rental-of-other-lodger");
        stage.Foreign.IsWatched = false;

        var waits = await stage.SavedAsync();
        stage.Market["77"] = AdoptStage.ByHand with { Label = "lodger/other.abc234/1" };
        var left = await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.Closed);
        left.Problem!.Message.ShouldContain("lodger/other.abc234/1");
        left.Meter.NothingBills.ShouldBeFalse();
        stage.Market.Has("77").ShouldBeTrue();
    }

    [Theory]
    [InlineData("lodger/other.abc234/1", "the label lodger/other.abc234/1 since")]
    [InlineData("", "carries no label since")]
    public async Task One_that_was_labelled_by_another_between_the_look_and_the_label_is_left_to_it(string label, string said)
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Foreign.Before = _ => stage.Market["77"] = AdoptStage.ByHand with { Label = label };
        var job = (await stage.AdoptAsync()).Value;
        var over = await stage.UntilAsync(job.Id, j => j.Phase == JobPhase.Closed);
        over.Problem!.Id.ShouldBe("rental-taken-elsewhere");
        over.Problem.Message.ShouldContain(said);
        over.Meter.NothingBills.ShouldBeFalse();
        stage.Market["77"].Label.ShouldBe(label);
    }

    [Fact]
    public async Task One_that_has_the_label_of_a_job_here_that_is_over_is_told_with_that_jobs_name()
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        await stage.ApproveAsync(waits);
        await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.Closed);
        stage.Market["79"] = AdoptStage.ByHand with { Id = "79", Label = JobState.LabelFor(waits.Id, 1) };
        var refused = (await stage.Client.AdoptAsync("stub", "79", new AdoptRequest([AdoptStage.Out], "anna", Name: "again", ResultsDirectory: Path.Combine(stage.Root, "other")), Token)).Problem.ShouldNotBeNull();
        refused.Id.ShouldBe("rental-owned");
        refused.Message.ShouldContain("of the job rental-77 here, which is over");
    }

    [Fact]
    public async Task Of_two_that_label_it_at_once_the_one_whose_label_does_not_stand_has_not_taken_it()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Market.AfterLabel = _ => stage.Market["77"] = AdoptStage.ByHand with { Label = "lodger/other.abc234/1" };
        var job = (await stage.AdoptAsync()).Value;
        (await stage.UntilAsync(job.Id, j => j.Phase == JobPhase.Closed)).Problem!.Id.ShouldBe("rental-taken-elsewhere");
        (await stage.EventsAsync(job.Id)).ShouldNotContain(e => e.Event is RentalTaken);
        stage.Market["77"].Label.ShouldBe("lodger/other.abc234/1");
    }

    [Fact]
    public async Task A_list_that_shows_another_label_does_not_end_the_watch_before_the_platform_says_the_same_of_the_rental_itself()
    {
        await using var stage = await AdoptStage.StartAsync();
        var job = await stage.SavedAsync();
        stage.Market.Listed = rental => rental with { Label = null };
        await stage.UntilAsync(job.Id, j => j.Waiting.Contains("until the platform's list shows the label", StringComparison.Ordinal));
        (await stage.EventsAsync(job.Id)).ShouldNotContain(e => e.Event is RentalReleased);
        stage.Market["77"] = stage.Market["77"] with { Label = "lodger/other.abc234/1" };
        (await stage.UntilAsync(job.Id, j => j.Phase == JobPhase.Closed)).Problem!.Id.ShouldBe("rental-taken-elsewhere");
    }

    [Fact]
    public async Task Given_up_before_it_was_taken_it_gets_no_key()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Market.LabelRefusal = new Problem("throttled", "later", "", ExitCode.Unknown, MayRetry: true);
        var job = (await stage.AdoptAsync()).Value;
        await stage.UntilAsync(job.Id, _ => !stage.Market.KeysLetIn.IsEmpty);
        stage.Market["77"] = AdoptStage.ByHand with { Status = RentalStatus.Stopped };
        (await stage.Client.AbandonAsync(job.Id, new AbandonRequest("77", "anna"), Token)).IsOk.ShouldBeTrue();
        stage.Market.KeysLetIn.Clear();
        stage.Market.LabelRefusal = null;
        await stage.UntilAsync(job.Id, j => j.Phase == JobPhase.Closed);
        stage.Market.KeysLetIn.ShouldBeEmpty();
        stage.Market.Has("77").ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_is_taken_is_said_before_any_key_is_let_in()
    {
        await using var stage = await AdoptStage.StartAsync();
        await stage.SavedAsync();
        stage.Market["78"] = AdoptStage.ByHand with { Id = "78" };
        stage.Market.KeysLetIn.Clear();
        stage.Foreign.Refusal = new Problem("ssh-key-refused", "The machine refuses Lodger's ssh key.", "", ExitCode.RentalUnusable, MayRetry: true);
        (await stage.Client.AdoptAsync("stub", "78", new AdoptRequest([AdoptStage.Out], "anna", Name: "rental-77", ResultsDirectory: Path.Combine(stage.Root, "other")), Token)).Problem!.Id.ShouldBe("job-open");
        stage.Market.KeysLetIn.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_look_lets_no_key_in_before_somebody_agreed()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Foreign.Refusal = new Problem("ssh-key-refused", "The machine refuses Lodger's ssh key.", "", ExitCode.RentalUnusable, MayRetry: true);
        (await stage.Client.LookAtRentalAsync("stub", "77", new RentalLookRequest([]), Token)).Problem!.Id.ShouldBe(AdoptDesk.KeyNeeded);
        stage.Market.KeysLetIn.ShouldBeEmpty();
        stage.Foreign.Before = _ => stage.Foreign.Refusal = stage.Market.KeysLetIn.IsEmpty ? stage.Foreign.Refusal : null;
        (await stage.Client.LookAtRentalAsync("stub", "77", new RentalLookRequest([], MayLetKeyIn: true), Token)).IsOk.ShouldBeTrue();
        stage.Market.KeysLetIn.ShouldHaveSingleItem().ShouldBe("77");
        stage.Market["77"].Label.ShouldBe("by hand");
    }

    [Fact]
    public async Task What_does_not_fit_here_is_not_taken_over()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Foreign.LookedBytes = 1L << 49;
        var refused = (await stage.AdoptAsync()).Problem.ShouldNotBeNull();
        refused.Id.ShouldBe("home-disk-full");
        refused.Message.ShouldContain("562950.0 GB");
        stage.Market["77"].Label.ShouldBe("by hand");
    }

    [Theory]
    [InlineData("/proc/1", "bad-path")]
    [InlineData("/", "bad-path")]
    [InlineData("relative", "bad-path")]
    [InlineData("/no/such", "path-not-there")]
    public async Task What_cannot_be_saved_is_refused_with_a_word_about_it(string path, string problem)
    {
        await using var stage = await AdoptStage.StartAsync();
        (await stage.AdoptAsync(path)).Problem!.Id.ShouldBe(problem);
    }

    [Fact]
    public async Task A_key_that_was_said_for_another_rental_makes_no_answer_of_it_and_a_null_path_no_defect()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Market["78"] = AdoptStage.ByHand with { Id = "78" };
        var wish = new AdoptRequest([AdoptStage.Out], "anna", Name: "mine", ResultsDirectory: Path.Combine(stage.Root, "home"), Key: "00000000-0000-4000-8000-000000000001");
        (await stage.Client.AdoptAsync("stub", "77", wish, Token)).IsOk.ShouldBeTrue();
        (await stage.Client.AdoptAsync("stub", "77", wish, Token)).Value.Name.ShouldBe("mine");
        (await stage.Client.AdoptAsync("stub", "78", wish, Token)).Problem!.Id.ShouldBe("key-used");
        foreach (var route in (string[])["look", "adopt"])
            (await stage.RefusedAsync("POST", $"/v1/accounts/stub/rentals/77/{route}", """{"paths":["/a",null],"by":"x"}""")).Id.ShouldBe("request-malformed");
    }
}
