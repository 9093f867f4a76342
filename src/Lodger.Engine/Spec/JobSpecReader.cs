using System.Buffers;
using System.Text;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <summary>Reads <c>job.yaml</c> (docs/job-yaml.md) against a platform's limits. Says everything that is wrong at once.</summary>
public static class JobSpecReader
{
    /// <summary>Reads a file; what it names locally (<c>code:</c>) is relative to the file's own directory.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="profile">The platform whose limits hold.</param>
    /// <param name="shownAs">What errors call it; null: by its path.</param>
    public static Outcome<SpecReading> Read(string path, PlatformProfile profile, string? shownAs = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(profile);
        var file = shownAs ?? path;
        try
        {
            var info = new FileInfo(path);
            if (Directory.Exists(path))
                return new Problem("spec-not-found", $"{file} is a directory.", $"Name the job's file, for example {Path.Combine(file, "job.yaml")}", ExitCode.NotFound);
            if (!info.Exists)
                return new Problem("spec-not-found", $"There is no file {file}.", "lodger init  writes one for the directory you are in.", ExitCode.NotFound);
            if (BoundedFile.Read(path, YamlText.CharactersMax * 4) is not { } bytes)
                return new Problem("spec-invalid", $"{file} is larger than any job's file (more than {YamlText.CharactersMax * 4} bytes).", "Name the job's YAML file.", ExitCode.BadInput);
            var readable = ReadableBytes(bytes);
            if (readable < bytes.Length)
            {
                // Editors of Windows write it so, with a mark in front.
                var isWide = bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..];
                var before = Encoding.UTF8.GetString(bytes.AsSpan(0, readable));
                return new Problem(
                    "spec-invalid",
                    $"{file}:{before.Count(c => c == '\n') + 1}:{before.Length - before.LastIndexOf('\n')}: byte 0x{bytes[readable]:X2} is no UTF-8.",
                    $"Save the file as UTF-8. From {(isWide ? "UTF-16:  iconv -f utf-16" : "Latin-1:  iconv -f latin1")} -t utf-8 {file} > {Path.ChangeExtension(file, ".utf8.yaml")}",
                    ExitCode.BadInput);
            }

            // Without the mark that some editors write before everything.
            return Parse(Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF'), file, info.DirectoryName!, profile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("spec-not-found", $"{file} cannot be read: {e.Message}", "Name a file that you can read.", ExitCode.NotFound);
        }
    }

    /// <summary>How many bytes are UTF-8, from the beginning.</summary>
    private static int ReadableBytes(ReadOnlySpan<byte> bytes)
    {
        var read = 0;
        while (read < bytes.Length && Rune.DecodeFromUtf8(bytes[read..], out _, out var taken) == OperationStatus.Done)
            read += taken;
        return read;
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
