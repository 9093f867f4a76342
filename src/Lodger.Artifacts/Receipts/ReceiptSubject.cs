namespace Lodger.Artifacts.Receipts;

/// <summary>Whose results a receipt is about.</summary>
/// <param name="Job">The job's name.</param>
/// <param name="Attempt">Which attempt, from 1.</param>
/// <param name="RentalId">The platform's id of the rental that the results were on.</param>
public sealed record ReceiptSubject(string Job, int Attempt, string RentalId);
