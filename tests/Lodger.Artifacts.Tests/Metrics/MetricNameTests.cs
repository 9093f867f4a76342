using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>Which of a file's numbers is the run's main metric, told from their names and from what the file itself says.</summary>
public sealed class MetricNameTests
{
    private static Metric? Of(string text, string name = "metrics.json") => Verifying.Content(name, Encoding.UTF8.GetBytes(text)).Metric;

    [Theory]
    [InlineData("accuracy", MetricDirection.HigherByConvention)]
    [InlineData("ACCURACY", MetricDirection.HigherByConvention)]
    [InlineData("reward", MetricDirection.HigherByConvention)]
    [InlineData("Top-1", MetricDirection.HigherByConvention)]
    [InlineData("acc@1", MetricDirection.HigherByConvention)]
    [InlineData("roc auc", MetricDirection.HigherByConvention)]
    [InlineData("mean.iou", MetricDirection.HigherByConvention)]
    [InlineData("mean_iou", MetricDirection.HigherByConvention)]
    [InlineData("mean_reward", MetricDirection.HigherByConvention)]
    [InlineData("eval/f1", MetricDirection.HigherByConvention)]
    [InlineData("eval/best_f1", MetricDirection.HigherByConvention)]
    [InlineData("best_eval_f1", MetricDirection.HigherByConvention)]
    [InlineData("train_acc", MetricDirection.HigherByConvention)]
    [InlineData("training_val_acc", MetricDirection.HigherByConvention)]
    [InlineData("perplexity", MetricDirection.LowerByConvention)]
    [InlineData("cross_entropy", MetricDirection.LowerByConvention)]
    [InlineData("validation-loss", MetricDirection.LowerByConvention)]
    [InlineData("test_final_wer", MetricDirection.LowerByConvention)]
    [InlineData("val_test_loss", MetricDirection.Unknown)]
    [InlineData("accuracy_", MetricDirection.Unknown)]
    [InlineData("lossy", MetricDirection.Unknown)]
    [InlineData("val_", MetricDirection.Unknown)]
    [InlineData("oddness", MetricDirection.Unknown)]
    public void A_name_has_a_direction_by_convention_or_none(string name, MetricDirection direction) =>
        Of($$"""{"{{name}}": 0.5}""").ShouldBe(new Metric(name, 0.5, direction, "metrics.json", null));

    [Theory]
    [InlineData("epoch")]
    [InlineData("num_train_epochs")]
    [InlineData("LR")]
    [InlineData("learning-rate")]
    [InlineData("eval_runtime")]
    [InlineData("train/samples_per_second")]
    [InlineData("total_steps")]
    [InlineData("best_step")]
    public void A_count_a_time_or_a_setting_is_none(string name) => Of($$"""{"{{name}}": 3}""").ShouldBeNull();

    // of each pair the first is the main one, whichever comes first in the file
    [Theory]
    [InlineData("val_loss", "accuracy")]
    [InlineData("val_loss", "best_accuracy")]
    [InlineData("val_acc", "val_loss")]
    [InlineData("val_accuracy", "val_acc")]
    [InlineData("dev_loss", "train_accuracy")]
    [InlineData("best_loss", "accuracy")]
    [InlineData("final_loss", "accuracy")]
    [InlineData("best_val_f1", "best_f1")]
    [InlineData("accuracy", "loss")]
    [InlineData("perplexity", "loss")]
    [InlineData("loss", "train_accuracy")]
    [InlineData("loss", "oddness")]
    [InlineData("train_loss", "val_oddness")]
    [InlineData("val_oddness", "oddness")]
    [InlineData("best_oddness", "oddness")]
    [InlineData("eval/oddness", "strangeness")]
    public void Among_two_the_more_telling_one_is_the_main_one(string main, string other)
    {
        Of($$"""{"{{main}}": 1, "{{other}}": 2}""")!.Name.ShouldBe(main);
        Of($$"""{"{{other}}": 2, "{{main}}": 1}""")!.Name.ShouldBe(main);
    }

