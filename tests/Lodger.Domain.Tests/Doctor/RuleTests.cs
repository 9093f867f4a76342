using System.Text;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Tests.Doctor;

public sealed class RuleTests
{
    public static TheoryData<string, string> Names => [.. RuleCases.All.Select(c => (c.Rule, c.Name))];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_rule_fires_on_its_gotcha_and_not_on_what_is_near_and_not_after_the_fix(string rule, string name)
    {
        var one = RuleCases.All.Single(c => c.Rule == rule && c.Name == name);
        var seen = Of(rule, one.Fires).ShouldNotBeNull("it does not fire");
        seen.ShouldSatisfyAllConditions(
            f => f.Title.ShouldNotBeEmpty(),
            f => f.Evidence.ShouldNotBeEmpty(),
            f => f.Cause.ShouldNotBeEmpty(),
            f => f.Fix.ShouldNotBeEmpty(),
            f => f.Blocks.ShouldBe(f.Override is not null));
        Of(rule, one.Nearby).ShouldBeNull("it fires on what is only near");
        Of(rule, one.Fixed).ShouldBeNull("it still fires after the fix");
    }

    [Fact]
    public void Every_rule_has_a_case_in_every_moment_that_it_looks_at()
    {
        var covered = RuleCases.All.Select(c => (c.Rule, c.Fires.Moment)).ToHashSet();
        RuleBook.All.SelectMany(r => r.Moments.Select(m => (r.Id, m)))
            // Seen on the way and at the end alike: one case is both.
            .Where(pair => !covered.Contains(pair) && !(pair.m == Moment.PostMortem && pair.Id is "VAST1" or "VAST9" or "ssh-key" or "contract-end"))
            .Where(pair => !(pair.m == Moment.Watch && pair.Id is "VAST15"))
            .ShouldBeEmpty();
        RuleBook.All.Select(r => r.Id).ShouldBeUnique();
    }

