using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Clocks;

namespace Lodger.Cli.Composition;

/// <summary>Reads <c>notify.json</c>. No error repeats what stands in it: an address or a command may hold a token.</summary>
internal static class NotifyFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static Outcome<NotifySettings> Read(string path)
    {
        try
        {
            if (!File.Exists(path))
                return NotifySettings.None;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
                return Wrong(path, "others can read it or write to it", $"chmod 600 {path}");
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), NotifyJson.Default.NotifyDocument) is { } document
                ? Settings(path, document)
                : Wrong(path, "it holds nothing", Form);
        }
        catch (JsonException)
        {
            return Wrong(path, "it is no JSON object with command, webhook and lead", Form);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Wrong(path, "it cannot be read", $"ls -l {path}");
        }
    }

    private const string Form = """{"command": "...", "webhook": "https://...", "lead": "24h"}""";

    private static Outcome<NotifySettings> Settings(string path, NotifyDocument document)
    {
        Uri? webhook = null;
        if (document.Webhook is { } address && !(Uri.TryCreate(address, UriKind.Absolute, out webhook) && webhook.Scheme is "https" or "http"))
            return Wrong(path, "webhook is no http or https address", Form);
        var lead = NotifySettings.DefaultLead;
        if (document.Lead is { } text && !Quantity.TryParseDuration(text, out lead))
            return Wrong(path, "lead is no duration such as 24h", Form);
        return new NotifySettings(string.IsNullOrWhiteSpace(document.Command) ? null : document.Command, webhook, lead);
    }

    private static Problem Wrong(string path, string why, string fix) => new("notify-file", $"Nobody is told of clocks: {path} cannot be used, {why}.", fix, ExitCode.BadInput);
}

/// <summary>The file as it is written.</summary>
internal sealed record NotifyDocument(string? Command = null, string? Webhook = null, string? Lead = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(NotifyDocument))]
internal sealed partial class NotifyJson : JsonSerializerContext;
