using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Domain.Problems;

namespace Lodger.Server.Access;

/// <summary>The listener that <c>lodger server start --public</c> asked for, so that it is there again whoever starts the server next. It names files and holds no secret.</summary>
internal sealed class DoorFile(string path)
{
    /// <summary>Null: none is kept.</summary>
    public Outcome<DoorOptions>? Load()
    {
        try
        {
            if (!File.Exists(path))
                return null;
            if (JsonSerializer.Deserialize(File.ReadAllBytes(path), DoorJson.Default.KeptDoor) is { } kept)
                return DoorOptions.Parse(kept.Listen, kept.CertificateFile, kept.KeyFile, kept.BehindProxy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Said below.
        }

        return new Problem("door-unreadable", $"{path} does not say on which public address to listen.", "Say it again:  lodger server start --public ADDRESS:PORT", ExitCode.BadInput);
    }

    public Outcome<Done> Save(DoorOptions options)
    {
        try
        {
            var fresh = $"{path}.{Guid.NewGuid():N}.new";
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(fresh, JsonSerializer.SerializeToUtf8Bytes(new KeptDoor(options.Listen.ToString(), options.CertificateFile, options.KeyFile, options.BehindProxy), DoorJson.Default.KeptDoor));
            File.Move(fresh, path, overwrite: true);
            return Done.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("door-not-kept", $"It is open now, and will not be after a restart: {path} could not be written.", "Make the directory writable for you.", ExitCode.Prerequisite);
        }
    }

    public void Delete() => File.Delete(path);
}

internal sealed record KeptDoor(string Listen, string? CertificateFile, string? KeyFile, bool BehindProxy);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(KeptDoor))]
internal sealed partial class DoorJson : JsonSerializerContext;
