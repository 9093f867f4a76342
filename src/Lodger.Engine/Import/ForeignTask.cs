using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Import;

/// <summary>A job.yaml made of another tool's task file.</summary>
/// <param name="Source">The other tool: <c>skypilot</c> or <c>dstack</c>.</param>
/// <param name="Yaml">The job.yaml.</param>
/// <param name="Notes">A line for everything that did not come along, or not as it was, with file, line and field.</param>
public sealed record ImportedTask(string Source, string Yaml, IReadOnlyList<string> Notes);

/// <summary>Reads task files of SkyPilot and dstack as far as one machine and one command go.</summary>
public static class ForeignTask
{
    public const string SkyPilot = "skypilot";
    public const string Dstack = "dstack";

    /// <param name="text">The YAML itself.</param>
    /// <param name="file">What errors and notes call it.</param>
    /// <param name="directory">Absolute; where the job.yaml will lie.</param>
    /// <param name="source">Null: whose it is shows in its fields.</param>
    /// <returns>A problem when it is not YAML, or a task of neither.</returns>
    public static Outcome<ImportedTask> Read(string text, string file, string directory, string? source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(directory);
        var errors = new List<SpecError>();
        if (YamlText.Parse(text, file, errors) is not YamlMap map || errors.Count > 0)
            return new Problem("task-unreadable", errors.Count > 0 ? string.Join('\n', errors) : $"{file}: A task is a mapping of fields.", "Name a task file of SkyPilot or dstack.", ExitCode.BadInput);
        var draft = new TaskDraft(file);
        switch (source ?? Guess(map))
        {
            case Dstack:
                DstackTask.Read(map, draft);
                break;
            case SkyPilot:
                SkyPilotTask.Read(map, draft);
                break;
            case { } other:
                return new Problem("task-source-unknown", $"Tasks of {other} are not known.", $"It can be {SkyPilot} or {Dstack}.", ExitCode.BadInput);
            default:
                return new Problem("task-source-unknown", $"{file} has neither  type:  (dstack) nor  run:  or  resources:  (SkyPilot).", "Name a task file of one of them, or say which it is with  --from", ExitCode.BadInput);
        }

        if (string.IsNullOrWhiteSpace(draft.Run))
            return new Problem("task-without-command", $"{file} names no command to run.", "Give it one, then import it again.", ExitCode.BadInput);
        return new ImportedTask(source ?? Guess(map)!, draft.ToYaml(source ?? Guess(map)!, directory), draft.Notes);
    }

    private static string? Guess(YamlMap map) => map.Find("type") is not null ? Dstack : map.Find("run") is not null || map.Find("resources") is not null ? SkyPilot : null;
}
