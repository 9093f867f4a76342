using Lodger.Domain.Market;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Adapter;

/// <summary>The charge rows of one rental, added up by what they are for.</summary>
internal static class ChargesReading
{
    public static Charges Read(string rentalId, IEnumerable<VastCharge> rows)
    {
        decimal gpu = 0, disk = 0, upload = 0, download = 0;
        foreach (var row in rows.Where(row => row.Source == $"instance-{rentalId}"))
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
}
