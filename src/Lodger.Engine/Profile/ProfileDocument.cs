using System.Globalization;
using System.Text.RegularExpressions;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Profile;

/// <summary>One profile file being read: every fact with its source and month, the typed ones by their keys.</summary>
internal sealed partial class ProfileDocument(string file, List<SpecError> errors)
{
    private static readonly string[] OverrideNames = ["DATA_DIR", "DURABLE_DIR", "PROXY_HOOK", "CRED_FILE", "SCRATCH", "HF_HOME", "DETACH"];

    private readonly Dictionary<string, Fact> facts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, YamlNode> places = new(StringComparer.Ordinal);

    /// <summary>Meaningful only when no error was added.</summary>
    public PlatformProfile? Read(YamlNode root)
    {
        if (root is not YamlMap map)
        {
            Add(root, "", "A profile is a mapping: platform, facts, storage_tiers, danger_clocks, risks, gotchas, overrides.");
            return null;
        }

        RefuseOthers(map, "", "platform", "title", "purpose", "facts", "storage_tiers", "danger_clocks", "risks", "gotchas", "overrides");
        foreach (YamlEntry section in Map(map, "facts", ""))
        {
            if (section.Value is not YamlMap sectionMap)
                Add(section.Value, $"facts.{section.Key.Value}", "A section is a mapping from keys to facts.");
            else
                ReadFacts(sectionMap.Entries, section.Key.Value);
        }

        var overrides = Map(map, "overrides", "");
        ReadFacts(overrides, "overrides");
        foreach (YamlEntry extra in overrides.Where(entry => !OverrideNames.Contains(entry.Key.Value)))
            Add(extra.Key, $"overrides.{extra.Key.Value}", $"Nothing reads this. Known: {string.Join(", ", OverrideNames)}.");

        // Everything is read before anything is concluded, so that all that is wrong is said at once.
        return new PlatformProfile
        {
            Name = Text(map, "platform", ""),
            Title = Text(map, "title", ""),
            Purpose = Text(map, "purpose", ""),
            MeterStopVerb = Value(map, "summary.meter_stop_verb"),
            MeterStopIrreversible = Typed(map, "summary.meter_stop_irreversible", "true or false", bool.TryParse, false),
            SpotGrace = Value(map, "summary.spot_grace") is "0s" ? TimeSpan.Zero : Duration(map, "summary.spot_grace"),
            MinDiskGb = (int)(Size(map, "storage.disk_min") / 1_000_000_000),
            MaxPorts = Count(map, "network.max_ports"),
            OnstartMaxChars = Count(map, "launch.onstart_max_chars"),
            BootWindow = Duration(map, "launch.boot_window"),
            SchedulingWindow = Duration(map, "spot.scheduling_window"),
            ProxyTransferMaxBytes = Size(map, "network.proxy_max_transfer"),
            DataKeptAfterContractEnd = Duration(map, "billing.data_after_contract_end"),
            DestroySettles = Duration(map, "billing.destroy_settles"),
            ListPageRentals = Count(map, "api.list_page"),
            ListSpacing = Duration(map, "api.list_spacing"),
            Overrides = new ScriptOverrides
            {
                DataDir = Value(map, "overrides.DATA_DIR"),
                DurableDir = Value(map, "overrides.DURABLE_DIR"),
                ProxyHook = Value(map, "overrides.PROXY_HOOK"),
                CredFile = Value(map, "overrides.CRED_FILE"),
                Scratch = Value(map, "overrides.SCRATCH").Split(' ', StringSplitOptions.RemoveEmptyEntries),
                HfHome = Value(map, "overrides.HF_HOME"),
                Detach = Value(map, "overrides.DETACH"),
            },
            Storage = List(map, "storage_tiers", ReadTier, "name", "path", "survives_stop", "survives_destroy", "survives_host_loss", "billing", "source", "verified"),
            DangerClocks = List(map, "danger_clocks", ReadDanger, "id", "text", "source", "verified"),
            Risks = List(map, "risks", ReadDanger, "id", "text", "source", "verified"),
            Gotchas = List(map, "gotchas", ReadGotcha, "id", "title", "symptom", "cause", "fix", "source", "verified"),
            Facts = facts,
        };
    }

    private void ReadFacts(IReadOnlyList<YamlEntry> entries, string section)
    {
        foreach (YamlEntry entry in entries)
        {
            string key = $"{section}.{entry.Key.Value}";
            places[key] = entry.Value;
            if (entry.Value is not YamlMap map)
            {
                Add(entry.Value, key, "A fact is {value, source, verified}, with note and other where they help.");
                continue;
            }

            RefuseOthers(map, key, "value", "source", "verified", "note", "other");
            facts[key] = new Fact(Text(map, "value", key, mayBeEmpty: true), Text(map, "source", key), Month(map, key))
            {
                Note = map.Find("note") is null ? "" : Text(map, "note", key),
                Other = map.Find("other") is { Value: YamlMap other } ? ReadOther(other, key + ".other") : null,
            };
        }
    }