    [Theory]
    [InlineData("""{"oddness": 1, "strangeness": 2}""")]
    [InlineData("""{"val_oddness": 1, "test_strangeness": 2, "x": 3}""")]
    [InlineData("""{"best_oddness": 1, "best_strangeness": 2}""")]
    [InlineData("""{"oddness": "1"}""")]
    [InlineData("""{"oddness": {"accuracy": 1} }""")]
    [InlineData("""{"accuracy": NaN}""")]
    [InlineData("""{"accuracy": 1e999}""")]
    [InlineData("{}")]
    public void Where_none_stands_out_there_is_none(string text) => Of(text).ShouldBeNull();

    [Theory]
    [InlineData("""{"main_metric": "loss", "loss": 1, "accuracy": 2}""", "loss", MetricDirection.LowerByConvention)]
    [InlineData("""{"metric_for_best_model": "loss", "loss": 1, "accuracy": 2}""", "loss", MetricDirection.LowerByConvention)]
    [InlineData("""{"best_metric": "loss", "loss": 1, "accuracy": 2}""", "accuracy", MetricDirection.HigherByConvention)]
    [InlineData("""{"main_metric": "gone", "loss": 1, "accuracy": 2}""", "accuracy", MetricDirection.HigherByConvention)]
    [InlineData("""{"main_metric": "loss", "greater_is_better": true, "loss": 1}""", "loss", MetricDirection.HigherAsStated)]
    [InlineData("""{"main_metric": "oddness", "greater_is_better": false, "oddness": 1}""", "oddness", MetricDirection.LowerAsStated)]
    [InlineData("""{"main_metric": "oddness", "smaller_is_better": false, "oddness": 1}""", "oddness", MetricDirection.Unknown)]
    [InlineData("""{"greater_is_better": false, "accuracy": 1}""", "accuracy", MetricDirection.HigherByConvention)]
    [InlineData("""{"greater_is_better": null, "main_metric": "loss", "loss": 1}""", "loss", MetricDirection.LowerByConvention)]
    public void What_the_file_says_of_its_main_metric_counts_first(string text, string name, MetricDirection direction)
    {
        var metric = Of(text).ShouldNotBeNull();

        (metric.Name, metric.Direction).ShouldBe((name, direction));
    }

    [Theory]
    [InlineData("metrics.json")]
    [InlineData("all_results.json")]
    [InlineData("HISTORY.json")]
    [InlineData("eval.json")]
    [InlineData("scores.json")]
    [InlineData("summary.json")]
    [InlineData("log.json")]
    [InlineData("train.json")]
    [InlineData("test.json")]
    [InlineData("val.json")]
    public void A_file_of_metrics_is_called_so(string name) => Of("""{"accuracy": 1}""", name).ShouldBe(new Metric("accuracy", 1, MetricDirection.HigherByConvention, name, null));

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public void Numbers_of_another_file_are_no_metrics(string name) => Of("""{"accuracy": 1, "main_metric": "accuracy"}""", name).ShouldBeNull();

    [Fact]
    public void The_last_value_counts_and_one_that_is_not_finite_takes_back_what_came_before()
    {
        Of("{\"loss\":3,\"epoch\":1}\n{\"loss\":2,\"epoch\":2}\n", "log.jsonl").ShouldBe(new Metric("loss", 2, MetricDirection.LowerByConvention, "log.jsonl", 2));
        Of("{\"loss\":3}\n{\"loss\":1e999}\n", "log.jsonl").ShouldBeNull();
        Of("{\"loss\":3}\n{\"loss\":-1e999}\n{\"loss\":4}\n", "log.jsonl")!.Value.ShouldBe(4);
    }

    [Fact]
    public void Names_past_256_are_not_taken_up_and_those_that_were_still_are()
    {
        static string Text(int fillers) => $"{{\"acc\":1,{string.Concat(Enumerable.Range(0, fillers).Select(i => $"\"x{i}\":0,"))}\"accuracy\":2,\"acc\":3}}";
        Of(Text(254))!.ShouldBe(new Metric("accuracy", 2, MetricDirection.HigherByConvention, "metrics.json", null));
        Of(Text(255))!.ShouldBe(new Metric("acc", 3, MetricDirection.HigherByConvention, "metrics.json", null));
    }
}
