namespace Lodger.Domain.Policy.Deadlines;

/// <summary>What a job with a deadline does for one tick.</summary>
public enum Mode
{
    Idle,

    /// <summary>Cheap, only while available, ended without notice.</summary>
    Spot,

    OnDemand,
}

/// <summary>One job before a hard deadline. Every start, and every start again, costs <paramref name="RestartHours"/> of paid time without progress.</summary>
/// <param name="TickHours">Decisions are made so often; availability holds for a tick.</param>
/// <param name="Ticks">From start to deadline.</param>
/// <param name="WorkHours">Work in all.</param>
/// <param name="SpotPrice">Of an hour on spot, on-demand being 1.</param>
public sealed record DeadlineTerms(double TickHours, int Ticks, double WorkHours, double RestartHours, double SpotPrice)
{
    /// <summary>Ticks that on-demand needs for so much work, its start included.</summary>
    public int Need(double workHours) => (int)Math.Ceiling(((workHours + RestartHours) / TickHours) - 1e-9);
}

/// <summary>What is known when a tick begins. Nothing of it looks ahead.</summary>
/// <param name="TicksLeft">This one included.</param>
/// <param name="WorkHours">Left.</param>
/// <param name="OverheadHours">Of the current start, still to be paid before progress goes on.</param>
/// <param name="Mode">What runs; idle when spot was just taken away.</param>
/// <param name="AgeHours">Since availability last changed, as far as this job saw; this tick included.</param>
public readonly record struct DeadlineView(int TicksLeft, double WorkHours, double OverheadHours, Mode Mode, bool SpotUp, double AgeHours);

/// <summary>Chooses from what is known now, and from what the same job saw before.</summary>
public interface IDeadlinePolicy
{
    string Name { get; }

    /// <summary>The policy as one job has it, asked at every tick from the first on. Itself, when it learns nothing from tick to tick.</summary>
    IDeadlinePolicy ForJob(DeadlineTerms terms) => this;

    Mode Choose(DeadlineTerms terms, in DeadlineView now);
}
