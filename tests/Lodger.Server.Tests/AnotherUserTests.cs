using Lodger.Domain.Jobs;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>An account's key that is another user's than before: to that one every rental of the first is gone.</summary>
public sealed class AnotherUserTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_gone_nothing_rented_and_nothing_destroyed_until_the_first_users_key_is_back()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        var rental = (await UntilAsync(stage, j => j.RentalId is not null)).RentalId!;

        stage.Market.UserId = "9";
        await stage.RestartAsync();
        var seen = await UntilAsync(stage, j => j.Waiting.Contains("user 9", StringComparison.Ordinal));
        seen.Waiting.ShouldSatisfyAllConditions(w => w.ShouldContain("user 7001"), w => w.ShouldContain("lodger login stub"));
        (await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = "second" }), Token)).Problem!.Id.ShouldBe("account-another-user");
        (await stage.Client.CreateVolumeAsync("stub", new VolumeRequest("900", 10, "weights", "anna"), Token)).Problem!.Id.ShouldBe("account-another-user");
        await stage.Client.CancelAsync("digits", "anna", Token);

        stage.Market.UserId = "7001";
        await stage.RestartAsync();
        await UntilAsync(stage, j => j.Phase == JobPhase.Closed);
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.Select(e => e.Event).ShouldSatisfyAllConditions(
            all => all.OfType<RentIntended>().ShouldHaveSingleItem(),
            all => all.OfType<RentalVanished>().ShouldBeEmpty(),
            all => all.OfType<DestroyConfirmed>().ShouldHaveSingleItem().RentalId.ShouldBe(rental));
        stage.Market.Rents.ShouldBe(1);
    }

    [Fact]
    public async Task When_nothing_of_the_first_user_may_bill_the_account_is_the_next_ones()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        await UntilAsync(stage, j => j.RentalId is not null);
        await stage.Client.CancelAsync("digits", "anna", Token);
        await UntilAsync(stage, j => j.Phase == JobPhase.Closed);

        stage.Market.UserId = "9";
        await stage.RestartAsync();
        (await stage.Client.SubmitAsync(stage.Submission(ServerStage.Spec with { Name = "second" }), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(stage, j => j.RentalId is not null, "second");
    }

    private static async Task<JobView> UntilAsync(ServerStage stage, Func<JobView, bool> wanted, string name = "digits")
    {
        for (var i = 0; i < 6000; i++)
        {
            if ((await stage.Client.JobAsync(name, Token)).TryGet(out var job, out _) && wanted(job))
                return job;
            await Task.Delay(20, Token);
        }

        throw new TimeoutException("It did not come to that.");
    }
}