    private OtherReading ReadOther(YamlMap map, string key)
    {
        RefuseOthers(map, key, "value", "source", "verified");
        return new OtherReading(Text(map, "value", key), Text(map, "source", key), Month(map, key));
    }

    private StorageTier ReadTier(YamlMap map, string key) => new(
        Text(map, "name", key), Text(map, "path", key), Flag(map, "survives_stop", key), Flag(map, "survives_destroy", key),
        Flag(map, "survives_host_loss", key), Text(map, "billing", key), Text(map, "source", key), Month(map, key));

    private Danger ReadDanger(YamlMap map, string key) => new(Text(map, "id", key), Text(map, "text", key), Text(map, "source", key), Month(map, key));

    private Gotcha ReadGotcha(YamlMap map, string key) => new(
        Text(map, "id", key), Text(map, "title", key), Text(map, "symptom", key), Text(map, "cause", key), Text(map, "fix", key), Text(map, "source", key), Month(map, key));

    private List<T> List<T>(YamlMap map, string key, Func<YamlMap, string, T> read, params string[] fields)
    {
        var items = new List<T>();
        if (map.Find(key)?.Value is not YamlList { Items.Count: > 0 } list)
        {
            Add(map.Find(key)?.Value ?? map, key, "A list with at least one entry is needed here.");
            return items;
        }

        foreach (YamlNode item in list.Items)
        {
            string place = $"{key}[{items.Count}]";
            if (item is YamlMap itemMap)
            {
                RefuseOthers(itemMap, place, fields);
                items.Add(read(itemMap, place));
            }
            else
            {
                Add(item, place, $"An entry is a mapping of {string.Join(", ", fields)}.");
            }
        }

        return items;
    }

    private IReadOnlyList<YamlEntry> Map(YamlMap map, string key, string parent)
    {
        if (map.Find(key)?.Value is YamlMap found)
            return found.Entries;

        Add(map.Find(key)?.Value ?? map, parent.Length == 0 ? key : $"{parent}.{key}", "A mapping is needed here.");
        return [];
    }

    private string Text(YamlMap map, string key, string parent, bool mayBeEmpty = false)
    {
        string place = parent.Length == 0 ? key : $"{parent}.{key}";
        switch (map.Find(key)?.Value)
        {
            case YamlScalar scalar when scalar.Value.Trim().Length > 0 || (mayBeEmpty && !scalar.IsPlain):
                return scalar.Value;
            case { } other:
                Add(other, place, "Text is needed here.");
                return "";
            default:
                Add(map, place, $"{key} is missing.");
                return "";
        }
    }

    private string Month(YamlMap map, string parent)
    {
        string month = Text(map, "verified", parent);
        if (month.Length > 0 && !YearAndMonth().IsMatch(month))
            Add(map.Find("verified")!.Value, $"{parent}.verified", "Write the year and month in which somebody checked, for example 2026-06.");
        return month;
    }

    private bool Flag(YamlMap map, string key, string parent)
    {
        string text = Text(map, key, parent);
        if (text is "true" or "false")
            return text == "true";

        if (text.Length > 0)
            Add(map.Find(key)!.Value, $"{parent}.{key}", "Write true or false.");
        return false;
    }

    private string Value(YamlMap root, string key)
    {
        if (facts.TryGetValue(key, out Fact? fact))
            return fact.Value;

        if (!places.ContainsKey(key))
            Add(root, key, "This fact is missing; Lodger reads it.");
        return "";
    }

    private TimeSpan Duration(YamlMap root, string key) => Typed<TimeSpan>(root, key, "a duration such as 30s or 48h", Quantity.TryParseDuration, default);

    private long Size(YamlMap root, string key) => Typed<long>(root, key, "a size such as 10GB", Quantity.TryParseSize, default);

    private int Count(YamlMap root, string key) => Typed<int>(
        root, key, "a whole number above zero", static (string? text, out int n) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out n) && n > 0, default);

    private delegate bool TryParse<T>(string? text, out T value);

    private T Typed<T>(YamlMap root, string key, string form, TryParse<T> tryParse, T otherwise)
    {
        string text = Value(root, key);
        if (tryParse(text, out T value))
            return value;

        if (places.TryGetValue(key, out YamlNode? place))
            Add((place as YamlMap)?.Find("value")?.Value ?? place, key, $"Write {form}.");
        return otherwise;
    }

    private void RefuseOthers(YamlMap map, string parent, params string[] known)
    {
        foreach (YamlEntry entry in map.Entries.Where(entry => !known.Contains(entry.Key.Value)))
            Add(entry.Key, parent.Length == 0 ? entry.Key.Value : $"{parent}.{entry.Key.Value}", $"Nothing reads this. Known here: {string.Join(", ", known)}.");
    }

    private void Add(YamlNode place, string field, string message) => errors.Add(new SpecError(file, place.Line, place.Column, field, message));

    [GeneratedRegex(@"^20[0-9]{2}-(0[1-9]|1[0-2])$", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex YearAndMonth();
}
