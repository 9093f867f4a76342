using System.Diagnostics;
using Lodger.Domain.Progress;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests;

public sealed class ProgressReaderTests
{
    [Theory]
    [InlineData("step 400/6000 loss 0.21", 400, 6000L, 0.21)]
    [InlineData("Epoch 3 of 90, loss: 1.2", 3, 90L, 1.2)]
    [InlineData("it=12", 12, null, null)]
    [InlineData("global_step: 7 lr 0.1 loss=-3.5e-2", 7, null, -0.035)]
    [InlineData("[Iteration 5/10]", 5, 10L, null)]
    [InlineData("STEP 4/5 LOSS 0.5", 4, 5L, 0.5)]
    [InlineData(" 12%|##        | 12/100 [00:03<00:22,  3.9it/s, loss=0.5]", 12, 100L, 0.5)]
    public void Common_lines_are_read(string line, long step, long? total, double? loss)
    {
        var read = ProgressReader.Read(null, line).ShouldNotBeNull();
        (read.Step, read.Total, read.Loss).ShouldBe((step, total, loss));
    }

    [Fact]
    public void The_last_matching_line_counts() =>
        ProgressReader.Read(null, "step 1/9\r\nstep 2/9\rsaving\nwarning: slow\n")!.Step.ShouldBe(2);

    [Theory]
    [InlineData("")]
    [InlineData("\n\r\n")]
    [InlineData("nothing to see")]
    [InlineData("step 99999999999999999999999")]
    public void Other_text_is_no_progress(string text) => ProgressReader.Read(null, text).ShouldBeNull();

    [Fact]
    public void A_loss_that_is_no_finite_number_is_left_out() => ProgressReader.Read(null, "step 4 loss 1e999")!.Loss.ShouldBeNull();

    [Fact]
    public void The_users_own_expression_is_used()
    {
        var spec = new ProgressSpec(null, @"seen (?<step>[\d,]+) of (?<total>[\d,]+)");
        ProgressReader.Read(spec, "seen 1,500 of 3,000")!.Fraction.ShouldBe(0.5);
        ProgressReader.Read(spec, "step 4/5").ShouldBeNull();
    }

    [Theory]
    [InlineData("(")]
    [InlineData(@"(?<stap>\d+)")]
    public void An_expression_that_cannot_serve_is_explained_and_harmless(string expression)
    {
        ProgressReader.Complaint(expression).ShouldNotBeNullOrEmpty();
        ProgressReader.Read(new ProgressSpec(null, expression), "step 4/5 7").ShouldBeNull();
    }

    [Fact]
    public void A_good_expression_draws_no_complaint() => ProgressReader.Complaint(@"(?<step>\d+)").ShouldBeNull();

    [Fact]
    public void A_hostile_expression_on_a_hostile_text_is_bounded_in_time()
    {
        var line = new string('a', 40) + "!";
        var text = string.Join('\n', Enumerable.Repeat(line, 500));
        var clock = Stopwatch.StartNew();
        ProgressReader.Read(new ProgressSpec(null, "(?<step>(a+)+)$"), text).ShouldBeNull();
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20), "200 lines that are each given up after a tenth of a second would take as long");
    }

    [Fact]
    public void An_expression_that_could_take_for_ever_on_one_line_still_reads_the_line_before_it() =>
        ProgressReader.Read(new ProgressSpec(null, @"^(\d+)+ of (?<step>\d+)$"), "7 of 12\n" + new string('1', 60) + "!").ShouldNotBeNull().Step.ShouldBe(12);

    [Fact]
    public void An_expression_that_looks_ahead_is_used_too() => ProgressReader.Read(new ProgressSpec(null, @"(?<step>\d+)(?= done)"), "3 left, 9 done", TimeSpan.FromSeconds(20))!.Step.ShouldBe(9);

    [Theory]
    [InlineData(200, 200)]
    [InlineData(201, 200)]
    [InlineData(4000, 200)]
    public void Of_a_line_at_most_200_characters_are_kept(int length, int kept) => ProgressReader.Read(null, "step 7 ".PadRight(length, '.'))!.Line.Length.ShouldBe(kept);

    [Fact]
    public void A_fraction_stays_between_nothing_and_all()
    {
        new JobProgress(12, 10, null, "").Fraction.ShouldBe(1);
        new JobProgress(5, 0, null, "").Fraction.ShouldBeNull();
        new JobProgress(5, null, null, "").Fraction.ShouldBeNull();
    }
}
