using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using static Lodger.Domain.Tests.Doctor.RuleCases;

namespace Lodger.Domain.Tests.Doctor;

/// <summary>While a rental exists: what its state and its bill are said to mean.</summary>
public sealed class OnARentalTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static Facts On(RentMode rent, Facts facts) => facts with { Spec = facts.Spec with { Rent = rent } };

    private static JobEvent[] WithCopies(long? step) => [.. Samples.Running, new CheckpointMirrored(1, "ckpt/1.pt", 2_000_000_000, "aa", step, "loads"), new CheckpointMirrored(1, "ckpt/2.pt", 1_000_000_000, "bb", null, "loads")];

    [Theory]
    [InlineData(RentalStatus.Stopped, "the balance is $-0.50; r1 is stopped")]
    [InlineData(RentalStatus.Running, "the balance is $-0.50")]
    public void An_empty_balance_is_said_with_what_it_stopped(RentalStatus status, string said) =>
        Found("balance", Status(status) with { Account = Run.Account! with { BalanceUsd = -0.5m } })!.Evidence.ShouldBe(said);

    [Theory]
    [InlineData(0.4, 0.3, 0.3, true)]
    [InlineData(0.6, 0.3, 0.3, false)]
    [InlineData(0.1, 0.25, 0.25, true)]
    [InlineData(0.1, 0.25, 0.24, false)]
    public void Traffic_both_ways_is_compared_with_the_GPU(double gpu, double up, double down, bool warns) =>
        (Found("VAST9", Run with { Charges = new Charges("r1", (decimal)gpu, 0, (decimal)up, (decimal)down) }) is not null).ShouldBe(warns);

    [Theory]
    [InlineData(null, 59, "ends in 59 min")]
    [InlineData(null, 60, null)]
    [InlineData(180, 170, "ends in 2.8 h, about 2 h of work are left")]
    [InlineData(180, 180, null)]
    [InlineData(30, 59, "ends in 59 min")]
    [InlineData(60, 59, "ends in 59 min")]
    [InlineData(30, 60, null)]
    public void A_contract_has_to_last_for_the_work_that_is_left_and_an_hour(int? workMinutes, int endsInMinutes, string? said)
    {
        var facts = RunSpec(s => s with { Work = workMinutes is { } m ? TimeSpan.FromMinutes(m) : null });
        var now = facts.Job!.Current!.StartedAt!.Value + Hour;
        var found = Found("contract-end", facts with { Now = now, MarketNow = now, Rental = Samples.Rental with { ContractEnd = now + TimeSpan.FromMinutes(endsInMinutes) } });
        (found?.Evidence).ShouldBe(said is null ? null : $"the contract of r1 {said}");
    }

    [Theory]
    [InlineData(0, "ended 0 s ago (running); its data may be deleted in 2 d")]
    [InlineData(24, "ended 24 h ago (running); its data may be deleted in 24 h")]
    [InlineData(72, "ended 3 d ago (running); its data may be deleted in 0 s")]
    public void After_a_contract_it_is_said_how_long_the_data_is_kept_at_least(int hours, string said)
    {
        foreach (var facts in (Facts[])[Run, Over])
            Found("contract-end", facts with { Rental = Samples.Rental with { ContractEnd = facts.MarketNow - TimeSpan.FromHours(hours) } })!.Evidence.ShouldBe($"the contract of r1 {said}");
    }

    [Fact]
    public void A_job_that_is_over_needs_no_longer_contract() => Found("contract-end", Over with { Rental = Samples.Rental with { ContractEnd = Over.MarketNow + TimeSpan.FromMinutes(5) } }).ShouldBeNull();

    [Theory]
    [InlineData(4, Severity.Note)]
    [InlineData(5, Severity.Note)]
    [InlineData(6, Severity.Warning)]
    public void A_destroy_that_the_platform_has_not_carried_out_is_worrying_only_after_a_while(int minutes, Severity severity)
    {
        var facts = Destroying(RentalStatus.Exited);
        Found("VAST15", facts with { Now = facts.Job!.Current!.DestroyIntendedAt!.Value + TimeSpan.FromMinutes(minutes) })!.Severity.ShouldBe(severity);
    }

    [Theory]
    [InlineData(null, "; 2 checkpoint files off the machine")]
    [InlineData(400L, "; 2 checkpoint files off the machine, up to step 400")]
    public void Of_a_host_that_is_offline_it_is_said_what_is_safe(long? step, string said) => Found("VAST7", Status(RentalStatus.Offline, WithCopies(step)))!.Evidence.ShouldEndWith(said);

    [Fact]
    public void A_host_that_was_never_seen_before_it_was_offline_is_offline_for_nobody_knows_how_long() =>
        Found("VAST7", Status(RentalStatus.Offline, Samples.Running[..2]))!.Evidence.ShouldBe("r1 is offline (as the platform says); no checkpoint is off the machine");

    [Fact]
    public void A_host_that_is_offline_is_waited_for_or_left_as_the_job_is_rented()
    {
        Found("VAST7", On(RentMode.OnDemand, Status(RentalStatus.Offline)))!.Automatic.ShouldBe("Nothing is billed meanwhile; it goes on when the host is back.");
        Found("VAST7", On(RentMode.Interruptible, Status(RentalStatus.Offline)))!.Automatic.ShouldBe("It goes on elsewhere from the newest checkpoint when waiting costs more.");
    }

    [Fact]
    public void Of_a_rental_that_was_taken_over_only_its_own_state_is_said_and_how_to_let_it_go()
    {
        var taken = Taken([]) with { Rental = Samples.Rental with { Status = RentalStatus.Offline, Evidence = "offline" }, BoxProblem = new Problem("ssh-key-refused", "The machine refuses Lodger's ssh key.", "", ExitCode.RentalUnusable) };
        var found = Examination.Of(taken).ShouldHaveSingleItem();
        found.Id.ShouldBe("VAST7");
        found.Evidence.ShouldEndWith("(offline)");
        found.Fix.ShouldContain("lodger adopt --release r1");
        Found("VAST1", taken with { Rental = Samples.Rental with { Status = RentalStatus.Stopped } })!.Fix.ShouldContain("lodger adopt --release r1");
    }

    [Theory]
    [InlineData(300, null)]
    [InlineData(301, "r1 is loading for 5 min, above 5 min (as the platform says)")]
    public void Loading_is_too_long_after_the_boot_window(int seconds, string? said)
    {
        var facts = Booting(Hour);
        var found = Found("VAST13", facts with { Now = facts.Job!.Current!.RentedAt!.Value + TimeSpan.FromSeconds(seconds) });
        (found?.Evidence).ShouldBe(said);
    }

    [Fact]
    public void The_last_line_of_the_hosts_daemon_is_repeated_and_cut_where_it_is_long()
    {
        string Said(string log) => Found("VAST13", Booting(Hour) with { DaemonLog = log })!.Evidence;
        Said("Pulling\n  layer 3 of 9 \r\n \n").ShouldEndWith("; the host says: layer 3 of 9");
        Said(new string('x', 160)).ShouldEndWith($"says: {new string('x', 160)}");
        Said(new string('x', 161)).ShouldEndWith($"says: {new string('x', 160)}");
        Said("\n \n").ShouldEndWith("(as the platform says)");
        Found("VAST13", Booting(Hour) with { Rental = Samples.Rental with { Status = RentalStatus.Provisioning } })!.Evidence.ShouldStartWith("r1 is provisioning for 60 min");
    }

    [Fact]
    public void Where_the_proxy_is_the_only_way_the_largest_checkpoint_is_named()
    {
        var proxy = RunOf(r => r with { DirectSsh = null, ProxySsh = new Endpoint("ssh4.example", 12_345) });
        Found("VAST8", proxy with { Job = Samples.Job(WithCopies(null)) })!.Evidence.ShouldEndWith("alone; one checkpoint is 2 GB");
        Found("VAST8", proxy with { Job = Samples.Job(Samples.Running[..5]) }).ShouldBeNull("nothing was sent there yet");
    }

    [Fact]
    public void Every_stopped_disk_of_the_job_is_billed_and_named_and_one_that_is_being_destroyed_is_not()
    {
        var left = Samples.Rental with { Id = "r0", Status = RentalStatus.Preempted, DiskUsdPerHour = 0.05m, DiskGb = 50 };
        var facts = Status(RentalStatus.Stopped) with { Others = [left] };
        Found("VAST1", facts)!.Evidence.ShouldBe("r1 is stopped (10 GB), r0 is preempted (50 GB): $0.060/h for disks, $43.20 a month, until destroyed");
        Found("VAST1", facts)!.Fix.ShouldBe("lodger down digits");
        Found("VAST1", facts with { Rental = null, Others = [left] })!.Fix.ShouldStartWith("lodger gate digits", Case.Sensitive, "the job goes on elsewhere, and ending it is not the way out");
        Found("VAST1", Destroying(RentalStatus.Exited) with { Rental = Samples.Rental with { Status = RentalStatus.Exited }, Others = [left] })!.Evidence.ShouldStartWith("r0 is preempted (50 GB): $0.050/h");
        var second = new RentIntended(2, "offer-1", "lodger/digits.k3f9qa/2");
        Found("VAST1", Status(RentalStatus.Exited, [.. Samples.Finished, Samples.Yes(), new DestroyIntended(1, "r1"), second])).ShouldBeNull("the first attempt's is being destroyed, whatever the second does");
    }

    [Theory]
    [InlineData(30, null)]
    [InlineData(31, "r1 waits for 31 s, above 30 s: as the platform says")]
    public void Waiting_for_the_GPU_is_too_long_after_the_platforms_window(int seconds, string? said)
    {
        var found = Found("VAST3", Seen(RentalStatus.Scheduling, TimeSpan.FromSeconds(seconds)) with { Offers = [] });
        (found?.Evidence).ShouldBe(said);
    }

    [Fact]
    public void Free_GPUs_beside_the_one_that_is_waited_for_are_counted_on_its_machine_alone()
    {
        var offer = Samples.Offer;
        var facts = Seen(RentalStatus.Scheduling, Hour) with { Offers = [offer with { Id = "a", MachineId = "m2" }, offer with { Id = "b", GpuCount = 2 }, offer with { Id = "c" }] };
        Found("VAST3", facts)!.Evidence.ShouldEndWith("; the same machine has 3 other GPU(s) on offer (b)");
    }

    [Fact]
    public void What_waits_or_was_paused_is_an_error_on_demand_and_on_a_bid_it_is_seen_to()
    {
        foreach (var (rule, facts) in ((string, Facts)[])[("VAST3", Seen(RentalStatus.Scheduling, Hour)), ("VAST4", Status(RentalStatus.Preempted))])
        {
            Found(rule, On(RentMode.OnDemand, facts))!.ShouldSatisfyAllConditions(f => f.Severity.ShouldBe(Severity.Error), f => f.Automatic.ShouldBeNull(), f => f.Fix.ShouldBe("lodger down digits"));
            Found(rule, On(RentMode.Interruptible, facts))!.ShouldSatisfyAllConditions(f => f.Severity.ShouldBe(Severity.Warning), f => f.Automatic.ShouldNotBeNullOrEmpty());
        }

        Found("VAST4", On(RentMode.Auto, Status(RentalStatus.Preempted)))!.Fix.ShouldBe("lodger show digits");
    }

    [Theory]
    [InlineData(null, "2 checkpoint files off the machine")]
    [InlineData(400L, "the newest copy off the machine holds step 400")]
    public void Of_a_rental_that_was_paused_it_is_said_what_is_safe(long? step, string said) => Found("VAST4", Status(RentalStatus.Preempted, WithCopies(step)))!.Evidence.ShouldEndWith(said);

    [Fact]
    public void A_refused_key_is_known_by_the_problem_or_its_words_and_is_final_when_the_rental_was_given_up()
    {
        var problem = new Problem("ssh-key-refused", "No entry.", "", ExitCode.RentalUnusable);
        Found("ssh-key", Run with { BoxProblem = problem })!.Severity.ShouldBe(Severity.Warning);
        Found("ssh-key", Run with { BoxProblem = problem with { Id = "box-unreachable", Message = "It refuses Lodger's ssh key." } }).ShouldNotBeNull();
        Found("ssh-key", Run with { BoxProblem = problem with { Id = "box-unreachable" } }).ShouldBeNull();
        Found("ssh-key", GivenUp(RentalStatus.Running, "ssh-key-refused"))!.Severity.ShouldBe(Severity.Error);
        Found("ssh-key", GivenUp(RentalStatus.Running, "cancelled") with { BoxProblem = problem }).ShouldBeNull("that it was refused once did not end it");
    }

    [Fact]
    public void A_command_is_at_work_where_a_machine_that_runs_said_so_lately()
    {
        var run = Run with { Probe = null };
        run.IsAtWork.ShouldBeTrue();
        (run with { ReportAge = TimeSpan.FromSeconds(59) }).IsAtWork.ShouldBeTrue();
        (run with { ReportAge = TimeSpan.FromSeconds(60) }).IsAtWork.ShouldBeFalse();
        (run with { ReportAge = null }).IsAtWork.ShouldBeFalse();
        (run with { Report = Run.Report! with { Phase = BoxPhase.Ended } }).IsAtWork.ShouldBeFalse();
        (run with { Rental = Samples.Rental with { Status = RentalStatus.Stopped } }).IsAtWork.ShouldBeFalse();
        (run with { Rental = null }).IsAtWork.ShouldBeFalse();
        (Run with { ReportAge = Hour }).IsAtWork.ShouldBeTrue("it was looked into just now");
        (Run with { Report = Run.Report! with { Phase = BoxPhase.Ended } }).IsAtWork.ShouldBeTrue("what it says now counts, not what it said before");
    }

    [Fact]
    public void The_offer_spoken_of_is_the_one_in_question_then_the_attempts_then_the_submissions()
    {
        var later = Samples.Offer with { Id = "later" };
        var moved = Samples.Job([.. Samples.Running, new RentIntended(2, "later", "lodger/digits.k3f9qa/2", later)]);
        (Run with { Job = moved }).Offer.ShouldBe(later);
        (Run with { Job = moved, Priced = RuleCases.Plan.Priced }).Offer.ShouldBe(RuleCases.Plan.Priced!.Offer);
        Run.Offer.ShouldBe(Samples.Offer);
        RuleCases.Plan.Offer.ShouldBe(RuleCases.Plan.Priced.Offer);
        RuleCases.Plan.BillsUsdPerHour.ShouldBe(0, "there is no job yet");
    }

    [Fact]
    public void Of_a_rental_that_was_taken_over_its_contract_its_bill_and_what_is_only_on_it_are_said_too()
    {
        var taken = Taken([]);
        string Said(Facts facts) => string.Join(" ", Examination.Of(facts).Select(f => f.Id));
        Said(taken with { Account = Run.Account! with { BalanceUsd = 0 } }).ShouldBe("balance");
        Said(taken with { Rental = Samples.Rental with { ContractEnd = Samples.T0 } }).ShouldBe("contract-end");
        Said(taken with { Rental = Samples.Rental with { Status = RentalStatus.Stopped } }).ShouldBe("VAST1");
        Said(Taken([new RentalVanished(1, "r1")]) with { Rental = null }).ShouldBe("VAST2");
        Said(Taken([Samples.Receipt(), Samples.Yes(), new DestroyIntended(1, "r1")])).ShouldBe("VAST15");
    }

    [Theory]
    [InlineData(RentalStatus.Provisioning, "The disk bills.")]
    [InlineData(RentalStatus.Loading, "the GPU not yet.")]
    [InlineData(RentalStatus.Running, "GPU and disk bill.")]
    [InlineData(RentalStatus.Stopped, "The disk goes on billing until it is destroyed.")]
    [InlineData(RentalStatus.Preempted, "The disk bills; a bid comes back by itself")]
    [InlineData(RentalStatus.Scheduling, "The disk bills.")]
    [InlineData(RentalStatus.Exited, "The disk bills.")]
    [InlineData(RentalStatus.CannotStart, "The disk bills.")]
    [InlineData(RentalStatus.Offline, "Nothing bills meanwhile.")]
    [InlineData(RentalStatus.Unknown, "nothing is concluded from it.")]
    public void Of_every_state_it_is_said_what_bills(RentalStatus status, string said) => StateReading.Of(status).ShouldContain(said);
}
