using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Formats.Metrics;

/// <summary>What the names of metrics mean by convention. A name that is not here has no known direction; none is worked out from its parts.</summary>
internal static class MetricNames
{
    // the order is the rank: what a paper's table would have first
    private static readonly string[] _higher =
    [
        "accuracy", "acc", "top1", "top_1", "acc1", "acc_1", "top1_accuracy", "top_1_accuracy", "balanced_accuracy", "map", "map50_95", "map50", "miou", "mean_iou", "iou", "dice",
        "f1", "f1_score", "macro_f1", "micro_f1", "exact_match", "em", "pass_1", "bleu", "sacrebleu", "chrf", "rougel", "rougelsum", "rouge1", "rouge2", "meteor", "auc", "auroc", "roc_auc", "ap",
        "mcc", "matthews_correlation", "r2", "r2_score", "pearson", "spearman", "spearmanr", "ndcg", "mrr", "psnr", "ssim", "precision", "recall", "top5", "top_5", "acc5", "acc_5", "win_rate",
        "success_rate", "mean_reward", "episode_reward", "reward",
    ];

    private static readonly string[] _lower =
    [
        "perplexity", "ppl", "bpb", "bits_per_byte", "bpc", "wer", "cer", "ter", "eer", "fid", "kid", "lpips", "rmse", "mse", "mae", "mape", "error_rate", "error", "err", "loss", "total_loss", "nll",
        "nll_loss", "cross_entropy",
    ];

    private static readonly string[] _splits = ["test_", "eval_", "val_", "valid_", "validation_", "dev_"];
    private static readonly string[] _summaries = ["best_", "final_", "last_", "mean_", "avg_"];

    // numbers of a run that are none of its quality
    private static readonly string[] _notMetrics =
    [
        "step", "steps", "global_step", "total_steps", "max_steps", "iteration", "iter", "epoch", "epochs", "num_train_epochs", "seed", "lr", "learning_rate", "batch_size", "time", "runtime", "seconds",
        "elapsed", "duration", "timestamp", "samples", "parameters", "params", "version", "memory", "samples_per_second", "steps_per_second",
    ];

    /// <summary>Direction and rank of a name; the rank is smaller for what is more likely the main metric.</summary>
    internal static (MetricDirection Direction, int Rank) Of(string name)
    {
        var plain = Plain(name, out var rank);
        var higher = Array.IndexOf(_higher, plain);
        var lower = Array.IndexOf(_lower, plain);
        return higher >= 0 ? (MetricDirection.HigherByConvention, rank + higher)
            : lower >= 0 ? (MetricDirection.LowerByConvention, rank + 100 + lower)
            : (MetricDirection.Unknown, rank + 1000);
    }

    /// <summary>Whether a name stands for a count, a time or a setting.</summary>
    internal static bool IsNoMetric(string name) => Array.IndexOf(_notMetrics, Plain(name, out _)) >= 0;

    /// <summary>Whether a name says that it was measured on data that was held out, or is the best of its kind.</summary>
    internal static bool IsHeldOut(string name) => name.ToLowerInvariant().Replace('/', '_') is var lower && (Array.Exists(_splits, lower.StartsWith) || lower.StartsWith("best_", StringComparison.Ordinal));

    private static string Plain(string name, out int rank)
    {
        var plain = name.ToLowerInvariant().Replace('/', '_').Replace('-', '_').Replace('.', '_').Replace('@', '_').Replace(' ', '_');
        var onTrain = Strip(ref plain, ["train_", "training_"]);
        var summed = Strip(ref plain, _summaries);
        var split = Strip(ref plain, _splits);
        _ = Strip(ref plain, _summaries);
        rank = onTrain ? 100_000 : split ? 0 : summed ? 10_000 : 20_000;
        return plain;
    }

    private static bool Strip(ref string name, string[] prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length && Array.IndexOf(_higher, name) < 0)
            {
                name = name[prefix.Length..];
                return true;
            }
        }

        return false;
    }
}
