using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Storage;

namespace Lodger.Domain.Tests.Storage;

public sealed class StorageMapTests
{
    private static readonly SeenFile Model = new("out/model.pt", 100, Samples.T0, FileRole.Result);
    private static readonly OffCopy Copy = new("out/model.pt", 100, Samples.T0, CopyPlace.Bundle, IsVerified: true);

    private static PlatformProfile Profile(params StorageTier[] tiers) => new()
    {
        Name = "p",
        MeterStopVerb = "destroy",
        MeterStopIrreversible = true,
        SpotGrace = TimeSpan.Zero,
        MinDiskGb = 10,
        MaxPorts = 64,
        ListPageRentals = 25,
        ListSpacing = TimeSpan.FromSeconds(1),
        OnstartMaxChars = 4048,
        BootWindow = TimeSpan.FromMinutes(5),
        SchedulingWindow = TimeSpan.FromSeconds(30),
        ProxyTransferMaxBytes = 1_000_000_000,
        DataKeptAfterContractEnd = TimeSpan.FromHours(48),
        DestroySettles = TimeSpan.FromMinutes(2),
        Overrides = new ScriptOverrides { DataDir = "/workspace", DurableDir = "off-box", ProxyHook = "", CredFile = "", Scratch = [], HfHome = "/h", Detach = "/d" },
        Storage = tiers,
        DangerClocks = [],
        Risks = [],
        Facts = new Dictionary<string, Fact>(),
    };

    private static StorageMap Of(IReadOnlyList<SeenFile>? files, params OffCopy[] copies) =>
        StorageMap.Of(Profile(), [new RentalDisk("r1", 1, RentalStatus.Running, files, files is null ? new Problem("silent", "No answer.", "", ExitCode.Unknown) : null)], copies);

    [Fact]
    public void Each_kind_of_disk_survives_what_the_profile_says_and_without_a_word_the_worst_is_assumed()
    {
        StorageTier Tier(string name, bool destroy, bool host) => new(name, "", true, destroy, host, "", "docs", "2026-06");
        var stated = StorageMap.Of(Profile(Tier("cloud", true, true), Tier("container", false, false), Tier("volume", true, false)), [], []);
        (stated.OnRental, stated.OnVolume).ShouldBe((new Survival(true, false, false), new Survival(true, true, false)));
        var silent = StorageMap.Of(Profile(), [], []);
        (silent.OnRental, silent.OnVolume).ShouldBe((new Survival(false, false, false), new Survival(false, false, false)));
    }

    [Fact]
    public void A_result_whose_only_copy_is_on_the_rental_is_named() =>
        Of([Model]).OnlyOnRental.ShouldHaveSingleItem().ShouldBe(new AtRiskFile("r1", Model));

    [Fact]
    public void A_verified_copy_of_the_same_size_and_time_is_one()
    {
        Of([Model], Copy).OnlyOnRental.ShouldBeEmpty();
        Of([Model], Copy with { ModifiedAt = Samples.T0.AddSeconds(1), Place = CopyPlace.Mirror }).OnlyOnRental.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_not_verified_or_older_or_another_file_is_none()
    {
        Of([Model], Copy with { IsVerified = false }).OnlyOnRental.ShouldHaveSingleItem();
        Of([Model], Copy with { Bytes = 99 }).OnlyOnRental.ShouldHaveSingleItem();
        Of([Model], Copy with { ModifiedAt = Samples.T0.AddMinutes(-1) }).OnlyOnRental.ShouldHaveSingleItem("the machine has a newer one");
        Of([Model], Copy with { Path = "out/Model.pt" }).OnlyOnRental.ShouldHaveSingleItem();
    }

    [Fact]
    public void Code_and_logs_are_not_what_the_job_was_for() => Of([Model with { Role = FileRole.Other }]).OnlyOnRental.ShouldBeEmpty();

    [Fact]
    public void A_disk_that_cannot_be_seen_is_unknown_and_not_empty()
    {
        Of(null).IsPartial.ShouldBeTrue();
        Of([]).IsPartial.ShouldBeFalse();
    }

    [Fact]
    public void What_survives_is_what_the_profile_says_of_the_tier_that_destroy_takes_and_else_the_worst()
    {
        StorageTier[] tiers =
        [
            new("volume", "/v", true, true, false, "", "", ""),
            new("container disk", "/", true, false, false, "", "", ""),
        ];
        StorageMap.Of(Profile(tiers), [], []).OnRental.ShouldBe(new Survival(Stop: true, Destroy: false, HostLoss: false));
        StorageMap.Of(Profile(), [], []).OnRental.ShouldBe(new Survival(false, false, false));
        StorageMap.Here.ShouldBe(new Survival(true, true, true));
    }

    [Fact]
    public void One_disk_of_several_that_cannot_be_seen_leaves_the_map_incomplete()
    {
        var silent = new Problem("silent", "No answer.", "", ExitCode.Unknown);
        StorageMap.Of(Profile(), [new RentalDisk("r1", 1, RentalStatus.Running, [], null), new RentalDisk("r2", 2, RentalStatus.Running, null, silent)], []).IsPartial.ShouldBeTrue();
    }

    [Fact]
    public void A_copy_is_of_the_same_file_up_to_two_seconds_of_its_time()
    {
        Of([Model], Copy with { ModifiedAt = Samples.T0.AddSeconds(2) }).OnlyOnRental.ShouldBeEmpty();
        Of([Model], Copy with { ModifiedAt = Samples.T0.AddSeconds(-2) }).OnlyOnRental.ShouldBeEmpty();
        Of([Model], Copy with { ModifiedAt = Samples.T0.AddSeconds(2.1) }).OnlyOnRental.ShouldHaveSingleItem();
        Of([Model with { Role = FileRole.Checkpoint }]).OnlyOnRental.ShouldHaveSingleItem();
    }
}