    [Fact]
    public void A_sound_plan_a_healthy_run_and_a_good_end_give_no_finding()
    {
        Examination.Of(RuleCases.Plan).ShouldBeEmpty();
        Examination.Of(RuleCases.Run).ShouldBeEmpty();
        Examination.Of(RuleCases.Over).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_unknown_is_never_taken_for_a_sign()
    {
        foreach (var moment in Enum.GetValues<Moment>())
        {
            var nothing = new Facts { Moment = moment, Spec = RuleCases.Plan.Spec, Profile = RuleCases.Plan.Profile };
            Examination.Of(nothing).ShouldBeEmpty();
            if (moment != Moment.Preflight)
                Examination.Of(nothing with { Job = RuleCases.Run.Job, Now = RuleCases.Run.Now }).ShouldBeEmpty();
        }
    }

    [Fact]
    public void Every_rule_says_in_sentences_what_it_is_from_what_it_is_seen_and_what_Lodger_does()
    {
        foreach (var rule in RuleBook.All)
        {
            string?[] texts = [rule.Sees, rule.Does ?? "Nothing.", .. rule.Own is { } own ? (string[])[own.Title + ".", own.Symptom, own.Cause, own.Fix + "."] : []];
            texts.ShouldAllBe(text => text!.TrimEnd().Length > 10 || text == "Nothing.", rule.Id);
        }
    }

    [Fact]
    public void The_gravest_comes_first_and_only_before_a_rent_does_anything_block()
    {
        foreach (var findings in RuleCases.All.Select(c => Examination.Of(c.Fires)))
        {
            findings.Select(f => f.Severity).ShouldBe(findings.Select(f => f.Severity).OrderDescending());
            findings.Where(f => f.Blocks).ShouldAllBe(f => f.Moment == Moment.Preflight && f.Severity == Severity.Error && f.Override == $"--accept {f.Id}");
        }
    }

    [Theory]
    [InlineData("out-of-memory", "ended by it")]
    [InlineData("VAST10", "no space left")]
    [InlineData("zombie-vram", "no memory left for the command")]
    [InlineData("crlf", "by the log")]
    [InlineData("VAST5", "given up: refused by the host's runtime")]
    public void Who_names_the_cause_of_an_end_is_not_followed_by_one_that_only_says_that_it_ended(string rule, string name)
    {
        var found = Examination.Of(RuleCases.All.Single(c => c.Rule == rule && c.Name == name).Fires);
        found[0].Id.ShouldBe(rule);
        found.Select(f => f.Id).ShouldNotContain(f => f == "command-failed" || f == "image-cannot-start");
    }

    [Fact]
    public void Whether_a_job_goes_on_billing_is_the_sum_of_its_rentals_nothing_or_unknown()
    {
        var run = RuleCases.Run with { Rental = Samples.Rental, Job = Samples.Job(Samples.Running) };
        run.BillsUsdPerHour.ShouldBe(0.41m);
        (run with { Rental = Samples.Rental with { Status = RentalStatus.Stopped } }).BillsUsdPerHour.ShouldBe(0.01m);
        (run with { Rental = Samples.Rental with { Status = RentalStatus.Unknown } }).BillsUsdPerHour.ShouldBeNull();
        (run with { Rental = null }).BillsUsdPerHour.ShouldBeNull("it may be there all the same");
        (run with { Job = Samples.Job([.. Samples.Running, new StrayFound(1, "r2")]) }).BillsUsdPerHour.ShouldBeNull("of the second nothing was seen");
        (run with { Job = Samples.Job([.. Samples.Running, new StrayFound(1, "r2")]), Others = [Samples.Rental with { Id = "r2" }] }).BillsUsdPerHour.ShouldBe(0.82m);
        (run with { Rental = null, Job = Samples.Job([.. Samples.Finished, new DestroyConfirmed(1, "r1", null)]) }).BillsUsdPerHour.ShouldBe(0);
        (run with { Job = Samples.Job([.. Samples.Running[..1]]), Rental = null }).BillsUsdPerHour.ShouldBeNull("its rent was asked for");
    }

    [Fact]
    public void A_finding_never_repeats_a_secret()
    {
        foreach (var one in RuleCases.All.Where(c => c.Rule == "VAST11"))
            Of("VAST11", one.Fires)!.ToString().ShouldNotMatch("aaaa|correct-horse");
    }

    [Fact]
    public void A_platform_whose_profile_lacks_a_gotcha_does_not_have_its_rule()
    {
        var one = RuleCases.All.First(c => c.Rule == "VAST5");
        Of("VAST5", one.Fires with { Profile = one.Fires.Profile with { Gotchas = [] } }).ShouldBeNull();
    }

    [Theory]
    [InlineData("pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime", "12.4")]
    [InlineData("nvidia/cuda:11.8.0-base-ubuntu22.04", "11.8")]
    [InlineData("ghcr.io/lab/trainer:cu126", "12.6")]
    [InlineData("huggingface/gpu:cuda12", "12.0")]
    [InlineData("python:3.12-slim", null)]
    [InlineData("vllm/vllm-openai:v0.6.3", null)]
    [InlineData("lab/cucumber:12", null)]
    public void The_CUDA_of_an_image_is_read_from_its_name_where_it_says_it(string image, string? cuda) =>
        ImageCuda.Of(image)?.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe(cuda);

    [Theory]
    [InlineData("ModuleNotFoundError: No module named 'flash_attn.ops'", "package", "pip install flash_attn ")]
    [InlineData("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "GPU's memory", "memory: 37GB")]
    [InlineData("RuntimeError: CUDA error: no kernel image is available for execution on the device", "other GPUs", "image")]
    [InlineData("RuntimeError: unable to write to file </torch_1_2>: shared memory", "shared memory", "num_workers")]
    [InlineData("KeyError: 'HF_TOKEN'", "HF_TOKEN", "secrets: [HF_TOKEN]")]
    [InlineData("run.sh: line 3: WANDB_API_KEY: unbound variable", "WANDB_API_KEY", "secrets: [WANDB_API_KEY]")]
    [InlineData("wandb.errors.UsageError: api_key not configured (no-tty).", "access", "secrets: [WANDB_API_KEY]")]
    [InlineData("huggingface_hub.errors.GatedRepoError: 403 Client Error.", "access", "terms")]
    [InlineData("ValueError: loss is nan at step 410", "NaN", "learning rate")]
    [InlineData("FileNotFoundError: [Errno 2] No such file or directory: 'train.bin'", "file", "data:")]
    [InlineData("sh: 1: ffmpeg: not found", "ffmpeg", "apt-get install -y ffmpeg")]
    [InlineData("sh: 1: a;rm -rf ~: not found", "command's own words", "lodger logs digits")]
    [InlineData("AssertionError: banana", "command's own words", "lodger logs digits")]
    public void The_last_words_of_a_failed_command_are_read_for_cause_and_fix(string said, string cause, string fix)
    {
        var found = Of("command-failed", RuleCases.All.First(c => c.Rule == "command-failed").Fires with { LogTail = $"step 1\n{said}\n" })!;
        found.Cause.ShouldContain(cause, Case.Sensitive);
        found.Fix.ShouldContain(fix, Case.Sensitive);
        found.Evidence.ShouldContain(said);
    }

    [Theory]
    [InlineData("OCI runtime create failed: exec format error", "another processor", "--platform linux/amd64")]
    [InlineData("manifest for lab/x:9 not found: manifest unknown", "tag does not exist", "image:")]
    [InlineData("pull access denied for lab/x, repository does not exist or may require authorization: unauthorized", "does not exist", "docker pull")]
    [InlineData("Head https://ghcr.io/v2/lab/x: unauthorized: authentication required", "login", "registry:")]
    [InlineData("write /var/lib/docker/x: no space left on device", "host's own disk", "machine_id!=")]
    [InlineData("OCI runtime create failed: something else", "registry wants a login", "lodger logs --boot")]
    public void Why_a_container_cannot_be_made_is_read_from_what_the_host_says(string said, string cause, string fix)
    {
        var facts = RuleCases.All.First(c => c.Name == "refused by the runtime").Fires;
        var found = Of("image-cannot-start", facts with { Rental = facts.Rental! with { Evidence = said } })!;
        found.Cause.ShouldContain(cause, Case.Sensitive);
        found.Fix.ShouldContain(fix, Case.Sensitive);
    }

    [Fact]
    public void The_table_of_all_rules_is_whole()
    {
        var table = new StringBuilder("| rule | case | fires | near | fixed |\n| --- | --- | --- | --- | --- |\n");
        foreach (var c in RuleCases.All.OrderBy(c => RuleBook.All.Select(r => r.Id).ToList().IndexOf(c.Rule)))
            table.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {c.Rule} | {c.Name} | {Of(c.Rule, c.Fires)?.Severity.ToString().ToLowerInvariant() ?? "NO"} | {(Of(c.Rule, c.Nearby) is null ? "silent" : "FIRES")} | {(Of(c.Rule, c.Fixed) is null ? "silent" : "FIRES")} |\n");
        TestContext.Current.TestOutputHelper!.WriteLine(table.ToString());
        table.ToString().ShouldNotMatch("NO \\||FIRES");
    }

    private static Finding? Of(string rule, Facts facts) => RuleCases.Found(rule, facts);
}
