using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Artifacts;
using Lodger.Domain.Problems;

namespace Lodger.Server.Hooks;

/// <summary>One file an account, readable by its user alone from its first byte on. A file that others can read, or that cannot be read, is a problem and not skipped in silence.</summary>
internal sealed class HookFiles(string directory)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int BytesMax = 16 << 10;

    /// <summary>What is stored, and what could not be read.</summary>
    public (IReadOnlyList<Hook> Hooks, IReadOnlyList<Problem> Problems) Load()
    {
        List<Hook> hooks = [];
        List<Problem> problems = [];
        foreach (var path in (Directory.Exists(directory) ? Directory.GetFiles(directory, "*.json") : []).Order(StringComparer.Ordinal))
        {
            var read = Read(path);
            if (read.Problem is { } problem)
                problems.Add(problem);
            else
                hooks.Add(read.Value);
        }

        return (hooks, problems);
    }

    public Outcome<Done> Save(Hook hook)
    {
        var path = PathOf(hook.Account);
        var fresh = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, Owner | UnixFileMode.UserExecute);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = Owner;
            using (var file = new FileStream(fresh, options))
            {
                JsonSerializer.Serialize(file, hook, HookJson.Default.Hook);
                file.Flush(flushToDisk: true);
            }

            File.Move(fresh, path, overwrite: true);
            return Done.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(fresh);
            return new Problem("webhook-not-stored", $"The subscription could not be stored in {path}: {PrintableText.Of(e.Message)}", "Make the directory writable for you.", ExitCode.Prerequisite);
        }
    }

    public void Delete(string account)
    {
        if (Directory.Exists(directory))
            File.Delete(PathOf(account));
    }

    /// <summary>Accounts have names that are file names.</summary>
    private string PathOf(string account) => Path.Combine(directory, account + ".json");

    private static Outcome<Hook> Read(string path)
    {
        const UnixFileMode others = ~(Owner | UnixFileMode.UserExecute);
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & others) != UnixFileMode.None)
                return new Problem("webhook-readable-by-others", $"Others on this machine can read the secret in {path}: nothing is taken with it.", $"chmod 600 '{path}', then subscribe anew: lodger webhook add", ExitCode.BadInput);
            if (new FileInfo(path).Length <= BytesMax && JsonSerializer.Deserialize(File.ReadAllBytes(path), HookJson.Default.Hook) is { Secret.Length: > 0 } hook && Path.GetFileNameWithoutExtension(path) == hook.Account)
                return hook;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Said below.
        }

        return new Problem("webhook-unreadable", $"{path} is no stored subscription.", "Subscribe anew: lodger webhook add", ExitCode.BadInput);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(Hook))]
internal sealed partial class HookJson : JsonSerializerContext;
