using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using static Lodger.Domain.Tests.Doctor.RuleCases;

namespace Lodger.Domain.Tests.Doctor;

/// <summary>After a command, or a job, is over: why it ended so, and what to type.</summary>
public sealed class AfterTheEndTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static Facts Exited(int code, string detail = "", EndCause cause = EndCause.Command, string? log = null) => Ended(new JobEnded(1, EndReason.Exited, code, detail, cause)) with { LogTail = log };

    [Theory]
    [InlineData(1, "", null, "exit status 1")]
    [InlineData(128, "", null, "exit status 128")]
    [InlineData(139, "", null, "exit status 139 (signal 11)")]
    [InlineData(2, "it was told to", null, "exit status 2: it was told to")]
    [InlineData(1, "", "step 1\nall done\n\n", "exit status 1; its last words: all done")]
    [InlineData(1, "", "ValueError: no such thing\nclosing\n", "exit status 1; its last words: ValueError: no such thing")]
    public void A_failed_command_is_shown_with_its_status_its_signal_and_its_last_words(int code, string detail, string? log, string said) =>
        Found("command-failed", Exited(code, detail, log: log))!.Evidence.ShouldBe(said);

    [Theory]
    [InlineData(137, null, true)]
    [InlineData(137, "CUDA out of memory. Error: x", false)]
    [InlineData(119, null, false)]
    [InlineData(143, null, false)]
    public void What_something_killed_without_a_word_is_taken_for_want_of_memory(int code, string? log, bool isMemory)
    {
        var found = Found("command-failed", Exited(code, log: log))!;
        found.Cause.StartsWith("Something killed it", StringComparison.Ordinal).ShouldBe(isMemory);
        found.Fix.Contains("cpu_ram>=64", StringComparison.Ordinal).ShouldBe(isMemory);
    }

    [Fact]
    public void A_command_that_was_ended_for_its_stall_or_its_crashes_is_told_so()
    {
        Found("command-failed", Ended(new JobEnded(1, EndReason.CrashLoop, null, "5 starts")))!.ShouldSatisfyAllConditions(f => f.Evidence.ShouldEndWith("never got further: 5 starts"), f => f.Cause.ShouldContain("takes the container down"));
        Found("command-failed", Ended(new JobEnded(1, EndReason.Stalled, null, "")))!.ShouldSatisfyAllConditions(f => f.Evidence.ShouldStartWith("no progress for the time"), f => f.Cause.ShouldContain("waited for something"));
        Found("command-failed", Exited(0, log: "Error: but it went on")).ShouldBeNull();
    }

    [Fact]
    public void Only_the_last_forty_lines_of_a_log_are_its_last_words_and_a_long_one_is_cut()
    {
        string Said(int after) => Found("command-failed", Exited(1, log: "Error: early\n" + string.Concat(Enumerable.Repeat("more\n \r\n", after))))!.Evidence;
        Said(39).ShouldEndWith("Error: early");
        Said(40).ShouldEndWith("more");
        Found("command-failed", Exited(1, log: "Error: first\n  Error: second  \r\nmore"))!.Evidence.ShouldEndWith("last words: Error: second");
        foreach (var length in (int[])[199, 200, 201, 5000])
            Found("command-failed", Exited(1, log: "Error:".PadRight(length, 'x')))!.Evidence.ShouldEndWith($"last words: {"Error:".PadRight(Math.Min(length, 200), 'x')}");
    }

    [Theory]
    [InlineData("wandb: ERROR api_key not configured", "WANDB_API_KEY")]
    [InlineData("huggingface_hub.errors.GatedRepoError: 403 Client Error.", "HF_TOKEN")]
    public void A_service_that_refuses_access_is_sent_its_own_token(string said, string token) => Found("command-failed", Exited(1, log: said))!.Fix.ShouldContain($"secrets: [{token}]");

    [Theory]
    [InlineData("The image has CUDA 12.8, the host's driver supports 12.4 at most.", "lab/x:cuda12.6", "cuda_max_good>=12.8 ")]
    [InlineData("torch.cuda.is_available() is False here.", "lab/x:cuda12.6", "cuda_max_good>=12.6 ")]
    [InlineData("torch.cuda.is_available() is False here.", "lab/x", "job.yaml:  image: one")]
    public void The_CUDA_to_ask_for_is_the_one_that_the_check_names_else_the_one_in_the_images_name(string detail, string image, string fix)
    {
        var ended = Ended(new JobEnded(1, EndReason.Refused, null, detail));
        Found("VAST5", ended with { Spec = ended.Spec with { Image = image } })!.Fix.ShouldContain(fix);
    }

    [Theory]
    [InlineData("https://example.org/mnist.gz", "mnist.gz", "curl -fI 'https://example.org/mnist.gz' ")]
    [InlineData("https://example.org/mnist.gz?sig=geheim", "mnist.gz", "curl -fI URL ")]
    [InlineData("https://example.org/other.gz", "other.gz", "curl -fI URL ")]
    public void The_address_that_failed_is_repeated_unless_it_may_hold_a_key(string url, string path, string fix)
    {
        var ended = Ended(new JobEnded(1, EndReason.Refused, null, "data: mnist.gz: the server refuses it."));
        Found("data", ended with { Spec = ended.Spec with { Data = [new DataSource(url, path, null)] } })!.Fix.ShouldStartWith(fix);
    }

    [Fact]
    public void A_success_is_too_fast_below_a_twentieth_of_the_work_by_the_machines_own_count_where_it_has_one()
    {
        Facts Took(TimeSpan? took, double work) => Over with { Spec = Over.Spec with { Work = Hour * work }, Report = took is null ? null : Over.Report! with { RunTime = took } };
        Found("fast-finish", Took(Hour, 20)).ShouldBeNull();
        Found("fast-finish", Took(Hour, 20.01)).ShouldNotBeNull();
        Facts Seen(int seconds) => Took(null, TimeSpan.FromSeconds(seconds).TotalHours);
        Found("fast-finish", Seen(20)).ShouldBeNull();
        Found("fast-finish", Seen(30))!.Evidence.ShouldStartWith("exit status 0 after 1 s", Case.Sensitive, "since it was seen to begin, not since it was sent");
    }

    [Theory]
    [InlineData(false, "in it, of which copies leave the machine while it runs")]
    [InlineData(true, "lodger run job.yaml")]
    public void A_job_that_vanished_with_its_host_is_run_again_and_told_of_checkpoints_where_it_has_none(bool checkpoints, string fix)
    {
        var gone = After([.. Samples.Running, new RentalVanished(1, "r1")]);
        Found("VAST7", gone with { Spec = gone.Spec with { Checkpoints = checkpoints ? ["ckpt/**"] : [] } })!.Fix.ShouldEndWith(fix);
    }

    [Fact]
    public void A_host_that_was_offline_at_the_end_took_the_results_with_it_unless_they_are_home()
    {
        JobEvent[] offline = [new RentalChanged(1, "r1", RentalStatus.Offline, "offline")];
        Found("VAST7", After([.. Samples.Running, .. offline])).ShouldNotBeNull();
        Found("VAST7", After([.. Samples.Finished, .. offline])).ShouldBeNull();
        Found("VAST7", After([.. Samples.Running, new JobEnded(1, EndReason.Cancelled, null, ""), .. offline])).ShouldBeNull();
    }

    [Fact]
    public void A_command_that_made_nothing_is_told_so_and_is_not_sent_to_pull_in_circles()
    {
        JobEvent[] Ended(params FileFinding[] findings) => [.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, ""), new VerificationFailed(1, findings)];
        var unmade = Samples.Spec.Results.Select(r => new FileFinding(r, "Missing", "the machine holds no such file")).ToArray();
        var found = Found("VAST2", After(Ended(unmade)))!;
        found.Title.ShouldBe("The command made nothing that its results: name");
        found.Evidence.ShouldContain(Samples.Spec.Results[0]);
        found.Fix.ShouldContain("--abandon-data");

        Found("VAST2", After(Ended([.. unmade, new FileFinding("best.pth", "Damaged", "cut short")])))!.Title.ShouldBe("Results are not proven, and are only on the rental");
        Found("VAST2", After(Ended(new FileFinding("other.pt", "Missing", "not here"))))!.Title.ShouldBe("Results are not proven, and are only on the rental");
    }

    [Fact]
    public void Of_what_is_not_proven_three_files_are_named_under_a_title_of_its_own()
    {
        var found = Found("VAST2", After([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, ""), new VerificationFailed(1, [.. Enumerable.Range(1, 4).Select(n => new FileFinding($"{n}.pt", "Damaged", "cut short"))])]))!;
        found.Evidence.ShouldBe("4 files not as they should be: 1.pt: cut short; 2.pt: cut short; 3.pt: cut short");
        found.Title.ShouldBe("Results are not proven, and are only on the rental");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(127, true)]
    public void Words_of_Windows_line_ends_in_a_log_say_something_of_a_command_that_failed(int code, bool errs) =>
        (Found("crlf", Exited(code, log: "sh: 1: run.sh^M: not found")) is not null).ShouldBe(errs);

    [Fact]
    public void A_gotcha_of_the_platform_is_called_as_its_profile_calls_it()
    {
        var found = Found("VAST10", Exited(1, cause: EndCause.DiskFull))!;
        (found.Title, found.Cause).ShouldBe(("title 10", "cause"));
    }

    [Theory]
    [InlineData("The image has CUDA 12.8, the host's driver supports 12.4 at most.", "VAST5")]
    [InlineData("torch.cuda.is_available() is False here.", "VAST5")]
    [InlineData("nvidia-smi fails: no devices", "gpu-missing")]
    [InlineData("The machine shows 1 GPU, 2 were rented.", "gpu-missing")]
    [InlineData("A GPU here has 12288 MiB.", "VAST14")]
    [InlineData("data: mnist.gz: the server refuses it.", "data")]
    [InlineData("setup: ended with status 1: no such package", "setup")]
    [InlineData("something else", "")]
    public void What_a_check_refused_is_said_by_the_one_rule_that_knows_it(string detail, string rule) =>
        string.Join(" ", Examination.Of(Ended(new JobEnded(1, EndReason.Refused, null, detail))).Select(f => f.Id)).ShouldBe(rule);

    [Theory]
    [InlineData("KeyError: 'x'")]
    [InlineData("SystemExit(Error(3))")]
    [InlineData("java.lang.IllegalStateException: x")]
    [InlineData("sh: 1: a: not found")]
    [InlineData("ls: /x: No such file or directory")]
    [InlineData("Killed")]
    [InlineData("Segmentation fault (core dumped)")]
    [InlineData("Traceback (most recent call last)")]
    [InlineData("fatal: not a repository")]
    [InlineData("run.sh: X: unbound variable")]
    [InlineData("X is not set")]
    public void A_line_that_names_an_error_is_shown_before_a_later_one_that_does_not(string said) =>
        Found("command-failed", Exited(1, log: $"{said}\nsaving\ndone\n"))!.Evidence.ShouldBe($"exit status 1; its last words: {said}");

    [Theory]
    [InlineData("CUDA out of memory", true)]
    [InlineData("torch.OutOfMemoryError", true)]
    [InlineData("RuntimeError: CUDA error: out of memory", true)]
    [InlineData("RuntimeError: another", false)]
    public void Memory_that_the_dead_hold_explains_only_a_command_that_found_none(string said, bool errs) =>
        (Found("zombie-vram", Held(Exited(1), 20_000) with { LogTail = said }) is not null).ShouldBe(errs);

    [Fact]
    public void What_a_person_gave_up_is_said_as_that()
    {
        var given = After([.. Samples.Running, new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", [])]);
        Found("VAST2", given)!.ShouldSatisfyAllConditions(f => f.Severity.ShouldBe(Severity.Warning), f => f.Evidence.ShouldBe("a person gave up what is only on r1"), f => f.Cause.ShouldContain("on a person's word"), f => f.Fix.ShouldBe("lodger events digits"));
    }

    [Fact]
    public void A_machine_that_had_no_room_for_what_was_sent_asks_for_a_larger_disk() =>
        Found("VAST10", GivenUp(RentalStatus.Running, "box-disk-full", "No room for the code."))!.ShouldSatisfyAllConditions(f => f.Evidence.ShouldBe("No room for the code."), f => f.Fix.ShouldEndWith("disk: 30GB"));
}
