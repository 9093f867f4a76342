using System.Globalization;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <content>How the machine is paid for, and what may happen when it is lost.</content>
internal sealed partial class JobDocument
{
    private const decimal BidMaxUsd = 1000;

    /// <summary>More copies of one checkpoint than this are an archive, not a safety.</summary>
    private const int KeepMax = 1000;

    private void ReadRent(YamlNode node)
    {
        if (fields.Text(node, "rent") is not { } text)
            return;
        switch (text)
        {
            case "on-demand": rent = RentMode.OnDemand; break;
            case "interruptible": rent = RentMode.Interruptible; break;
            case "auto": rent = RentMode.Auto; break;
            default:
                fields.Add(node, "rent", text switch
                {
                    "bid" or "spot" => $"'{text}' is written  rent: interruptible",
                    "reserved" => "Lodger does not reserve machines. Write  rent: on-demand",
                    _ => $"'{SpecFields.Short(text)}' is no way to rent. Write on-demand, interruptible or auto.",
                });
                break;
        }
    }

    private void ReadBid(YamlNode node)
    {
        if (node is YamlMap map)
        {
            decimal? cap = null;
            var mayRaise = false;
            foreach (YamlEntry entry in fields.Entries(map, "bid", JobFields.Bid))
            {
                if (entry.Key.Value == "max")
                    cap = UsdPerHour(entry.Value, "bid.max");
                else
                    mayRaise = fields.Word(entry.Value, "bid.raise", "true", "false") == "true";
            }

            bid = cap is null ? null : new BidSpec(null, cap, mayRaise);
            if (map.Entries.Count == 0)
                fields.Add(node, "bid", "Write  bid: {max: 0.30}  for a cap, a number for a fixed bid, or leave bid out to bid what the market asks.");
            else if (map.Find("max") is null)
                fields.Add(node, "bid", "A bid that may be raised needs its limit. Write  bid: {max: 0.30, raise: true}");
        }
        else if (node is YamlScalar { Value: "market" })
        {
            bid = null;
        }
        else if (UsdPerHour(node, "bid") is { } exact)
        {
            bid = new BidSpec(exact, null);
        }
    }

    private decimal? UsdPerHour(YamlNode node, string field)
    {
        if (fields.Text(node, field) is not { } text)
            return null;
        if (decimal.TryParse(text.Trim().TrimStart('$'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal usd) && usd > 0 && usd <= BidMaxUsd)
            return usd;
        fields.Add(node, field, $"'{SpecFields.Short(text)}' is not a price per hour. Write US dollars for the whole machine, for example:  bid: 0.25");
        return null;
    }

    private void ReadDeadline(YamlNode node)
    {
        if (fields.Text(node, "deadline") is not { } text)
            return;
        if (Quantity.TryParseDuration(text, out TimeSpan within))
            deadline = new DeadlineSpec(within, null);
        else if (DateTimeOffset.TryParseExact(text.Trim(), ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset at) && NamesZone(text.Trim()))
            deadline = new DeadlineSpec(null, at.ToUniversalTime());
        else
            fields.Add(node, "deadline", $"'{SpecFields.Short(text)}' is neither a duration from the submission (36h) nor a moment with its zone. Write for example:  deadline: 2026-12-01T09:00+01:00");
    }

    /// <summary>A moment without a zone means another hour wherever it is read.</summary>
    private static bool NamesZone(string text) => text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');

    private void ReadMirror(YamlNode node)
    {
        int keep = MirrorSpec.Default.Keep;
        List<string> pin = [];
        foreach (YamlEntry entry in fields.Entries(node, "mirror", JobFields.Mirror))
        {
            if (entry.Key.Value == "keep")
                keep = fields.Count(entry.Value, "mirror.keep", KeepMax) ?? keep;
            else
                pin = ReadPatterns(entry.Value, "mirror.pin");
        }

        mirror = new MirrorSpec(keep, pin);
    }

    /// <summary>What belongs to one way of renting only.</summary>
    private void CheckRent(YamlMap map)
    {
        if (rent == RentMode.OnDemand)
        {
            foreach (string field in (string[])["bid", "patience", "deadline"])
            {
                if (map.Find(field) is { } entry)
                    fields.Add(entry.Key, field, "Only an interruptible rental has this. Write  rent: interruptible  or  rent: auto, or remove it.");
            }
        }
        else if (map.Find("rent") is { } written && checkpoints.Count == 0)
        {
            fields.Add(written.Value, "rent", "An interruptible rental is lost without notice: say which files the job goes on from. Write for example:  checkpoints: [checkpoints/*.pt]");
        }
    }
}
