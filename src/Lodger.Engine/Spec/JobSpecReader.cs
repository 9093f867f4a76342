using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <summary>Reads <c>job.yaml</c> (docs/job-yaml.md) against a platform's limits. Says everything that is wrong at once.</summary>
public static class JobSpecReader
{
    /// <summary>Reads a file; what it names locally (<c>code:</c>) is relative to the file's own directory.</summary>
    public static Outcome<SpecReading> Read(string path, PlatformProfile profile)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(profile);
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
                return new Problem("spec-not-found", $"There is no file {path}.", "lodger init writes one for the directory you are in.", ExitCode.NotFound);
            if (info.Length > YamlText.CharactersMax * 4L)
                return new Problem("spec-invalid", $"{path} is larger than any job's file ({info.Length} bytes).", "Name the job's YAML file.", ExitCode.BadInput);
            return Parse(File.ReadAllText(path), path, info.DirectoryName!, profile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("spec-not-found", $"{path} cannot be read: {e.Message}", "Name a file that you can read.", ExitCode.NotFound);
        }
    }

    /// <param name="text">The YAML itself.</param>
    /// <param name="file">What errors call it.</param>
    /// <param name="directory">Absolute; local paths in it are relative to this.</param>
    /// <param name="profile">The platform whose limits hold.</param>
    public static SpecReading Parse(string text, string file, string directory, PlatformProfile profile)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(profile);
        var errors = new List<SpecError>();
        JobSpec? spec = null;
        switch (YamlText.Parse(text, file, errors))
        {
            case YamlMap map:
                spec = new JobDocument(new SpecFields(file, errors), directory, profile).Read(map);
                break;
            case { } other:
                errors.Add(new SpecError(file, other.Line, other.Column, "", "A job is a mapping of fields. Begin with:  name: my-job"));
                break;
            case null when errors.Count == 0:
                errors.Add(new SpecError(file, 1, 1, "", "The file is empty. lodger init writes one to start from."));
                break;
        }

        return errors.Count == 0
            ? new SpecReading(spec, [])
            : new SpecReading(null, [.. errors.OrderBy(e => e.Line).ThenBy(e => e.Column)]);
    }
}
