namespace Lodger.Marketplace.Metrics;

/// <summary>Where the places of the catalog are: the middle of the country or state and its largest city.</summary>
internal static class Places
{
    private static readonly Dictionary<string, (double Latitude, double Longitude, string City)> Known = new(StringComparer.Ordinal)
    {
        ["Sweden, SE"] = (59.3293, 18.0686, "Stockholm"),
        ["Poland, PL"] = (52.2297, 21.0122, "Warsaw"),
        ["California, US"] = (34.0522, -118.2437, "Los Angeles"),
        ["Texas, US"] = (29.7604, -95.3698, "Houston"),
        ["Quebec, CA"] = (45.5019, -73.5674, "Montreal"),
        ["Germany, DE"] = (52.5200, 13.4050, "Berlin"),
        ["Czechia, CZ"] = (50.0755, 14.4378, "Prague"),
        ["Taiwan, TW"] = (25.0330, 121.5654, "Taipei"),
        ["Norway, NO"] = (59.9139, 10.7522, "Oslo"),
        ["France, FR"] = (48.8566, 2.3522, "Paris"),
        ["Japan, JP"] = (35.6762, 139.6503, "Tokyo"),
    };

    /// <summary>A place that is not known lies at 0, 0 and has its own name.</summary>
    public static (double Latitude, double Longitude, string City) Of(string place) => Known.TryGetValue(place, out var known) ? known : (0, 0, place.Split(',')[0]);
}
