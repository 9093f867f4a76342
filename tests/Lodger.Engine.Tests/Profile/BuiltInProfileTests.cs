using Lodger.Domain.Profile;
using Lodger.Engine.Profile;

namespace Lodger.Engine.Tests.Profile;

public sealed class BuiltInProfileTests
{
    private static readonly PlatformProfile Profile = ProfileReader.VastAi;

    [Fact]
    public void Every_fact_names_its_source_and_the_month_it_was_verified()
    {
        Profile.Facts.Count.ShouldBeGreaterThan(90);
        foreach ((string key, Fact fact) in Profile.Facts)
        {
            fact.Source.ShouldNotBeNullOrWhiteSpace(key);
            fact.Verified.ShouldMatch("^20[0-9]{2}-[0-9]{2}$", key);
        }
    }

    [Fact]
    public void The_typed_values_are_those_of_the_facts()
    {
        Profile.Name.ShouldBe("vastai");
        Profile.MeterStopVerb.ShouldBe("destroy");
        Profile.MeterStopIrreversible.ShouldBeTrue();
        Profile.SpotGrace.ShouldBe(TimeSpan.Zero);
        Profile.MinDiskGb.ShouldBe(10);
        Profile.MaxPorts.ShouldBe(64);
        Profile.BootWindow.ShouldBe(TimeSpan.FromMinutes(5));
        Profile.SchedulingWindow.ShouldBe(TimeSpan.FromSeconds(30));
        Profile.ProxyTransferMaxBytes.ShouldBe(1_000_000_000);
        Profile.DestroySettles.ShouldBe(TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData("overrides.DATA_DIR", "/workspace")]
    [InlineData("overrides.DURABLE_DIR", "off-box")]
    [InlineData("overrides.PROXY_HOOK", "")]
    [InlineData("overrides.CRED_FILE", "")]
    [InlineData("overrides.SCRATCH", "latest.pth periodic-*.pth *.tmp ~/.cache/huggingface/hub/blobs")]
    [InlineData("overrides.HF_HOME", "/workspace/.cache/huggingface")]
    [InlineData("overrides.DETACH", "/root/onstart.sh")]
    public void Every_script_override_is_there(string key, string value) => Profile.Facts[key].Value.ShouldBe(value);

    [Fact]
    public void The_engine_waits_as_long_as_the_profile_says() =>
        new EngineOptions { StateDirectory = "/", SecretsDirectory = "/", ToolVersion = "test" }.Waits(Profile).ShouldSatisfyAllConditions(
            w => w.Boot.ShouldBe(TimeSpan.FromMinutes(5)),
            w => w.Scheduling.ShouldBe(TimeSpan.FromSeconds(30)),
            w => w.DestroySettles.ShouldBe(TimeSpan.FromMinutes(5)),
            w => w.ContractGrace.ShouldBe(TimeSpan.FromHours(48)));

    [Fact]
    public void The_listing_has_pages_and_a_limit() => (Profile.ListPageRentals, Profile.ListSpacing).ShouldBe((25, TimeSpan.FromSeconds(1)));

    [Fact]
    public void The_overrides_reach_their_typed_home()
    {
        Profile.Overrides.ShouldSatisfyAllConditions(
            o => o.DataDir.ShouldBe("/workspace"),
            o => o.DurableDir.ShouldBe("off-box"),
            o => o.ProxyHook.ShouldBeEmpty(),
            o => o.CredFile.ShouldBeEmpty(),
            o => o.Scratch.ShouldBe(["latest.pth", "periodic-*.pth", "*.tmp", "~/.cache/huggingface/hub/blobs"]),
            o => o.HfHome.ShouldBe("/workspace/.cache/huggingface"),
            o => o.Detach.ShouldBe("/root/onstart.sh"));
    }

    [Theory]
    [InlineData("launch.onstart_max_chars", "4048", "16 KB")]
    [InlineData("billing.data_after_contract_end", "48h", "until destroyed")]
    [InlineData("spot.bid_change", "never", "an endpoint changes a live bid")]
    public void Where_sources_disagree_the_stricter_reading_counts_and_the_other_is_kept(string key, string strict, string other)
    {
        Profile.Facts[key].Value.ShouldBe(strict);
        Profile.Facts[key].Other.ShouldNotBeNull().Value.ShouldBe(other);
        Profile.OnstartMaxChars.ShouldBe(4048);
        Profile.DataKeptAfterContractEnd.ShouldBe(TimeSpan.FromHours(48));
    }

    [Fact]
    public void The_gotchas_are_whole_and_in_order()
    {
        Profile.Gotchas.Select(g => g.Id).ShouldBe(Enumerable.Range(1, 15).Select(n => $"VAST{n}"));
        Profile.Gotchas.ShouldAllBe(g => g.Title.Length > 0 && g.Symptom.Length > 0 && g.Cause.Length > 0 && g.Fix.Length > 0 && g.Source.Length > 0);
    }

    [Fact]
    public void Only_what_is_off_the_machine_survives_the_host() =>
        Profile.Storage.Where(t => t.SurvivesHostLoss).Select(t => t.Name).ShouldBe(["cloud sync"]);

    [Fact]
    public void The_container_disk_survives_stop_and_not_destroy() =>
        Profile.Storage[0].ShouldSatisfyAllConditions(t => t.SurvivesStop.ShouldBeTrue(), t => t.SurvivesDestroy.ShouldBeFalse());

    [Theory]
    [InlineData("stopped-disk")]
    [InlineData("bandwidth")]
    [InlineData("contract-end")]
    [InlineData("balance-zero")]
    public void The_danger_clocks_are_named(string id) => Profile.DangerClocks.ShouldContain(d => d.Id == id);

    [Theory]
    [InlineData("summary.kind", "ssh-rental")]
    [InlineData("summary.detach_primitive", "tmux")]
    [InlineData("summary.spot_available", "true")]
    [InlineData("summary.shared_fs", "false")]
    [InlineData("summary.inode_cap", "host-dependent")]
    [InlineData("summary.free_egress", "host-dependent")]
    [InlineData("summary.china_mirror_needed", "false")]
    [InlineData("summary.host_driver_cuda_max", "image-dependent")]
    [InlineData("summary.local_nvme", "host-dependent")]
    public void The_summary_row_is_complete(string key, string value) => Profile.Facts[key].Value.ShouldBe(value);
}
