using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>What a scan for the parts of a training run found.</summary>
/// <param name="ModelParts">The top-level names whose tensors are the model's; an empty text stands for the top level itself.</param>
/// <param name="StepTensor">The name of a tensor that holds the step, where no plain number does.</param>
internal sealed record TrainingParts(
    bool Optimizer, bool Scheduler, bool Rng, bool Scaler, IReadOnlySet<string> ModelParts, long? Step, double? Epoch, string? StepTensor);

/// <summary>Finds model, optimizer, scheduler, step, random state and scaler in a checkpoint, by their names and by what they look like.</summary>
internal static class TrainingScan
{
    private const int MaxEntries = 10_000;

    private static readonly HashSet<string> _modelNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "model", "state_dict", "model_state_dict", "model_state", "model_dict", "module", "net", "network", "weights", "params", "params_ema", "ema", "ema_model", "model_ema",
        "ema_state_dict", "net_state_dict", "generator", "discriminator", "encoder", "decoder", "teacher", "student", "unet", "vae", "actor", "critic", "policy",
    };

    internal static TrainingParts Of(object? root)
    {
        var found = new Found();
        if (root is PickleDict top)
        {
            found.TakeTop(top);
        }
        else if (root is PickleCall)
        {
            // a module saved whole
            found.Models.Add(string.Empty);
        }

        return new TrainingParts(found.Optimizer, found.Scheduler, found.Rng, found.Scaler, found.Models, found.Step ?? found.OptimizerStep, found.Epoch, found.StepTensor);
    }

    private sealed class Found
    {
        internal HashSet<string> Models { get; } = new(StringComparer.Ordinal);

        internal bool Optimizer { get; private set; }

        internal bool Scheduler { get; private set; }

        internal bool Rng { get; private set; }

        internal bool Scaler { get; private set; }

        internal long? Step { get; private set; }

        internal long? OptimizerStep { get; private set; }

        internal double? Epoch { get; private set; }

        internal string? StepTensor { get; private set; }

        internal void TakeTop(PickleDict top)
        {
            if (LooksLikeWeights(top))
            {
                Models.Add(string.Empty);
                return;
            }

            if (LooksLikeOptimizer(top, out var alone) && ReferenceEquals(alone, top))
            {
                // saved in a file of its own, as the Hugging Face trainer does
                Optimizer = true;
                TakeOptimizerStep(string.Empty, top);
                return;
            }

            foreach (var (key, value) in top.Entries.Take(MaxEntries))
            {
                if (key is PickleText { Value: { } name })
                {
                    Take(name, value);
                }
            }
        }

        private void Take(string name, object? value)
        {
            if (Number(value) is { } number)
            {
                TakeNumber(name, number);
            }
            else if (TorchRebuild.TensorOf(value) is { } tensor)
            {
                if (TrainingProgress.IsStep(name) && tensor.Elements == 1)
                {
                    StepTensor = name;
                }

                Rng |= IsRng(name);
            }
            else if (LooksLikeOptimizer(value, out var optimizer))
            {
                Optimizer = true;
                TakeOptimizerStep(name, optimizer);
            }
            else if (value is PickleDict dict && dict.Has("growth_factor") && dict.Has("scale"))
            {
                Scaler = true;
            }
            else if (Items(value).Any(LooksLikeScheduler))
            {
                Scheduler = true;
            }
            else if (IsRng(name) && value is not null)
            {
                Rng = true;
            }
            else if (_modelNames.Contains(name) ? value is PickleCall or PickleDict { Entries.Count: > 0 } : value is PickleDict weights && LooksLikeWeights(weights))
            {
                Models.Add(name);
            }
        }

        private void TakeNumber(string name, double number)
        {
            if (TrainingProgress.IsStep(name) && number >= 0 && number == Math.Floor(number) && number < long.MaxValue)
            {
                Step = (long)number;
            }
            else if (TrainingProgress.IsEpoch(name) && number is >= 0 and < long.MaxValue)
            {
                Epoch = number;
            }
        }

        /// <summary>Adam and its kin count their steps, as a number or as a tensor of one.</summary>
        private void TakeOptimizerStep(string name, PickleDict optimizer)
        {
            if (optimizer["state"] is PickleDict state && state.Entries.Count > 0 && state.Entries[0].Value is PickleDict first)
            {
                OptimizerStep = first["step"] is long step and >= 0 ? step : OptimizerStep;
                if (TorchRebuild.TensorOf(first["step"]) is { Elements: 1 })
                {
                    StepTensor ??= $"{(name.Length > 0 ? name + "." : string.Empty)}state.{(state.Entries[0].Key is PickleText text ? text.Value : state.Entries[0].Key)}.step";
                }
            }
        }

        private static bool IsRng(string name) =>
            name.Contains("rng", StringComparison.OrdinalIgnoreCase) || name.Contains("random_state", StringComparison.OrdinalIgnoreCase) || name is "random_states" or "generator_state";

        private static double? Number(object? value) => value switch
        {
            long number => number,
            double number => number,
            _ => NumpyInPickle.ScalarOf(value),
        };

        private static IEnumerable<object?> Items(object? value) => value switch
        {
            PickleList list => list.Items.Take(MaxEntries),
            PickleTuple tuple => tuple.Items.Take(MaxEntries),
            _ => [value],
        };

        // one, a list of them (Lightning), or several by name (a GAN's)
        private static bool LooksLikeOptimizer(object? value, out PickleDict optimizer)
        {
            var candidates = Items(value).OfType<PickleDict>().SelectMany(dict => dict.Entries.Take(16).Select(entry => entry.Value as PickleDict).Prepend(dict));
            optimizer = candidates.FirstOrDefault(dict => dict is not null && dict.Has("param_groups") && dict.Has("state")) ?? new PickleDict();
            return optimizer.Entries.Count > 0;
        }

        private static bool LooksLikeScheduler(object? value) => value is PickleDict dict && (dict.Has("last_epoch") || dict.Has("_step_count") || dict.Has("_last_lr"));

        private static bool LooksLikeWeights(PickleDict dict) =>
            dict.Entries.Count > 0
            && dict.Entries.All(entry => entry.Key is PickleText { Value: { } name } && !IsRng(name) && (TorchRebuild.TensorOf(entry.Value) is not null || name.EndsWith("_extra_state", StringComparison.Ordinal)));
    }
}
