using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Doctor;

/// <summary>What the doctor found of one job.</summary>
/// <param name="Findings">The gravest first.</param>
/// <param name="At">When it looked.</param>
public sealed record CheckUp(string Job, string Id, Moment Moment, IReadOnlyList<Finding> Findings, DateTimeOffset At)
{
    /// <summary>As the platform shows it; null: there is none, or it was not asked.</summary>
    public Rental? Rental { get; init; }

    /// <summary>What all rentals of the job bill an hour now; 0: none of them does; null: of one of them the platform does not say it.</summary>
    public decimal? BillsUsdPerHour { get; init; }

    /// <summary>Null: the machine was not looked into.</summary>
    public BoxProbe? Probe { get; init; }

    /// <summary>What could not be looked at, and why: of that nothing is concluded.</summary>
    public IReadOnlyList<Problem> Unknown { get; init; } = [];
}
