using Lodger.Domain.Plan;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Doctor;

/// <summary>What the doctor says before anything is paid for.</summary>
public static class Preflight
{
    /// <summary>The plan without the offers that a blocking finding speaks against; as it was when none would be left.</summary>
    /// <param name="facts">Of the job; the offer is each in turn.</param>
    /// <param name="accepted">Ids that a person accepted.</param>
    public static JobPlan Sift(JobPlan plan, Facts facts, IReadOnlyCollection<string> accepted)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(facts);
        List<PricedOffer> fit = [];
        List<LeftOut> unfit = [];
        foreach (var priced in plan.Offers)
        {
            if (Examination.AgainstOffer(facts with { Priced = priced }) is { } against && !accepted.Contains(against.Id))
                unfit.Add(new(priced.Offer, $"{against.Id}: {against.Evidence}"));
            else
                fit.Add(priced);
        }

        if (fit.Count == 0 || unfit.Count == 0)
            return plan;
        fit[0] = fit[0] with { WhyNot = "" };
        return plan with { Offers = fit, LeftOut = [.. plan.LeftOut, .. unfit] };
    }

    /// <summary>Why nothing may be rented; null: nothing stands in the way that was not accepted.</summary>
    public static Problem? Refuse(IEnumerable<Finding> findings, IReadOnlyCollection<string> accepted)
    {
        var blocking = findings.Where(f => f.Blocks && !accepted.Contains(f.Id)).ToList();
        return blocking.Count == 0
            ? null
            : new Problem(
                "preflight-blocked",
                $"{string.Join(" ", blocking.Select(f => $"{f.Id}: {f.Title}: {f.Evidence}."))} Nothing was rented.",
                $"{blocking[0].Fix}. To rent all the same: {string.Join(' ', blocking.Select(f => f.Override))}   (the journal keeps that you did)",
                ExitCode.Findings);
    }

    /// <summary>Of the ids that a person accepted, those that would have kept the job from being rented for.</summary>
    public static IReadOnlyList<AcceptedFinding> Accepted(IEnumerable<Finding> findings, IReadOnlyCollection<string> accepted) =>
        [.. findings.Where(f => f.Blocks && accepted.Contains(f.Id)).Select(f => new AcceptedFinding(f.Id, f.Evidence))];
}
