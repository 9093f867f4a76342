using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Jobs;

/// <summary>A job as submitted, after the user agreed to its price.</summary>
/// <param name="OverProxy">Also through the slow proxy, both ways, however much it is.</param>
/// <param name="Project">Null: the default one.</param>
/// <param name="OverNetwork">Came from somebody else than the server's user: it gets no secret but those that came with it.</param>
/// <param name="Key">Made once by whoever submits: a submission that is said again with it, because no answer came, is the same one. Null: each is another.</param>
/// <param name="Adopts">The rental that it takes over; null: one is rented.</param>
public sealed record Submission(
    JobSpec Spec, string Account, Offer Offer, decimal ExpectedUsd, string ResultsDirectory, string ApprovedBy, IReadOnlyDictionary<string, string> Secrets,
    decimal? BidUsdPerHour = null, IReadOnlyList<AcceptedFinding>? Accepted = null, string? Choice = null, IReadOnlyList<string>? Alternatives = null, bool OverProxy = false, string? Project = null, bool OverNetwork = false, string? Key = null, AdoptedRental? Adopts = null);
