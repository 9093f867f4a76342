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
    [InlineData("loading from step_40\nstep 41/100\nstep 42/100\nsaved\nstep 43/100", 41, "the first that is said to the same end")]
    [InlineData("Loading checkpoint shards: 2/4 [00:01\nstep 41/100\nstep 42/100", 41, "another counter")]
    [InlineData("step 1/100\rstep 2/100", 1, "it began again")]
    [InlineData("Loading checkpoint shards: 2/4 [00:01", 2, "nothing else was said yet")]
    [InlineData("0%| | 0/6000 [00:00<?, ?it/s]\r7%| | 401/6000 [00:01\r7%| | 402/6000 [00:02", 401, "a bar is drawn empty before it is set")]
    [InlineData("=> loaded checkpoint 'x' (epoch 3)\nstep=401 loss 2.1\nstep=402 loss 2.0", 401, "a word of what was loaded")]
    [InlineData("eval iter 10\niter 401\niter 402\niter 403", 401, "the same word, of something before")]
    [InlineData("step 1\nstep 100\nstep 200\nstep 300", 1, "the first of a job that says every hundredth")]
    [InlineData("step 498/500\nstep 499/500\nepoch 1/9\nstep 1/500\nstep 2/500", 498, "of an epoch that it went on with")]
    public void A_start_began_where_the_counter_that_speaks_last_spoke_first(string text, long step, string why) =>
        ProgressReader.Began(null, text)!.Step.ShouldBe(step, why);

    [Fact]
    public void The_rest_of_a_line_that_was_cut_is_no_beginning()
    {
        var many = "5/1000 [00:03<00:22, 3.9it/s]" + string.Concat(Enumerable.Range(1, 59).Select(i => $"\n{(10 * i) + 5}/1000 [00:03<00:22, 3.9it/s]"));
        ProgressReader.Began(null, many)!.Step.ShouldBe(15);
        ProgressReader.Began(null, many[..600])!.Step.ShouldBe(5, "a short text is whole");
        ProgressReader.Began(null, "").ShouldBeNull();
        ProgressReader.Began(null, "0/6000 [00:00<?, ?it/s]").ShouldBeNull("it has not begun");
        ProgressReader.Began(null, new string('a', 2000)).ShouldBeNull();
    }

    [Fact]
    public void Of_a_file_that_goes_on_from_an_earlier_start_the_last_line_counts() =>
        ProgressReader.Began(new ProgressSpec("progress.txt", null), "step 1/100\nstep 41/100")!.Step.ShouldBe(41);

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
    public void An_expression_that_looks_ahead_is_used_too() => ProgressReader.Read(new ProgressSpec(null, @"(?<step>\d+)(?= done)"), "3 left, 9 done")!.Step.ShouldBe(9);

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
