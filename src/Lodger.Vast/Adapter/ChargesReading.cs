using Lodger.Domain.Market;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Adapter;

/// <summary>The charge rows of an account, added up by rental and by what they are for, and by volume.</summary>
internal static class ChargesReading
{
    private const string RentalSource = "instance-";
    private const string VolumeSource = "volume-";

    public static AccountCharges Read(IReadOnlyList<VastCharge> rows) => new(
        Of(rows, RentalSource).ToDictionary(rental => rental.Key, rental => Sum(rental.Key, rental), StringComparer.Ordinal),
        Of(rows, VolumeSource).ToDictionary(volume => volume.Key, volume => Sum(volume), StringComparer.Ordinal));

    private static Charges Sum(string rentalId, IEnumerable<VastCharge> rows)
    {
        decimal gpu = 0, disk = 0, upload = 0, download = 0;
        foreach (var row in rows)
        {
            var parts = 0m;
            foreach (var part in row.Items ?? [])
            {
                if (part?.Amount is not { } amount) continue;
                parts += amount;
                switch (part.Type)
                {
                    case "disk":
                        disk += amount;
                        break;
                    case "bwu":
                        upload += amount;
                        break;
                    case "bwd":
                        download += amount;
                        break;
                    default:
                        gpu += amount;
                        break;
                }
            }

            // A row that is not broken down still was charged.
            if (parts == 0 && row.Amount is { } whole) gpu += whole;
        }

        return new Charges(rentalId, gpu, disk, upload, download);
    }

    /// <summary>By id.</summary>
    private static IEnumerable<IGrouping<string, VastCharge>> Of(IReadOnlyList<VastCharge> rows, string prefix) =>
        rows.Where(row => row.Source?.StartsWith(prefix, StringComparison.Ordinal) == true).GroupBy(row => row.Source![prefix.Length..], StringComparer.Ordinal);

    /// <summary>The parts, which are finer than their sum; a row that is not broken down as a whole.</summary>
    private static decimal Sum(IEnumerable<VastCharge> rows) =>
        rows.Sum(row => row.Items is { Count: > 0 } items ? items.Sum(item => item?.Amount ?? 0) : row.Amount ?? 0);
}
