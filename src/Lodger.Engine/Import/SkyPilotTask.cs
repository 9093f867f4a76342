using System.Globalization;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Import;

/// <summary>SkyPilot's task file (its documentation's "Task YAML", 2026).</summary>
internal static class SkyPilotTask
{
    private const string DockerImage = "docker:";

    public static void Read(YamlMap task, TaskDraft draft)
    {
        foreach (var entry in task.Entries)
        {
            var (field, value) = (entry.Key.Value, entry.Value);
            switch (field)
            {
                case "name": draft.Name = TaskParts.Text(value, field, draft); break;
                case "workdir" when value is YamlScalar: draft.Code = TaskParts.Text(value, field, draft); break;
                case "workdir": draft.Note(value, field, "a repository is not fetched: clone it, and name its directory as code."); break;
                case "setup": draft.Setup = TaskParts.Text(value, field, draft); break;
                case "run": draft.Run = TaskParts.Text(value, field, draft); break;
                case "resources": Resources(value, draft); break;
                case "envs" or "secrets": Variables(value, field, draft); break;
                case "num_nodes" when value is YamlScalar { Value: "1" }: break;
                case "num_nodes": draft.Note(value, field, "a job of Lodger's has one machine."); break;
                case "file_mounts" or "volumes": Mounts(value, field, draft); break;
                default: draft.Note(value, field, "has no counterpart; it was left out."); break;
            }
        }
    }

    private static void Variables(YamlNode node, string field, TaskDraft draft)
    {
        if (node is not YamlMap map)
        {
            draft.Note(node, field, "variables with their values were expected here; they were left out.");
            return;
        }

        foreach (var entry in map.Entries)
        {
            var value = TaskParts.Text(entry.Value, entry.Key.Value, draft);
            if (field == "secrets" && value is { Length: > 0 })
                draft.Note(entry.Value, entry.Key.Value, "the value of a secret does not belong into a file: it is read from your environment when you run the job.");
            draft.Variable(entry.Value, entry.Key.Value, field == "secrets" ? null : value);
        }
    }

    private static void Resources(YamlNode node, TaskDraft draft)
    {
        if (node is not YamlMap map)
        {
            draft.Note(node, "resources", "a mapping was expected here; it was left out.");
            return;
        }

        foreach (var entry in map.Entries)
        {
            var (field, value) = ($"resources.{entry.Key.Value}", entry.Value);
            switch (entry.Key.Value)
            {
                case "accelerators": Accelerators(value, draft); break;
                case "use_spot" when value is YamlScalar { Value: "true" or "True" or "yes" }: draft.Rent = "interruptible"; break;
                case "use_spot": break;
                case "disk_size":
                    draft.DiskGb = TaskParts.Text(value, field, draft) is { } size ? TaskParts.Gigabytes(size) : null;
                    if (draft.DiskGb is null)
                        draft.Note(value, field, "was not understood; the usual size stands there instead.");
                    break;
                case "image_id" when value is YamlScalar image && image.Value.StartsWith(DockerImage, StringComparison.Ordinal): draft.Image = image.Value[DockerImage.Length..]; break;
                case "image_id": draft.Note(value, field, "only docker images run on rented containers; name one as image."); break;
                case "ports":
                    foreach (var port in TaskParts.Items(value))
                        TaskParts.Port(port, draft);
                    break;
                case "cpus": TaskParts.AtLeast(value, field, "cpu_cores_effective", draft); break;
                case "memory": TaskParts.AtLeast(value, field, "cpu_ram", draft); break;
                case "any_of" or "ordered": draft.Note(value, field, "alternatives were left out: several names under gpu.names may do, and the cheapest by expected total is rented."); break;
                case "job_recovery": draft.Note(value, field, "needs nothing here: a preempted job resumes by itself, on the same machine or another."); break;
                case "autostop": draft.Note(value, field, "has no counterpart: when the job has ended Lodger brings everything home and asks (teardown)."); break;
                case "infra" or "cloud" or "region" or "zone" or "instance_type":
                    draft.Note(value, field, "there is one marketplace; where a machine stands can be asked for in offers, for example  geolocation in [US,CA]");
                    break;
                default: draft.Note(value, field, "has no counterpart; it was left out."); break;
            }
        }
    }

    /// <summary><c>A100:8</c>, <c>{A100: 8}</c>, or several of them.</summary>
    private static void Accelerators(YamlNode node, TaskDraft draft)
    {
        if (node is YamlMap map)
        {
            foreach (var entry in map.Entries)
                One(entry.Key.Value, entry.Value is YamlScalar count ? count.Value : "1", entry.Value);
            return;
        }

        foreach (var item in TaskParts.Items(node))
        {
            if (TaskParts.Text(item, "resources.accelerators", draft) is { } text)
                One(text.Split(':')[0], text.Contains(':', StringComparison.Ordinal) ? text.Split(':')[1] : "1", item);
        }

        void One(string name, string count, YamlNode at)
        {
            TaskParts.Gpu(name, draft, at);
            if (int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
                draft.GpuCount = number;
            else
                draft.Note(at, "resources.accelerators", $"{count} is no number of GPUs here; 1 was taken.");
        }
    }

    private static void Mounts(YamlNode node, string field, TaskDraft draft)
    {
        foreach (var entry in node is YamlMap map ? map.Entries : [])
        {
            draft.Note(entry.Value, $"{field}.{entry.Key.Value}", entry.Value is YamlScalar
                ? "nothing is mounted: what the machine can fetch itself goes under data, what lies here goes with code."
                : "no bucket is mounted: results come home and, with copies, go to a remote of your rclone configuration; checkpoints are copied off the machine while the job runs.");
        }

        if (node is not YamlMap)
            draft.Note(node, field, "has no counterpart; it was left out.");
    }
}
