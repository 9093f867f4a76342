using System.Text.Json;

namespace Lodger.Marketplace.Store;

/// <summary><c>market.json</c>: appears whole or not at all, readable by its user alone.</summary>
internal static class MarketFile
{
    private const string Name = "market.json";
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static void Write(string directory, MarketAccess access)
    {
        var path = Path.Combine(directory, Name);
        var fresh = path + ".new";
        File.Delete(fresh);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var file = new FileStream(fresh, options)) JsonSerializer.Serialize(file, access, Json);
        File.Move(fresh, path, overwrite: true);
    }

    public static void Delete(string directory) => File.Delete(Path.Combine(directory, Name));
}
