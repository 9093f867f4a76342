using System.Globalization;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Import;

/// <summary>dstack's run configuration of the type task (its reference, 2026).</summary>
internal static class DstackTask
{
    public static void Read(YamlMap task, TaskDraft draft)
    {
        string? python = null;
        foreach (var entry in task.Entries)
        {
            var (field, value) = (entry.Key.Value, entry.Value);
            switch (field)
            {
                case "type" when value is YamlScalar { Value: "task" }: break;
                case "type": draft.Note(value, field, "only tasks have a counterpart: a command that ends. Its command was taken."); break;
                case "name": draft.Name = TaskParts.Text(value, field, draft); break;
                case "image": draft.Image = TaskParts.Text(value, field, draft); break;
                case "python": python = TaskParts.Text(value, field, draft); break;
                case "env": Variables(value, draft); break;
                case "commands": draft.Run = string.Join('\n', TaskParts.Items(value).Select(v => TaskParts.Text(v, field, draft)).OfType<string>()); break;
                case "ports":
                    foreach (var port in TaskParts.Items(value))
                        TaskParts.Port(port, draft);
                    break;
                case "spot_policy": draft.Rent = TaskParts.Text(value, field, draft) switch { "spot" => "interruptible", "auto" => "auto", _ => null }; break;
                case "max_price" when TaskParts.Text(value, field, draft) is { } price && decimal.TryParse(price, NumberStyles.Number, CultureInfo.InvariantCulture, out var most):
                    draft.Offers.Add(string.Create(CultureInfo.InvariantCulture, $"dph<={most}"));
                    break;
                case "max_duration": draft.Note(value, field, "has no counterpart: budget stops what costs too much, and deadline says when it has to be done."); break;
                case "resources": Resources(value, draft); break;
                case "nodes" when value is YamlScalar { Value: "1" }: break;
                case "nodes": draft.Note(value, field, "a job of Lodger's has one machine."); break;
                case "repos" or "files" or "working_dir": draft.Note(value, field, "code is one local directory, this one if nothing else is written there."); break;
                case "volumes": draft.Note(value, field, "a volume of the marketplace is one machine's: see  lodger volume search, and volume in job.yaml."); break;
                case "retry": draft.Note(value, field, "needs nothing here: a preempted job resumes by itself, on the same machine or another."); break;
                case "registry_auth": draft.Note(value, field, "a private image's login goes under registry, with its password as the name of a secret."); break;
                default: draft.Note(value, field, "has no counterpart; it was left out."); break;
            }
        }

        if (draft.Image is null && python is not null)
            draft.Image = $"python:{python}-slim";
    }

    /// <summary>A list of <c>NAME=VALUE</c> and <c>NAME</c>, or a mapping.</summary>
    private static void Variables(YamlNode node, TaskDraft draft)
    {
        if (node is YamlMap map)
        {
            foreach (var entry in map.Entries)
                draft.Variable(entry.Value, entry.Key.Value, TaskParts.Text(entry.Value, entry.Key.Value, draft));
            return;
        }

        foreach (var item in TaskParts.Items(node))
        {
            if (TaskParts.Text(item, "env", draft) is not { } text)
                continue;
            var split = text.IndexOf('=', StringComparison.Ordinal);
            draft.Variable(item, split < 0 ? text : text[..split], split < 0 ? null : text[(split + 1)..]);
        }
    }

    private static void Resources(YamlNode node, TaskDraft draft)
    {
        foreach (var entry in node is YamlMap map ? map.Entries : [])
        {
            var (field, value) = ($"resources.{entry.Key.Value}", entry.Value);
            switch (entry.Key.Value)
            {
                case "gpu" when value is YamlMap gpu: Gpu(gpu, draft); break;
                case "gpu": Gpu(TaskParts.Text(value, field, draft) ?? "", value, draft); break;
                case "disk":
                    var size = value is YamlMap disk ? disk.Find("size")?.Value : value;
                    draft.DiskGb = size is not null && TaskParts.Text(size, field, draft) is { } text ? TaskParts.Gigabytes(text) : null;
                    if (draft.DiskGb is null)
                        draft.Note(value, field, "was not understood; the usual size stands there instead.");
                    break;
                case "cpu": TaskParts.AtLeast(value, field, "cpu_cores_effective", draft); break;
                case "memory": TaskParts.AtLeast(value, field, "cpu_ram", draft); break;
                case "shm_size": draft.Note(value, field, "the host decides it; the doctor warns when a job runs out of it."); break;
                default: draft.Note(value, field, "has no counterpart; it was left out."); break;
            }
        }
    }

    /// <summary><c>24GB</c>, <c>A100:80GB:2</c>, <c>RTX4090,RTX3090:2</c>, in any order of its parts.</summary>
    private static void Gpu(string text, YamlNode at, TaskDraft draft)
    {
        foreach (var part in text.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
                draft.GpuCount = count;
            else if (char.IsAsciiDigit(part[0]) && TaskParts.Gigabytes(part) is { } memory)
                draft.GpuMemoryGb = memory;
            else if (char.IsAsciiDigit(part[0]))
                draft.Note(at, "resources.gpu", $"{part} was not understood; it was left out.");
            else
                foreach (var name in part.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                    TaskParts.Gpu(name, draft, at);
        }
    }

    private static void Gpu(YamlMap gpu, TaskDraft draft)
    {
        foreach (var entry in gpu.Entries)
        {
            var field = $"resources.gpu.{entry.Key.Value}";
            switch (entry.Key.Value)
            {
                case "name":
                    foreach (var name in TaskParts.Items(entry.Value).Select(n => TaskParts.Text(n, field, draft)).OfType<string>())
                        TaskParts.Gpu(name, draft, entry.Value);
                    break;
                case "memory" when TaskParts.Text(entry.Value, field, draft) is { } memory && TaskParts.Gigabytes(memory) is { } gigabytes: draft.GpuMemoryGb = gigabytes; break;
                case "count" when TaskParts.Text(entry.Value, field, draft) is { } count && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0: draft.GpuCount = number; break;
                default: draft.Note(entry.Value, field, "has no counterpart; it was left out."); break;
            }
        }
    }
}
