using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>The main metric of a run, and which way it is better: by convention, as the file says, or unknown, never guessed.</summary>
public sealed class MetricTests
{
    private static Metric? Of(string name, string text) => Verifying.Content(name, Encoding.UTF8.GetBytes(text)).Metric;

    [Theory]
    [InlineData("""{"loss": 0.1, "accuracy": 0.986, "epoch": 3}""", "accuracy", 0.986, MetricDirection.HigherByConvention)]
    [InlineData("""{"train_accuracy": 0.99, "val_loss": 0.3}""", "val_loss", 0.3, MetricDirection.LowerByConvention)]
    [InlineData("""{"eval_frobnication": 7, "epoch": 2}""", "eval_frobnication", 7, MetricDirection.Unknown)]
    [InlineData("""{"metric_for_best_model": "oddness", "greater_is_better": false, "oddness": 2, "accuracy": 1}""", "oddness", 2, MetricDirection.LowerAsStated)]
    public void The_main_metric_is_named_with_its_direction_or_without(string text, string name, double value, MetricDirection direction)
    {
        var metric = Of("metrics.json", text).ShouldNotBeNull();

        (metric.Name, metric.Value, metric.Direction).ShouldBe((name, value, direction));
    }

    [Fact]
    public void Among_several_names_that_nobody_knows_none_is_the_main_one() => Of("metrics.json", """{"eval_this": 1, "eval_that": 2}""").ShouldBeNull();

    [Fact]
    public void A_configuration_has_no_metric() => Of("config.json", """{"loss": 1, "accuracy": 2}""").ShouldBeNull();

    [Fact]
    public void The_last_line_of_a_log_counts() => Of("history.jsonl", "{\"epoch\":1,\"wer\":0.5}\n{\"epoch\":2,\"wer\":0.25}\n").ShouldBe(new Metric("wer", 0.25, MetricDirection.LowerByConvention, "history.jsonl", 2));

    [Fact]
    public async Task A_checkpoint_has_the_metric_of_the_file_beside_it()
    {
        using var directory = new TemporaryDirectory().With("a/best.safetensors", SafetensorsBytes.Small).With("a/metrics.json", """{"top1": 76.4}""").With("b/best.safetensors", SafetensorsBytes.Small);
        var report = await DirectoryVerifier.VerifyAsync(directory.Path, cancellation: TestContext.Current.CancellationToken);

        report.Files.Single(file => file.Path == "a/best.safetensors").Metric.ShouldBe(new Metric("top1", 76.4, MetricDirection.HigherByConvention, "metrics.json", null));
        report.Files.Single(file => file.Path == "b/best.safetensors").Metric.ShouldBeNull();
    }
}
