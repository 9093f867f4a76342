using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Profile;

/// <summary>Reads a platform's facts from YAML: <c>profiles/NAME.yaml</c> as shipped with Lodger, or any file of the same form.</summary>
public static class ProfileReader
{
    private const string ResourcePrefix = "profiles/";

    /// <summary>The profile of vast.ai that is built into Lodger.</summary>
    public static PlatformProfile VastAi => BuiltIn("vastai").Value;

    /// <param name="name">Without its ending, for example <c>vastai</c>.</param>
    public static Outcome<PlatformProfile> BuiltIn(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using Stream? stream = typeof(ProfileReader).Assembly.GetManifestResourceStream(ResourcePrefix + name + ".yaml");
        if (stream is null)
            return new Problem("profile-not-found", $"There is no profile named '{name}'.", $"Built in: {string.Join(", ", BuiltInNames())}.", ExitCode.NotFound);

        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), name + ".yaml");
    }

    public static IReadOnlyList<string> BuiltInNames() =>
    [
        .. typeof(ProfileReader).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..^".yaml".Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A profile from a file of the user's own.</summary>
    public static Outcome<PlatformProfile> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            if (new FileInfo(path).Length > YamlText.CharactersMax * 4L)
                return Malformed($"{path}: larger than any profile.");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("profile-not-found", $"The profile {path} cannot be read: {e.Message}", "Name a file that you can read.", ExitCode.NotFound);
        }
    }

    /// <param name="file">What errors call it.</param>
    public static Outcome<PlatformProfile> Parse(string text, string file)
    {
        ArgumentNullException.ThrowIfNull(text);
        var errors = new List<SpecError>();
        YamlNode? root = YamlText.Parse(text, file, errors);
        if (root is null && errors.Count == 0)
            errors.Add(new SpecError(file, 1, 1, "", "The profile is empty."));

        PlatformProfile? profile = root is null ? null : new ProfileDocument(file, errors).Read(root);
        return errors.Count == 0 ? profile! : Malformed(string.Join('\n', errors));
    }

    private static Problem Malformed(string message) =>
        new("profile-malformed", message, "Correct the profile, or leave it out to use the one that is built in.", ExitCode.BadInput);
}
