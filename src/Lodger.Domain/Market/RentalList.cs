using System.Collections;

namespace Lodger.Domain.Market;

/// <summary>Rentals as one listing showed them, found by id, label and machine: thousands of jobs look for theirs in the same one.</summary>
public sealed class RentalList(IReadOnlyList<Rental> rentals) : IReadOnlyList<Rental>
{
    private readonly Lazy<ILookup<string, Rental>> byId = new(() => rentals.ToLookup(r => r.Id, StringComparer.Ordinal));
    private readonly Lazy<ILookup<string, Rental>> byLabel = new(() => rentals.Where(r => r.Label is not null).ToLookup(r => r.Label!, StringComparer.Ordinal));
    private readonly Lazy<ILookup<string, Rental>> byJob = new(() => rentals.Where(r => r.Label?.Contains('/', StringComparison.Ordinal) is true).ToLookup(r => r.Label![..r.Label!.LastIndexOf('/')], StringComparer.Ordinal));
    private readonly Lazy<ILookup<string, Rental>> onBid = new(() => rentals.Where(r => r.Interruptible).ToLookup(r => r.MachineId, StringComparer.Ordinal));

    public int Count => rentals.Count;

    public Rental this[int index] => rentals[index];

    /// <summary>Null: it is not shown.</summary>
    public Rental? WithId(string? id) => id is null ? null : byId.Value[id].FirstOrDefault();

    /// <summary>Those with the id or the label, by id.</summary>
    public IEnumerable<Rental> WithIdOrLabel(string? id, string label) =>
        (id is null ? byLabel.Value[label] : byLabel.Value[label].Concat(byId.Value[id].Where(r => r.Label != label))).OrderBy(r => r.Id, StringComparer.Ordinal);

    /// <summary>Those whose labels are this one up to its last slash, which parts an attempt from its job.</summary>
    public IEnumerable<Rental> OfTheJobOf(string label) => byJob.Value[label[..label.LastIndexOf('/')]];

    /// <summary>Those on a bid on that machine.</summary>
    public IEnumerable<Rental> BidsOn(string machineId) => onBid.Value[machineId];

    public IEnumerator<Rental> GetEnumerator() => rentals.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
