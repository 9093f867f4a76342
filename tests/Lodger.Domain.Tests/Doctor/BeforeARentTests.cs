using Lodger.Domain.Doctor;
using Lodger.Domain.Spec;
using static Lodger.Domain.Tests.Doctor.RuleCases;

namespace Lodger.Domain.Tests.Doctor;

/// <summary>Before anything is paid for: at which figure a rule begins to speak, how grave it is, and what it names.</summary>
public sealed class BeforeARentTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static Facts Priced(decimal transfer, decimal total) => RuleCases.Plan with { Priced = RuleCases.Plan.Priced! with { GpuUsd = total - transfer, DiskUsd = 0, TransferUsd = transfer } };

    [Theory]
    [InlineData(2.63, true)]
    [InlineData(2.64, false)]
    public void A_balance_of_twice_the_expected_total_is_enough(double usd, bool warns) =>
        (Found("balance", RuleCases.Plan with { Account = RuleCases.Plan.Account! with { BalanceUsd = (decimal)usd } }) is not null).ShouldBe(warns);

    [Theory]
    [InlineData(false, "$2.00 are left, the job is expected to cost $1.32, and no card is saved")]
    [InlineData(true, "$2.00 are left, the job is expected to cost $1.32")]
    [InlineData(null, "$2.00 are left, the job is expected to cost $1.32")]
    public void That_no_card_is_saved_is_said_where_it_is_known(bool? card, string said) =>
        Found("balance", RuleCases.Plan with { Account = RuleCases.Plan.Account! with { BalanceUsd = 2, CardOnFile = card } })!.Evidence.ShouldBe(said);

    [Theory]
    [InlineData(0.50, 1.50, true)]
    [InlineData(0.49, 1.00, false)]
    [InlineData(0.50, 1.51, false)]
    public void Traffic_is_worth_a_word_from_half_a_dollar_and_a_third_of_the_total(double transfer, double total, bool warns) =>
        (Found("VAST9", Priced((decimal)transfer, (decimal)total)) is not null).ShouldBe(warns);

    [Theory]
    [InlineData(0, false)]
    [InlineData(-1, true)]
    public void A_contract_has_to_last_for_boot_work_and_an_hour_to_bring_all_home(int seconds, bool blocks)
    {
        var needed = RuleCases.Plan.Priced!.Boot + RuleCases.Plan.Priced.Work + Hour;
        (Found("contract-end", PlanOf(null, o => o with { ContractEnd = Samples.T0 + needed + TimeSpan.FromSeconds(seconds) }))?.Blocks == true).ShouldBe(blocks);
    }

    [Theory]
    [InlineData(14, 0, 0, null, "")]
    [InlineData(13, 0, 0, Severity.Warning, "disk: 15GB")]
    [InlineData(20, 5, 15, Severity.Warning, "disk: 35GB")]
    [InlineData(20, 5, 16, Severity.Error, "disk: 35GB")]
    [InlineData(20, 21, 0, Severity.Error, "disk: 35GB")]
    public void A_disk_too_small_for_what_is_estimated_is_warned_of_and_one_too_small_for_what_is_certain_is_not_rented(int disk, long codeGb, long dataGb, Severity? severity, string fix)
    {
        var found = Found("VAST10", PlanOf(s => s with { DiskGb = disk }) with { Inputs = RuleCases.Plan.Inputs! with { CodeBytes = codeGb * 1_000_000_000, DataBytes = dataGb * 1_000_000_000 } });
        (found?.Severity).ShouldBe(severity);
        (found?.Fix ?? "").ShouldEndWith(fix);
    }

    [Theory]
    [InlineData(1_000_000_000, false, Severity.Warning, "code of 1 GB and about 2 GB of results")]
    [InlineData(1_000_000_001, false, Severity.Error, "code of 1 GB and about 2 GB of results")]
    [InlineData(400_000_000, true, Severity.Warning, "code of 0.4 GB and about 2.5 GB of results")]
    public void Without_a_direct_port_code_above_the_proxys_limit_is_not_sent(long code, bool checkpoints, Severity severity, string said)
    {
        var found = Found("VAST8", PlanOf(s => s with { Checkpoints = checkpoints ? ["ckpt/**"] : [] }, o => o with { DirectPorts = 0 }) with { Inputs = RuleCases.Plan.Inputs! with { CodeBytes = code, ResultBytes = 2_000_000_000 } })!;
        found.Severity.ShouldBe(severity);
        found.Evidence.ShouldContain(said);
    }

    [Theory]
    [InlineData(false, 0.95, "is not verified and is reliable to 0.950")]
    [InlineData(false, 0.98, "is not verified")]
    [InlineData(false, null, "is not verified")]
    [InlineData(true, 0.979, "is reliable to 0.979")]
    public void What_speaks_against_a_host_is_all_named(bool verified, double? reliability, string said) =>
        Found("VAST7", PlanOf(null, o => o with { Verified = verified, Reliability = reliability }))!.Evidence.ShouldBe($"the host of offer offer-1 {said}");

    [Theory]
    [InlineData(RentMode.Interruptible, 60, true, Severity.Error)]
    [InlineData(RentMode.Interruptible, 59, true, Severity.Warning)]
    [InlineData(RentMode.Interruptible, null, true, Severity.Warning)]
    [InlineData(RentMode.Auto, 600, true, Severity.Warning)]
    [InlineData(RentMode.Auto, 600, false, null)]
    [InlineData(RentMode.OnDemand, 600, false, null)]
    public void A_bid_without_checkpoints_is_warned_of_and_long_work_on_one_is_not_rented(RentMode rent, int? minutes, bool isBid, Severity? severity)
    {
        var facts = PlanOf(s => s with { Rent = rent, Work = minutes is { } m ? TimeSpan.FromMinutes(m) : null });
        var found = Found("VAST4", facts with { Priced = facts.Priced! with { BidUsdPerHour = isBid ? 0.2m : null } });
        (found?.Severity).ShouldBe(severity);
        (found?.Evidence.Contains(" of work", StringComparison.Ordinal)).ShouldBe(severity is null ? null : minutes is not null);
    }

    [Theory]
    [InlineData("", "its type in front")]
    [InlineData("AAAAC3Nz", "its type in front")]
    [InlineData("AAAAC3Nz anna laptop", "its type in front")]
    [InlineData("ssh-ed25519 AAAAC3Nz", "its comment behind")]
    public void What_a_public_key_lacks_is_named(string key, string said) => Found("ssh-key", RuleCases.Plan with { SshPublicKey = key })!.Evidence.ShouldContain(said);

    [Theory]
    [InlineData("docker:latest", "python train.py", null, "image docker:latest")]
    [InlineData("lab/dind:24", "python train.py", null, "image lab/dind:24")]
    [InlineData("debian", "cd x && sudo docker compose up", null, "run has  docker compose up")]
    [InlineData("debian", "python train.py", "podman build .", "setup has  podman build")]
    [InlineData("lab/docker", "echo docker run", "pip install docker", null)]
    public void A_job_that_starts_containers_is_told_where_it_does(string image, string run, string? setup, string? said) =>
        (Found("docker-in-docker", PlanOf(s => s with { Image = image, Run = run, Setup = setup }))?.Evidence).ShouldBe(said);

    [Theory]
    [InlineData("--output_dir runs/1", "runs/**", "", null)]
    [InlineData("--output_dir ./runs/1", "runs/**", "", null)]
    [InlineData("--output_dir runs/1", "./runs/**", "", null)]
    [InlineData("--output_dir runs/1", "other.bin", "runs/*.pt", null)]
    [InlineData("--output_dir runs/1", "*/model.pt", "", null)]
    [InlineData("--output_dir $OUT", "other.bin", "", null)]
    [InlineData("--output_dir ./", "other.bin", "", null)]
    [InlineData("--output_dir .", "other.bin", "", null)]
    [InlineData("--output_dir /workspace/mine", "other.bin", "", null)]
    [InlineData("--output_dir /workspace/mine/", "other.bin", "", null)]
    [InlineData("--output_dir logs/../runs", "runs/**", "", null)]
    [InlineData("--output_dir .hidden", ".hidden/**", "", null)]
    [InlineData("--out /workspace/mine2/runs", "runs/**", "", "--out /workspace/mine2/runs")]
    [InlineData("--out ../runs", "**", "", "--out ../runs")]
    [InlineData("--out /workspace/mine/runs", "runs/**", "", null)]
    [InlineData("--out /root/runs", "runs/**", "", "--out /root/runs")]
    [InlineData("--out runs2/1", "runs/**", "", "--out runs2/1")]
    [InlineData("--out runs --save-path other", "runs/**", "", "--save-path other")]
    public void An_output_directory_is_covered_by_a_pattern_of_results_or_checkpoints_or_it_is_named(string options, string results, string checkpoints, string? said)
    {
        var found = Found("results-not-listed", PlanOf(s => s with { Workdir = "/workspace/mine", Run = $"python train.py {options}", Results = ["model.pt", results], Checkpoints = [checkpoints, "last.ckpt"] }));
        if (said is null)
            found.ShouldBeNull();
        else
            found.ShouldNotBeNull().Evidence.ShouldBe($"run has  {said} , and results: model.pt, {results}");
    }

    [Theory]
    [InlineData("runs/1", "Write into job.yaml:  results: ['runs/1/**']")]
    [InlineData("./runs//1/", "Write into job.yaml:  results: ['runs/1/**']")]
    [InlineData(".hidden", "Write into job.yaml:  results: ['.hidden/**']")]
    [InlineData("/workspace/mine/runs", "Write into job.yaml:  results: ['runs/**']")]
    [InlineData("/root/runs/", "/root/runs/ is outside of /workspace/mine, from which alone files come home. Write:  --out runs   and into job.yaml:  results: ['runs/**']")]
    [InlineData("../runs", "../runs is outside of /workspace/mine, from which alone files come home. Write:  --out runs   and into job.yaml:  results: ['runs/**']")]
    [InlineData("~/", "~/ is outside of /workspace/mine, from which alone files come home. Write:  --out out   and into job.yaml:  results: ['out/**']")]
    public void The_pattern_to_write_is_one_that_brings_the_directory_home(string path, string fix) =>
        Found("results-not-listed", PlanOf(s => s with { Workdir = "/workspace/mine", Run = $"python train.py --out {path}", Results = ["model.pt"] })).ShouldNotBeNull().Fix.ShouldBe(fix);

    [Theory]
    [InlineData("HF_HOME", "/root/x", true)]
    [InlineData("TRANSFORMERS_CACHE", "/root/x", true)]
    [InlineData("HF_HOME", "", false)]
    [InlineData("HF_HOME", "$HOME/x", false)]
    [InlineData("HF_HOME", "/workspace/x", false)]
    [InlineData("OTHER", "/root/x", false)]
    public void A_cache_of_the_hub_has_to_lie_in_the_data_directory(string name, string value, bool warns) =>
        (Found("hub-cache", PlanOf(s => s with { Env = Map(name, value) })) is not null).ShouldBe(warns);

    [Theory]
    [InlineData(5, "CRLF in 1.sh, 2.sh, 3.sh, 4.sh, 5.sh")]
    [InlineData(7, "CRLF in 1.sh, 2.sh, 3.sh, 4.sh, 5.sh and 2 more")]
    public void Five_scripts_with_Windows_line_ends_are_named_and_the_others_counted(int count, string said) =>
        Found("crlf", RuleCases.Plan with { Inputs = RuleCases.Plan.Inputs! with { CrlfScripts = [.. Enumerable.Range(1, count).Select(n => $"{n}.sh")] } })!.Evidence.ShouldBe(said);

    [Theory]
    [InlineData(10_240, 12_288, true)]
    [InlineData(10_240, 11_264, false)]
    [InlineData(24_564, 24_000, false)]
    public void Cards_of_one_name_are_told_apart_from_a_fifth_more_memory_on(int one, int other, bool warns) =>
        (Found("VAST14", PlanOf(s => s with { Gpu = new(["A100"], 1, null) }, o => o with { GpuMemoryMb = one }, o => o with { Id = "offer-2", GpuMemoryMb = other })) is not null).ShouldBe(warns);

    [Theory]
    [InlineData(10, 100, false)]
    [InlineData(11, 100, true)]
    [InlineData(11, 0, false)]
    public void A_slow_line_is_one_that_needs_twice_the_boot_window_and_whose_speed_is_known(int minutes, double mbps, bool warns)
    {
        var facts = PlanOf(null, o => o with { DownloadMbps = mbps });
        (Found("VAST13", facts with { Priced = facts.Priced! with { Boot = TimeSpan.FromMinutes(minutes) } }) is not null).ShouldBe(warns);
    }

    [Fact]
    public void A_key_in_the_open_is_found_wherever_it_stands_and_every_place_is_named()
    {
        const string key = "hf_aaaaaaaaaaaaaaaaaaaaaaaa";
        var found = Found("VAST11", PlanOf(s => s with
        {
            Image = $"lab/x:1 {key}",
            Run = $"run --token {key}",
            Setup = $"export T={key}",
            Offers = $"geolocation={key}",
            Rehearse = RehearseSpec.Default with { Run = $"run '{key}'" },
            Env = Map("HF_TOKEN", key),
        }))!;
        found.Evidence.ShouldBe("what looks like a key stands in image, run, setup, offers, rehearse.run, env.HF_TOKEN (its value is not repeated here)");
        found.Blocks.ShouldBeTrue();
    }

    [Theory]
    [InlineData("ls /network-volume/x", null, null, null, "run names /network-volume/x")]
    [InlineData("true", "mount -t nfs4 host:/x /y", null, null, "setup names mount -t nfs4")]
    [InlineData("true", null, "/mnt/data/job", null, "workdir names /mnt/data/job")]
    [InlineData("true", null, null, "/autodl-fs/data", "env.DATA names /autodl-fs/data")]
    [InlineData("ls /workspace/mnt/x", "mount", "/workspace/x", "/workspace/y", null)]
    public void A_job_that_counts_on_a_network_volume_is_told_where_it_does(string run, string? setup, string? workdir, string? env, string? said) =>
        (Found("VAST12", PlanOf(s => s with { Run = run, Setup = setup, Workdir = workdir, Env = Map("DATA", env ?? "") }))?.Evidence).ShouldBe(said);

    [Theory]
    [InlineData("ssh-rsa")]
    [InlineData("ssh-ed25519")]
    [InlineData("ecdsa-sha2-nistp256")]
    [InlineData("sk-ssh-ed25519@openssh.com")]
    [InlineData("sk-ecdsa-sha2-nistp256@openssh.com")]
    public void A_public_key_of_every_type_that_ssh_makes_is_whole(string type) => Found("ssh-key", RuleCases.Plan with { SshPublicKey = $"{type} AAAAC3Nz anna@laptop" }).ShouldBeNull();

    [Theory]
    [InlineData("HF_HUB_CACHE")]
    [InlineData("HUGGINGFACE_HUB_CACHE")]
    public void The_hubs_cache_goes_by_several_names(string name) => Found("hub-cache", PlanOf(s => s with { Env = Map(name, "/root/x") })).ShouldNotBeNull();

    [Fact]
    public void A_version_of_CUDA_is_said_as_NVIDIA_writes_it() =>
        Found("VAST5", PlanOf(s => s with { Image = "lab/x:cuda13" }, o => o with { CudaMax = 12m }))!.Evidence.ShouldBe("lab/x:cuda13 brings CUDA 13.0, the driver of offer offer-1 supports 12.0 at most");
}
