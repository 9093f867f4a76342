namespace Lodger.Artifacts.Inspection;

/// <summary>Which parts of a training run a checkpoint holds, told by the names and shapes that training code commonly uses.</summary>
/// <param name="Model">Weights.</param>
/// <param name="Optimizer">An optimizer's state with its parameter groups.</param>
/// <param name="Scheduler">A learning rate scheduler's state.</param>
/// <param name="Rng">The state of a random number generator.</param>
/// <param name="Scaler">A gradient scaler's state (mixed precision).</param>
/// <param name="Step">The step or epoch it was written at, as it says itself or as its optimizer counted.</param>
public sealed record TrainingState(bool Model, bool Optimizer, bool Scheduler, bool Rng, bool Scaler, bool Step)
{
    /// <summary>True when training can go on from it: model, optimizer and how far it was.</summary>
    public bool IsResumable => Model && Optimizer && Step;

    /// <summary>What is there, in a few words.</summary>
    public IReadOnlyList<string> Parts => [.. All.Where(part => part.There).Select(part => part.Name)];

    /// <summary>What a resume needs and is not there; empty when <see cref="IsResumable"/>.</summary>
    public IReadOnlyList<string> Lacks => [.. All.Where(part => part.Needed && !part.There).Select(part => part.Name)];

    /// <summary>What an exact resume would also want and is not there. Not every run has them.</summary>
    public IReadOnlyList<string> Without => [.. All.Where(part => !part.Needed && !part.There).Select(part => part.Name)];

    private IEnumerable<(string Name, bool There, bool Needed)> All =>
    [
        ("model", Model, true), ("optimizer", Optimizer, true), ("step or epoch", Step, true),
        ("scheduler", Scheduler, false), ("RNG state", Rng, false), ("scaler", Scaler, false),
    ];
}
