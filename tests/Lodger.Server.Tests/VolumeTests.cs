using Lodger.Domain.Clocks;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Domain.Volumes;
using Lodger.Engine.Journal;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

public sealed class VolumeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static VolumeRequest Request => new("900", 50, "weights", "anna");

    [Fact]
    public async Task A_volume_is_made_once_under_its_name_even_when_the_answer_is_lost()
    {
        await using var stage = await ServerStage.StartAsync();
        stage.Market.VolumeAnswersAreLost = true;

        var made = (await stage.Client.CreateVolumeAsync("stub", Request, Token)).Value;

        (made.Label, made.SizeGb).ShouldBe(("weights", 50));
        (await stage.Client.CreateVolumeAsync("stub", Request, Token)).Problem!.Id.ShouldBe("volume-name-taken");
        stage.Market.Volumes.ShouldHaveSingleItem();
        var list = (await stage.Client.VolumesAsync("stub", Token)).Value;
        list.Volumes.ShouldHaveSingleItem().Volume.Id.ShouldBe(made.Id);
        list.Pending.ShouldBeEmpty();
        // No job runs on that account: its volume bills all the same, and is counted and watched.
        (await stage.Client.CostAsync(null, false, Token)).Value.Accounts.ShouldHaveSingleItem().Volumes.ShouldNotBeNull().ShouldHaveSingleItem().Volume.Id.ShouldBe(made.Id);
        (await stage.Client.ClocksAsync(null, latest: false, due: false, Token)).Value.Accounts.ShouldHaveSingleItem().Clocks.Select(c => c.Kind).ShouldContain(ClockKind.VolumeUnused);
        (await stage.Client.VolumePlacesAsync("stub", "", 50, false, Token)).IsOk.ShouldBeTrue();
        (await stage.Client.VolumesAsync("nobody", Token)).Problem!.ExitCode.ShouldBe(ExitCode.NotFound);
        (await stage.Client.CreateVolumeAsync("stub", Request with { Name = "../etc" }, Token)).Problem!.ExitCode.ShouldBe(ExitCode.BadInput);
        (await stage.Client.CreateVolumeAsync("stub", Request with { Name = "other", SizeGb = 0 }, Token)).Problem!.ExitCode.ShouldBe(ExitCode.BadInput);
    }

    [Fact]
    public async Task A_volume_that_the_platform_lists_without_its_name_is_the_one_that_came()
    {
        await using var stage = await ServerStage.StartAsync();
        stage.Market.Volumes = [new Volume { Id = "7", MachineId = "m1", SizeGb = 50, UsdPerHour = 0.01m, UsedBy = [] }];
        stage.Market.VolumesHaveNoNames = true;

        var made = (await stage.Client.CreateVolumeAsync("stub", Request, Token)).Value;

        made.Id.ShouldNotBe("7");
        (await stage.Client.VolumesAsync("stub", Token)).Value.Pending.ShouldBeEmpty();
        (await stage.Client.CreateVolumeAsync("stub", Request, Token)).Problem!.Id.ShouldBe("volume-name-taken");
        (await stage.Client.CreateVolumeAsync("stub", Request with { Name = "more" }, Token)).Value.Id.ShouldNotBe(made.Id);
    }

    private static async Task<IEnumerable<ClockKind>> ClocksAsync(ServerStage stage, bool latest) =>
        (await stage.Client.ClocksAsync(null, latest, due: false, Token)).Value.Accounts.SelectMany(a => a.Clocks).Select(c => c.Kind);

    [Fact]
    public async Task No_made_up_yes_deletes_a_volume_and_typing_its_id_gives_it_up()
    {
        await using var stage = await ServerStage.StartAsync();
        var id = (await stage.Client.CreateVolumeAsync("stub", Request, Token)).Value.Id;
        foreach (var token in (string?[])[null, "", "made-up", "0123456789abcdef"])
            (await DeleteAsync(stage, id, token, null)).Problem!.Id.ShouldBe("volume-gate-shut");
        foreach (var typed in (string[])["", " ", id + "0", " " + id])
            (await DeleteAsync(stage, id, null, typed)).Problem!.Id.ShouldBe("abandon-other-volume");
        stage.Market.Volumes = [.. stage.Market.Volumes.Select(v => v with { UsedBy = ["1"] })];
        (await DeleteAsync(stage, id, null, id)).Problem!.Message.ShouldContain("rental 1 has it");
        stage.Market.Volumes = [.. stage.Market.Volumes.Select(v => v with { UsedBy = null })];
        (await DeleteAsync(stage, id, null, id)).Problem!.Message.ShouldContain("does not say");
        stage.Market.Volumes.ShouldHaveSingleItem("nothing of that deleted it");

        stage.Market.Volumes = [.. stage.Market.Volumes.Select(v => v with { UsedBy = [] })];
        (await ClocksAsync(stage, latest: false)).ShouldContain(ClockKind.VolumeUnused);
        (await ClocksAsync(stage, latest: true)).ShouldContain(ClockKind.VolumeUnused);
        (await DeleteAsync(stage, id, null, id)).Value.Volume.Id.ShouldBe(id);

        stage.Market.Volumes.ShouldBeEmpty();
        (await ClocksAsync(stage, latest: true)).ShouldNotContain(ClockKind.VolumeUnused, "without another look at the platform");
        (await DeleteAsync(stage, id, null, id)).Problem!.ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task A_volume_with_an_open_job_stays_and_a_job_whose_volume_is_not_there_is_not_planned()
    {
        await using var stage = await ServerStage.StartAsync();
        var volume = (await stage.Client.CreateVolumeAsync("stub", Request, Token)).Value;
        var spec = ServerStage.Spec with { Volume = new VolumeSpec(volume.Id, "/workspace/volume"), Workdir = "/workspace/volume/digits" };
        await stage.Client.SubmitAsync(stage.Submission(spec), Token);

        var sight = (await stage.Client.VolumesAsync("stub", Token)).Value.Volumes.ShouldHaveSingleItem();
        sight.Uses.ShouldHaveSingleItem().ShouldSatisfyAllConditions(u => u.Job.ShouldBe("digits"), u => u.IsOver.ShouldBeFalse(), u => u.Proof.ShouldBeNull());
        sight.Token.ShouldBeNull();
        (await DeleteAsync(stage, volume.Id, null, volume.Id)).Problem!.Message.ShouldContain("digits works on it");

        var asked = new PlanRequest(spec, "stub", false, null, new());
        (await stage.Client.PlanAsync(asked, Token)).IsOk.ShouldBeTrue();
        stage.Market.LastQuery.ShouldStartWith("machine_id=m1 ");
        (await stage.Client.PlanAsync(asked with { Spec = spec with { Volume = new VolumeSpec("404", "/workspace/volume") } }, Token)).Problem!.Id.ShouldBe("no-such-volume");
    }

    [Fact]
    public async Task What_was_begun_before_a_crash_is_named_until_it_shows_how_it_ended()
    {
        await using var stage = await ServerStage.StartAsync();
        stage.Market.Volumes = [new Volume { Id = "88", Label = "old", MachineId = "312", UsdPerHour = 0.01m, UsedBy = [] }];
        using (var journal = JournalStore.OpenFile(stage.Database).Value)
        {
            journal.AppendVolumeAct("stub", new VolumeAct(DateTimeOffset.UnixEpoch, VolumeActKind.RentIntended, null, "lost", "anna", "50 GB"));
            journal.AppendVolumeAct("stub", new VolumeAct(DateTimeOffset.UnixEpoch, VolumeActKind.DeleteIntended, "88", "old", "anna", ""));
        }

        var pending = (await stage.Client.VolumesAsync("stub", Token)).Value.Pending;

        pending.Select(a => (a.Kind, a.Name)).ShouldBe([(VolumeActKind.RentIntended, "lost"), (VolumeActKind.DeleteIntended, "old")]);
    }

    private static Task<Outcome<Engine.Volumes.VolumeGone>> DeleteAsync(ServerStage stage, string id, string? token, string? typed) =>
        stage.Client.DeleteVolumeAsync("stub", id, new VolumeDeleteRequest(token, typed, "anna"), Token);
}
