using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Copying;

/// <summary>What the prefix of a copy's source or destination names.</summary>
internal enum PlaceKind
{
    /// <summary>The caller's own machine.</summary>
    Local,

    /// <summary>An instance: <c>123</c> or <c>C.123</c>.</summary>
    Instance,

    /// <summary>A volume: <c>V.123</c>.</summary>
    Volume,

    /// <summary>A cloud connection: <c>s3.123</c>, or the kind alone when the account has one of it.</summary>
    Cloud,
}

/// <summary>One end of a copy.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Instance, volume or connection; 0 for none.</param>
/// <param name="Cloud">Kind of cloud.</param>
/// <param name="Path">Path there, as it was sent.</param>
internal sealed record Place(PlaceKind Kind, long Id, string Cloud, string Path)
{
    private const int PathCharactersMax = 4096;

    /// <summary>Reads the id (a number, a string, or nothing for local) and the path of one end; null when the id is none.</summary>
    public static Place? Read(JsonNode? id, string path)
    {
        var text = id?.ToString() ?? "local";
        if (text is "local" or "") return new Place(PlaceKind.Local, 0, "", path);
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var (kind, number) = dot < 0 ? ("", text) : (text[..dot], text[(dot + 1)..]);
        if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var found))
        {
            return kind switch
            {
                "" or "C" => new Place(PlaceKind.Instance, found, "", path),
                "V" => new Place(PlaceKind.Volume, found, "", path),
                _ => new Place(PlaceKind.Cloud, found, kind, path),
            };
        }

        return dot < 0 && text.All(char.IsAsciiLetterOrDigit) ? new Place(PlaceKind.Cloud, 0, text, path) : null;
    }

    /// <summary>Whether the path names something within its place, without steps upwards.</summary>
    public bool HasGoodPath => Path.Length is > 0 and <= PathCharactersMax && !Path.Contains('\0', StringComparison.Ordinal) && !Parts.Contains("..");

    /// <summary>Whether a copy onto it would break an instance's ssh.</summary>
    public bool IsForbiddenTarget => Kind == PlaceKind.Instance && Normal is "/" or "/root";

    /// <summary>The path with one slash between its parts and, if it had one, at its end (rsync takes "folder/" for the folder's content).</summary>
    public string Clean => Parts.Count == 0 ? "/" : Normal + (Path.EndsWith('/') ? "/" : "");

    private string Normal => "/" + string.Join('/', Parts);

    private List<string> Parts => [.. Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];
}
